package io.maas.training.preprocessing;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the reading of one column of dates: what is no date reads as one that is there, and is masked in the end. */
final class DateWriter {
    private static final String SAFE = "2000-01-01";
    private static final Shape BATCH = Shape.symbolic(FittedPreprocessing.BATCH);
    private static final int OPSET = 20;

    private final GraphBuilder b;
    private final String column;
    private final Value text;
    private final DateParts.Settings settings;

    private final Value matching;
    private final Value date;
    private final Value time;
    private final Value year;
    private final Value month;
    private final Value day;
    private final Value leap;
    private @Nullable Value dayOfYear;

    DateWriter(GraphBuilder b, String column, Value text, DateParts.Settings settings) {
        this.b = b;
        this.column = column;
        this.text = text;
        this.settings = settings;
        this.matching = b.foreign(
                "",
                OPSET,
                "RegexFullMatch",
                Attributes.of("pattern", DateText.PATTERN),
                new GraphBuilder.Result(DataType.BOOL, BATCH),
                text);
        Value safe = b.where(matching, text, string(SAFE));
        Value byT = split(safe, "T");
        Value bySpace = split(piece(byT, 0), " ");
        this.date = split(piece(bySpace, 0), "-");
        this.time = concat(piece(byT, 1), piece(bySpace, 1));
        this.year = number(piece(date, 0));
        this.month = number(piece(date, 1));
        this.day = number(piece(date, 2));
        Value fourth = b.equal(mod(year, 4), longs(0));
        Value century = b.equal(mod(year, 100), longs(0));
        Value fourthCentury = b.equal(mod(year, 400), longs(0));
        this.leap = or(and(fourth, not(century)), fourthCentury);
    }

    /** Float32 {@code [batch, features]}. */
    Value write(List<PartRule> rules) {
        Value length =
                b.add(table(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), flag(and(leap, b.equal(month, longs(2)))));
        Value existing = and(
                b.node(Op.LESS_OR_EQUAL, Attributes.none(), day, length),
                b.node(Op.GREATER, Attributes.none(), year, longs(0)));
        Value absent = not(and(matching, existing));
        List<Value> parts = new ArrayList<>();
        rules.forEach(rule -> parts.add(write(rule)));
        Value all = NumbersEncoder.concat(b, parts);
        Value column = b.unsqueeze(absent, 1);
        if (!settings.invalidAllowed()) {
            Value bad = settings.missingAllowed() ? and(absent, not(b.equal(text, string("")))) : absent;
            String message =
                    "column " + Places.quoted(this.column) + ": " + (settings.missingAllowed() ? "" : "missing or ")
                            + "not a date (expected: " + DateText.EXPECTED + ")";
            all = b.refuseIf(b.unsqueeze(bad, 1), message, all);
        }
        if (!settings.indicates()) {
            return all;
        }
        Value masked = b.where(column, b.scalar(0, all), all);
        return NumbersEncoder.concat(b, List.of(masked, b.cast(column, DataType.FLOAT32)));
    }

    private Value write(PartRule rule) {
        Value value = part(rule.part());
        if (rule.cyclic()) {
            Value circle = b.constant(Tensor.of(
                    DataType.FLOAT32, rule.circle(), Shape.of(rule.part().period(), 2)));
            return b.node(
                    Op.GATHER,
                    Attributes.none(),
                    circle,
                    b.sub(value, longs(rule.part().first())));
        }
        Value number = b.cast(value, DataType.FLOAT64);
        Value scaled = b.div(b.sub(number, b.scalar(rule.shift(), number)), b.scalar(rule.divisor(), number));
        return b.unsqueeze(b.cast(scaled, DataType.FLOAT32), 1);
    }

    private Value part(DatePart part) {
        return switch (part) {
            case YEAR -> year;
            case MONTH -> month;
            case DAY -> day;
            case DAY_OF_YEAR -> dayOfYear();
            case WEEKDAY -> weekday();
            // Where there is no time both are empty: a zero in front and one behind make them numbers.
            case HOUR -> number(concat(string("0"), piece(split(time, ":"), 0)));
            case MINUTE -> minute();
        };
    }

    private Value dayOfYear() {
        if (dayOfYear == null) {
            Value before = table(0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334);
            Value after = flag(and(leap, b.node(Op.GREATER, Attributes.none(), month, longs(2))));
            dayOfYear = b.add(b.add(before, day), after);
        }
        return dayOfYear;
    }

    /** The first of January of the year 1 was a Monday. */
    private Value weekday() {
        Value years = b.sub(year, longs(1));
        Value days = b.add(b.mul(years, longs(365)), b.div(years, longs(4)));
        days = b.add(b.sub(days, b.div(years, longs(100))), b.div(years, longs(400)));
        return b.add(mod(b.sub(b.add(days, dayOfYear()), longs(1)), 7), longs(1));
    }

    private Value minute() {
        Value digits = piece(split(time, ":"), 1);
        for (String behind : List.of("Z", "+", "-")) {
            digits = piece(split(digits, behind), 0);
        }
        return number(concat(string("0"), digits));
    }

    // ---- text

    private Value string(String constant) {
        return b.constant(Tensor.of(new String[] {constant}).reshape(Shape.scalar()));
    }

    private Value concat(Value left, Value right) {
        return b.foreign(
                "",
                OPSET,
                "StringConcat",
                Attributes.none(),
                new GraphBuilder.Result(DataType.STRING, BATCH),
                left,
                right);
    }

    /** The pieces, at least two, {@code [batch, pieces]}; those that are not there are empty. */
    private Value split(Value value, String delimiter) {
        GraphBuilder.Result pieces =
                new GraphBuilder.Result(DataType.STRING, Shape.symbolic(FittedPreprocessing.BATCH, Shape.UNKNOWN));
        GraphBuilder.Result count = new GraphBuilder.Result(DataType.INT64, BATCH);
        return b.foreign(
                        "",
                        OPSET,
                        "StringSplit",
                        Attributes.of("delimiter", delimiter),
                        List.of(pieces, count),
                        concat(value, string(delimiter)))
                .get(0);
    }

    private Value piece(Value pieces, int index) {
        return b.node(Op.GATHER, Attributes.of("axis", 1), pieces, b.constant(Tensor.scalar((long) index)));
    }

    private Value number(Value digits) {
        return b.cast(digits, DataType.INT64);
    }

    // ---- whole numbers

    private Value longs(long constant) {
        return b.constant(Tensor.scalar(constant));
    }

    private Value mod(Value value, long divisor) {
        return b.node(Op.MOD, Attributes.none(), value, longs(divisor));
    }

    /** One number a month. */
    private Value table(long... numbers) {
        return b.node(Op.GATHER, Attributes.none(), b.longs(numbers), b.sub(month, longs(1)));
    }

    private Value flag(Value condition) {
        return b.cast(condition, DataType.INT64);
    }

    private Value and(Value left, Value right) {
        return b.node(Op.AND, Attributes.none(), left, right);
    }

    private Value or(Value left, Value right) {
        return b.node(Op.OR, Attributes.none(), left, right);
    }

    private Value not(Value condition) {
        return b.node(Op.NOT, Attributes.none(), condition);
    }
}

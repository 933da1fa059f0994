package io.maas.api.job;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.data.ColumnType;
import io.maas.training.preprocessing.Bins;
import io.maas.training.preprocessing.Categories;
import io.maas.training.preprocessing.DatePart;
import io.maas.training.preprocessing.DateParts;
import io.maas.training.preprocessing.HashBuckets;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Transformation;
import io.maas.training.preprocessing.Unseen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What a job may make of columns before its network sees them. */
final class FeatureTable {
    /** What a step is, and which columns it takes. */
    private record Type(List<ColumnType> takes, Function<Declared, Transformation> make) {}

    private static final List<ColumnType> NUMERIC = List.of(ColumnType.NUMBER, ColumnType.INTEGER);
    private static final List<ColumnType> ANY = List.of(ColumnType.values());
    private static final List<ColumnType> DISCRETE = List.of(ColumnType.TEXT, ColumnType.INTEGER);
    private static final List<ColumnType> TEXT = List.of(ColumnType.TEXT);

    private static final SortedMap<String, Type> TYPES = new TreeMap<>(Map.of(
            "numbers", new Type(NUMERIC, FeatureTable::numbers),
            "bins", new Type(NUMERIC, FeatureTable::bins),
            "categories", new Type(ANY, FeatureTable::categories),
            "hash", new Type(DISCRETE, FeatureTable::hash),
            "dates", new Type(TEXT, FeatureTable::dates)));

    private static final SortedMap<String, UnaryOperator<Numbers>> SCALES = new TreeMap<>(Map.of(
            "standardize", Numbers::standardize,
            "min_max", Numbers::minMax,
            "robust", Numbers::robust,
            "none", numbers -> numbers));

    private static final SortedMap<String, UnaryOperator<Numbers>> FILLS = new TreeMap<>(Map.of(
            "mean", Numbers::fillMean,
            "median", Numbers::fillMedian,
            "zero", numbers -> numbers.fill(0)));

    private static final int MAX_STEPS = 64;

    /** Of hashed columns: each has a name, before anything is counted. */
    private static final int MAX_HASHED = 1 << 20;

    private FeatureTable() {}

    /** @param columns of the data set, by name */
    static List<Transformation> read(List<Map<String, Object>> features, Map<String, ColumnType> columns) {
        if (features.size() > MAX_STEPS) {
            throw new InvalidInputException("features: " + features.size() + " (expected: at most " + MAX_STEPS
                    + "; one may have many columns)");
        }
        List<Transformation> read = new ArrayList<>();
        for (Map<String, Object> each : features) {
            Declared it = new Declared("features[" + read.size() + "]", each);
            Type type = it.type(TYPES);
            Transformation step = it.made(() -> type.make.apply(it));
            it.end();
            step.columns().forEach(column -> require(it.path() + ".columns", column, columns, type.takes));
            read.add(step);
        }
        return read;
    }

    /** Requires that a column is there and of one of some types. */
    static void require(String path, String column, Map<String, ColumnType> columns, List<ColumnType> takes) {
        ColumnType found = columns.get(column);
        if (found == null) {
            throw new InvalidInputException(
                    path + ": no column " + Require.quote(column) + " (expected: one of " + columns.keySet() + ")");
        }
        if (!takes.contains(found)) {
            throw new InvalidInputException(
                    path + ": column " + Require.quote(column) + " is " + found + " (expected: one of " + takes + ")");
        }
    }

    private static String[] columns(Declared it) {
        return it.someTexts("columns").toArray(new String[0]);
    }

    private static Transformation numbers(Declared it) {
        Numbers read = Numbers.of(columns(it));
        read = it.has("fill") ? it.choice("fill", FILLS).apply(read) : read;
        read = it.is("indicate_missing") ? read.indicateMissing() : read;
        read = it.is("log1p") ? read.log1p() : read;
        double[] clip = pair(it, "clip");
        read = clip.length == 0 ? read : read.clip(clip[0], clip[1]);
        double[] quantiles = pair(it, "clip_quantiles");
        read = quantiles.length == 0 ? read : read.clipQuantiles(quantiles[0], quantiles[1]);
        return it.has("scale") ? it.choice("scale", SCALES).apply(read) : read;
    }

    private static double[] pair(Declared it, String member) {
        double[] numbers = it.numbers(member);
        if (numbers.length != 0 && numbers.length != 2) {
            throw it.refusal(member, Arrays.toString(numbers), "two numbers");
        }
        return numbers;
    }

    private static Transformation bins(Declared it) {
        String[] columns = columns(it);
        Bins read = it.has("edges")
                ? Bins.edges(Arrays.stream(it.numbers("edges")).boxed().toList(), columns)
                : Bins.quantiles(it.count("quantiles", 256), columns);
        return it.is("ordinal") ? read.ordinal() : read;
    }

    private static Transformation categories(Declared it) {
        Categories read = Categories.of(columns(it));
        read = it.is("ordinal") ? read.ordinal() : read;
        read = read.unseen(it.choice("unseen", Unseen.values(), Unseen.ERROR));
        read = it.has("min_count") ? read.minCount(it.whole("min_count", 1, Integer.MAX_VALUE)) : read;
        read = it.has("max_size") ? read.maxSize(it.count("max_size", 1 << 20)) : read;
        return it.is("fill_most_frequent") ? read.fillMostFrequent() : read;
    }

    private static Transformation hash(Declared it) {
        String[] columns = columns(it);
        return HashBuckets.of(
                it.count("buckets", Math.max(1, Math.min(1 << 16, MAX_HASHED / MAX_STEPS / columns.length))), columns);
    }

    private static Transformation dates(Declared it) {
        DateParts read = DateParts.of(columns(it));
        List<String> names = it.texts("parts");
        if (!names.isEmpty()) {
            read = read.parts(names.stream().map(name -> part(it, name)).toArray(DatePart[]::new));
        }
        read = it.is("cyclic") ? read.cyclic() : read;
        read = it.is("standardize") ? read.standardize() : read;
        read = it.is("allow_missing") ? read.allowMissing() : read;
        return it.is("invalid_as_missing") ? read.invalidAsMissing() : read;
    }

    private static DatePart part(Declared it, String name) {
        for (DatePart part : DatePart.values()) {
            if (part.name().toLowerCase(java.util.Locale.ROOT).equals(name)) {
                return part;
            }
        }
        throw it.refusal("parts", Require.quote(name), "some of year, month, day, weekday, day_of_year, hour, minute");
    }
}

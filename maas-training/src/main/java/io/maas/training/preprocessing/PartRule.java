package io.maas.training.preprocessing;

import com.google.common.primitives.Doubles;
import java.util.List;
import java.util.stream.IntStream;

/** What becomes of one part of dates: {@code (part - shift) / divisor}, or sine and cosine of its place on a circle. */
record PartRule(DatePart part, boolean cyclic, double shift, double divisor) {
    int width() {
        return cyclic ? 2 : 1;
    }

    List<String> features(String column) {
        String name = column + "." + part.title();
        return cyclic ? List.of(name + ".sin", name + ".cos") : List.of(name);
    }

    double scaled(int value) {
        return (value - shift) / divisor;
    }

    double sine(int value) {
        return Math.sin(angle(value));
    }

    double cosine(int value) {
        return Math.cos(angle(value));
    }

    private double angle(int value) {
        return 2 * Math.PI * (value - part.first()) / part.period();
    }

    /** Sine and cosine of every value from the first on, {@code [period, 2]}: a graph looks them up. */
    double[] circle() {
        return IntStream.range(part.first(), part.first() + part.period())
                .mapToObj(value -> Doubles.asList(sine(value), cosine(value)))
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .toArray();
    }
}

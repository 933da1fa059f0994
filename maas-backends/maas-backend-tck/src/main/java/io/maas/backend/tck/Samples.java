package io.maas.backend.tck;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

/** Tensors of random values from one seed, and constants of any type. */
final class Samples {
    private static final List<String> WORDS = List.of("", "a", "maas", "größe", "日本", "a longer text with spaces");

    private final Random random;

    Samples(long seed) {
        this.random = new Random(seed);
    }

    /** Values in {@code [-3, 3]}: whole ones for integers, any of a few texts for strings, both for bools. */
    Tensor any(DataType type, long... shape) {
        return between(-3, 3, type, shape);
    }

    /** Values in {@code [low, high]}; for unsigned types {@code low} counts as at least 0. */
    Tensor between(double low, double high, DataType type, long... shape) {
        if (type == DataType.STRING) {
            return words(shape);
        }
        if (type == DataType.BOOL) {
            return fill(() -> random.nextInt(2), type, shape);
        }
        double from = type.isUnsigned() ? Math.max(0, low) : low;
        return type.isInteger()
                ? fill(() -> from + random.nextInt((int) (high - from) + 1), type, shape)
                : fill(() -> from + (high - from) * random.nextDouble(), type, shape);
    }

    /** Small whole numbers of any type, so that there are equal ones. */
    Tensor whole(DataType type, long... shape) {
        return fill(() -> random.nextInt(5) - (type.isUnsigned() ? 0 : 2), type, shape);
    }

    /** Values of either sign at some distance from 0, for divisors. */
    Tensor notZero(DataType type, long... shape) {
        return fill(
                () -> (random.nextBoolean() && !type.isUnsigned() ? -1 : 1)
                        * (type.isInteger() ? 1 + random.nextInt(4) : 0.5 + 2 * random.nextDouble()),
                type,
                shape);
    }

    /** A permutation of small whole numbers, so that no two elements are equal. */
    Tensor distinct(DataType type, long... shape) {
        double[] values = new double[(int) Shape.of(shape).elements()];
        Arrays.setAll(values, i -> i);
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            double swapped = values[i];
            values[i] = values[other];
            values[other] = swapped;
        }
        return Tensor.of(type, values, Shape.of(shape));
    }

    private static Tensor fill(DoubleSupplier source, DataType type, long... shape) {
        double[] values = new double[(int) Shape.of(shape).elements()];
        Arrays.setAll(values, i -> source.getAsDouble());
        return Tensor.of(type, values, Shape.of(shape));
    }

    private Tensor words(long... shape) {
        String[] texts = new String[(int) Shape.of(shape).elements()];
        Arrays.setAll(texts, i -> WORDS.get(random.nextInt(WORDS.size())));
        return Tensor.of(texts, texts.length).reshape(Shape.of(shape));
    }

    /** A one-axis tensor of exactly these numbers. */
    static Tensor exactly(DataType type, double... values) {
        return Tensor.of(type, values, Shape.of(values.length));
    }

    static Tensor scalar(DataType type, double value) {
        return type == DataType.STRING
                ? Tensor.of(new String[] {"s" + value}, 1).reshape(Shape.scalar())
                : Tensor.of(type, new double[] {value}, Shape.scalar());
    }

    static Tensor longs(long... values) {
        return Tensor.of(values, values.length);
    }

    static Tensor ints(int... values) {
        return Tensor.of(values, values.length);
    }
}

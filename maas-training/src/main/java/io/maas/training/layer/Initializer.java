package io.maas.training.layer;

import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/**
 * The values that a parameter has before training. Below, the fan-out of a shape is its last size and the fan-in the product
 * of the others: for the weight {@code [in, out]} of a dense layer, {@code in} and {@code out}.
 *
 * <p>Implementations are immutable and thread-safe.
 */
@FunctionalInterface
public interface Initializer {
    /**
     * The values, row-major.
     *
     * @param shape fixed
     * @param random the only source of chance; a stream of the parameter's own
     */
    double[] values(Shape shape, RandomGenerator random);

    /** Zeros; the default for biases. */
    static Initializer zeros() {
        return constant(0);
    }

    /** Ones, as for scales. */
    static Initializer ones() {
        return constant(1);
    }

    /** One value everywhere. */
    static Initializer constant(double value) {
        return (shape, random) -> filled(shape, () -> value);
    }

    /**
     * Uniform over {@code ±√(6 / (fanIn + fanOut))}; the default for weights.
     *
     * @see "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 16"
     */
    static Initializer glorotUniform() {
        return (shape, random) -> uniform(shape, random, Math.sqrt(6 / (fanIn(shape) + fanOut(shape))));
    }

    /**
     * Uniform over {@code ±√(6 / fanIn)}: the variance of {@link #heNormal}.
     *
     * @see "He et al., Delving deep into rectifiers (2015), eq. 10"
     */
    static Initializer heUniform() {
        return (shape, random) -> uniform(shape, random, Math.sqrt(6 / fanIn(shape)));
    }

    /**
     * Normal with mean 0 and variance {@code 2 / fanIn}; keeps the scale of signals before rectifiers.
     *
     * @see "He et al., Delving deep into rectifiers (2015), eq. 10"
     */
    static Initializer heNormal() {
        return (shape, random) -> {
            double deviation = Math.sqrt(2 / fanIn(shape));
            return filled(shape, () -> deviation * gaussian(random));
        };
    }

    private static double[] uniform(Shape shape, RandomGenerator random, double bound) {
        return filled(shape, () -> bound * (2 * unit(random) - 1));
    }

    /** Uniform over [0, 1), from the upper 53 bits: the same on every Java, which its own methods do not promise. */
    private static double unit(RandomGenerator random) {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }

    /** Box and Muller, A note on the generation of random normal deviates (1958); 1 - u keeps the logarithm finite. */
    private static double gaussian(RandomGenerator random) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(random)));
        return radius * StrictMath.cos(2 * Math.PI * unit(random));
    }

    private static double[] filled(Shape shape, DoubleSupplier next) {
        double[] values = new double[Math.toIntExact(shape.elements())];
        Arrays.setAll(values, i -> next.getAsDouble());
        return values;
    }

    private static double fanOut(Shape shape) {
        return shape.rank() == 0 ? 1 : Math.max(1, shape.size(-1));
    }

    private static double fanIn(Shape shape) {
        return Math.max(1, shape.elements() / fanOut(shape));
    }
}

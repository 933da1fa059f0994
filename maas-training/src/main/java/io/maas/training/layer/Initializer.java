package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.training.layer.VarianceScaling.Distribution;
import io.maas.training.layer.VarianceScaling.Fan;
import java.util.random.RandomGenerator;

/**
 * The values that a parameter has before training. Below, the fan-out of a shape is its last size and the fan-in the product
 * of the others: for the weight {@code [in, out]} of a dense layer, {@code in} and {@code out}. Layers whose weights are laid
 * out otherwise say so with {@link #withFans}.
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

    /**
     * The same for a weight of which so many elements act on each output, and on which each input acts through so many; this
     * one where that makes no difference.
     *
     * @param in {@code > 0}
     * @param out {@code > 0}
     */
    default Initializer withFans(double in, double out) {
        return this;
    }

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
        return (shape, random) -> Draws.filled(shape, () -> value);
    }

    /**
     * Values that are known, such as word vectors from elsewhere; {@link Layers#frozen} keeps them as they are.
     *
     * @param values of the parameter's shape; another is a {@link ShapeMismatchException} when training begins
     */
    static Initializer of(Tensor values) {
        return (shape, random) -> {
            if (!values.shape().equals(shape)) {
                throw new ShapeMismatchException(
                        "initial values do not fit their parameter: got " + values.shape() + ", expected " + shape
                                + "; give the layer the sizes of its values",
                        shape.toString(),
                        values.shape().toString());
            }
            return values.toDoubleArray();
        };
    }

    /**
     * Uniform over {@code ±√(6 / (fanIn + fanOut))}; the default for weights.
     *
     * @see "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 16"
     */
    static Initializer glorotUniform() {
        return VarianceScaling.of(1, Fan.MEAN, Distribution.UNIFORM);
    }

    /**
     * Normal with mean 0 and variance {@code 2 / (fanIn + fanOut)}: that of {@link #glorotUniform}.
     *
     * @see "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 12"
     */
    static Initializer glorotNormal() {
        return VarianceScaling.of(1, Fan.MEAN, Distribution.NORMAL);
    }

    /**
     * Uniform over {@code ±√(6 / fanIn)}: the variance of {@link #heNormal}.
     *
     * @see "He et al., Delving deep into rectifiers (2015), eq. 10"
     */
    static Initializer heUniform() {
        return VarianceScaling.of(2, Fan.IN, Distribution.UNIFORM);
    }

    /**
     * Normal with mean 0 and variance {@code 2 / fanIn}; keeps the scale of signals before rectifiers.
     *
     * @see "He et al., Delving deep into rectifiers (2015), eq. 10"
     */
    static Initializer heNormal() {
        return VarianceScaling.of(2, Fan.IN, Distribution.NORMAL);
    }

    /**
     * Uniform over {@code ±√(3 / fanIn)}: the variance of {@link #lecunNormal}.
     *
     * @see "LeCun et al., Efficient BackProp (1998), section 4.6"
     */
    static Initializer lecunUniform() {
        return VarianceScaling.of(1, Fan.IN, Distribution.UNIFORM);
    }

    /**
     * Normal with mean 0 and variance {@code 1 / fanIn}; what self-normalizing networks of {@link Layers#selu} ask for.
     *
     * @see "LeCun et al., Efficient BackProp (1998), section 4.6"
     */
    static Initializer lecunNormal() {
        return VarianceScaling.of(1, Fan.IN, Distribution.NORMAL);
    }

    /** Uniform over {@code ±bound}; variance {@code bound² / 3}. */
    static Initializer uniform(double bound) {
        Require.positive(bound, "bound");
        return (shape, random) -> Draws.filled(shape, () -> bound * (2 * Draws.unit(random) - 1));
    }

    /** Normal with mean 0. */
    static Initializer normal(double deviation) {
        Require.positive(deviation, "deviation");
        return (shape, random) -> Draws.filled(shape, () -> deviation * Draws.gaussian(random));
    }

    /**
     * Normal with mean 0, cut at two of its deviations, so that no weight starts far out. {@code deviation} is that of the
     * values themselves: the normal that is cut is wider, by {@code 1 / 0.8796}, and no value is beyond {@code 2.274 ·
     * deviation}.
     */
    static Initializer truncatedNormal(double deviation) {
        Require.positive(deviation, "deviation");
        return (shape, random) -> Draws.filled(shape, () -> deviation * Draws.cutGaussian(random));
    }

    /**
     * A random matrix {@code [first size, product of the others]} with orthogonal rows of length 1, or columns where it has more
     * rows than columns: keeps the length of what it is multiplied with, as recurrent layers need over many steps.
     *
     * @see "Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks (2014)"
     */
    static Initializer orthogonal() {
        return orthogonal(1);
    }

    /** As {@link #orthogonal()}, with vectors of length {@code gain}. */
    static Initializer orthogonal(double gain) {
        return new Orthogonal(Require.positive(gain, "gain"));
    }
}

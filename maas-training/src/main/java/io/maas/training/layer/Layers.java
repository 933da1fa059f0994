package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import java.util.List;

/**
 * The layers that come with the library. Shapes are kept unless said otherwise; {@code x} is the layer's input.
 *
 * @see "Goodfellow et al., Deep Learning (2016), chapter 6"
 */
public final class Layers {
    private Layers() {}

    /**
     * A fully connected layer, {@code [batch, …, in]} to {@code [batch, …, out]}; weights Glorot-uniform, biases zero.
     *
     * @throws IllegalArgumentException unless {@code in > 0} and {@code out > 0}
     */
    public static Dense dense(int in, int out) {
        Require.positive(in, "in");
        return new Dense(in, out, Initializer.glorotUniform());
    }

    /** As {@link #dense(int, int)}, with the number of inputs taken from the layer before or from the data. */
    public static Dense dense(int out) {
        return new Dense(Dense.INFERRED, out, Initializer.glorotUniform());
    }

    /** {@code max(0, x)}. */
    public static Layer relu() {
        return new Operation("relu", GraphBuilder::relu);
    }

    /** {@code x} where {@code x >= 0}, {@code slope·x} elsewhere, with a slope of 0.01. */
    public static Layer leakyRelu() {
        return leakyRelu(0.01);
    }

    /** {@code x} where {@code x >= 0}, {@code slope·x} elsewhere. */
    public static Layer leakyRelu(double slope) {
        Require.in(0, slope, 1, "slope");
        return new Operation("leakyRelu", (b, x) -> b.node(Op.LEAKY_RELU, Attributes.of("alpha", slope), x));
    }

    /** {@code x} where {@code x > 0}, {@code exp(x) - 1} elsewhere. */
    public static Layer elu() {
        return elu(1);
    }

    /**
     * {@code x} where {@code x > 0}, {@code alpha·(exp(x) - 1)} elsewhere.
     *
     * @see "Clevert et al., Fast and accurate deep network learning by exponential linear units (2016)"
     */
    public static Layer elu(double alpha) {
        Require.positive(alpha, "alpha");
        return new Operation("elu", (b, x) -> b.node(Op.ELU, Attributes.of("alpha", alpha), x));
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Layer sigmoid() {
        return new Operation("sigmoid", GraphBuilder::sigmoid);
    }

    /** {@code tanh(x)}. */
    public static Layer tanh() {
        return new Operation("tanh", GraphBuilder::tanh);
    }

    /** {@code log(1 + exp(x))}. */
    public static Layer softplus() {
        return new Operation("softplus", (b, x) -> b.node(Op.SOFTPLUS, Attributes.none(), x));
    }

    /**
     * {@code exp(x) / sum(exp(x))} over the last axis. Not before a loss that takes raw scores, as {@code
     * Losses.softmaxCrossEntropy()} does.
     */
    public static Layer softmax() {
        return new Operation("softmax", (b, x) -> b.softmax(x, -1));
    }

    /**
     * {@code x·Φ(x) = x/2 · (1 + erf(x/√2))}, exact.
     *
     * @see "Hendrycks and Gimpel, Gaussian error linear units (2016), section 2"
     */
    public static Layer gelu() {
        return new Operation("gelu", (b, x) -> b.node(Op.GELU, Attributes.none(), x));
    }

    /**
     * {@code factor·x}: brings raw features to a size of about 1 within the model, so that who calls it need not.
     *
     * @param factor any finite number
     */
    public static Layer scale(double factor) {
        Require.that(Double.isFinite(factor), "factor", factor, "a finite number");
        return new Operation("scale", (b, x) -> b.mul(x, factor));
    }

    /** All axes but the first become one: {@code [batch, 8, 8]} to {@code [batch, 64]}. */
    public static Layer flatten() {
        return new Operation("flatten", (b, x) -> b.node(Op.FLATTEN, Attributes.of("axis", 1), x));
    }

    /** Layers one behind the other, as one layer. */
    public static Layer sequential(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    /** A layer under a name of its own in summaries and parameter names, which other layers then leave alone. */
    public static Layer named(String name, Layer layer) {
        return new Named(name, layer);
    }
}

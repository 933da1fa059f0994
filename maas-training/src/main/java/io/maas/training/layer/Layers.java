package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import java.util.Arrays;
import java.util.List;

/**
 * The layers that come with the library. Shapes are kept unless said otherwise; {@code x} is the layer's input. Images have
 * their channels first, {@code [batch, channels, height, width]}; sequences their vectors last, {@code [batch, length, size]}.
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
        return new Dense(in, out, true, Initializer.glorotUniform());
    }

    /** As {@link #dense(int, int)}, with the number of inputs taken from the layer before or from the data. */
    public static Dense dense(int out) {
        return new Dense(Dense.INFERRED, out, true, Initializer.glorotUniform());
    }

    // ---- activations

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

    /** {@code x·σ(x)}, also called SiLU. */
    public static Layer swish() {
        return new Operation("swish", (b, x) -> b.mul(x, b.sigmoid(x)));
    }

    /** {@code x·tanh(log(1 + exp(x)))}. */
    public static Layer mish() {
        return new Operation("mish", (b, x) -> b.node(Op.MISH, Attributes.none(), x));
    }

    /** {@code x·min(1, max(0, x/6 + 1/2))}. */
    public static Layer hardSwish() {
        return new Operation("hardSwish", (b, x) -> b.node(Op.HARD_SWISH, Attributes.none(), x));
    }

    /**
     * {@code 1.0507·x} where {@code x > 0}, {@code 1.0507·1.6733·(exp(x) - 1)} elsewhere: keeps mean 0 and variance 1 with weights
     * of {@link Initializer#lecunNormal}.
     *
     * @see "Klambauer et al., Self-normalizing neural networks (2017)"
     */
    public static Layer selu() {
        return new Operation("selu", (b, x) -> b.node(Op.SELU, Attributes.none(), x));
    }

    // ---- convolutions and pools

    /**
     * A convolution with one kernel size for each spatial axis: {@code conv(32, 3, 3)} is of two axes. Stride 1 and no padding,
     * unless said otherwise; weights Glorot-uniform, biases zero.
     */
    public static Convolution conv(int channels, int... kernel) {
        return new Convolution(channels, Kernel.of(kernel), 1, true, Initializer.glorotUniform());
    }

    /** The transposed form of {@link #conv}, which makes its input larger: under stride 2 twice as large. */
    public static TransposedConvolution convTranspose(int channels, int... kernel) {
        return new TransposedConvolution(channels, Kernel.of(kernel), List.of(), 1, Initializer.glorotUniform());
    }

    /**
     * A convolution of each channel by itself, and one of kernel size 1 over the channels: about as good as {@link #conv} with
     * {@code kernel} times fewer products. The first keeps the size.
     *
     * @see "Chollet, Xception: Deep learning with depthwise separable convolutions (2017)"
     */
    public static Layer separable(int channels, int... kernel) {
        int[] ones = new int[kernel.length];
        Arrays.fill(ones, 1);
        return named("separable", sequential(depthwise(kernel).padding(Padding.same()), conv(channels, ones)));
    }

    /** A convolution of each channel by itself, which leaves their number as it is. */
    public static Depthwise depthwise(int... kernel) {
        return new Depthwise(Kernel.of(kernel), 1, Initializer.glorotUniform());
    }

    /** The greatest value under a kernel, which moves by its own size unless said otherwise. */
    public static Pool maxPool(int... kernel) {
        return new Pool(false, Kernel.of(kernel).withStride(kernel));
    }

    /** The mean under a kernel, which moves by its own size unless said otherwise. */
    public static Pool averagePool(int... kernel) {
        return new Pool(true, Kernel.of(kernel).withStride(kernel));
    }

    /** The greatest value of each channel, {@code [batch, channels, size…]} to {@code [batch, channels]}. */
    public static Layer globalMaxPool() {
        return named("globalMaxPool", (scope, x) -> scope.graph().reduceMax(x, false, Pool.spatial(scope, x)));
    }

    /** The mean of each channel, {@code [batch, channels, size…]} to {@code [batch, channels]}. */
    public static Layer globalAveragePool() {
        return named("globalAveragePool", (scope, x) -> scope.graph().reduceMean(x, false, Pool.spatial(scope, x)));
    }

    // ---- norms and dropout

    /** {@link #batchNorm(double, double)} with a momentum of 0.9 and an epsilon of 1e-5. */
    public static Layer batchNorm() {
        return batchNorm(0.9, 1e-5);
    }

    /**
     * {@code (x - mean) / √(variance + epsilon) · scale + bias} for each channel, which is axis 1. In training, mean and variance
     * are those of the batch, and running ones follow them: {@code running · momentum + batch · (1 - momentum)}; in inference
     * they are the running ones. The variance is that of the population.
     *
     * @param momentum {@code 0 <= momentum < 1}
     * @see "Ioffe and Szegedy, Batch normalization (2015), algorithms 1 and 2"
     */
    public static Layer batchNorm(double momentum, double epsilon) {
        return new Norms.Batch(Require.in(0, momentum, 1, "momentum"), Require.positive(epsilon, "epsilon"));
    }

    /** {@link #layerNorm(double)} with an epsilon of 1e-5. */
    public static Layer layerNorm() {
        return layerNorm(1e-5);
    }

    /**
     * {@code (x - mean) / √(variance + epsilon) · scale + bias} over the last axis.
     *
     * @see "Ba et al., Layer normalization (2016)"
     */
    public static Layer layerNorm(double epsilon) {
        return new Norms.Last(true, Require.positive(epsilon, "epsilon"));
    }

    /** {@link #rmsNorm(double)} with an epsilon of 1e-6. */
    public static Layer rmsNorm() {
        return rmsNorm(1e-6);
    }

    /**
     * {@code x / √(mean(x²) + epsilon) · scale} over the last axis.
     *
     * @see "Zhang and Sennrich, Root mean square layer normalization (2019)"
     */
    public static Layer rmsNorm(double epsilon) {
        return new Norms.Last(false, Require.positive(epsilon, "epsilon"));
    }

    /**
     * {@code (x - mean) / √(variance + 1e-5) · scale + bias} over each of so many groups of channels, {@code [batch, channels,
     * size…]}; scale and bias for each channel. Rows do not touch each other, so small batches do no harm.
     *
     * @param groups divides the channels
     * @see "Wu and He, Group normalization (2018)"
     */
    public static Layer groupNorm(int groups) {
        return new Norms.Group(Require.positive(groups, "groups"), 1e-5);
    }

    /**
     * In training, zero in place of each element with probability {@code rate}, and {@code x / (1 - rate)} otherwise; in inference
     * {@code x}. Which elements are dropped follows from the seed and the number of the step, on every engine alike.
     *
     * @param rate {@code 0 <= rate < 1}
     * @see "Srivastava et al., Dropout: A simple way to prevent neural networks from overfitting (2014)"
     */
    public static Layer dropout(double rate) {
        return new Dropout(Require.in(0, rate, 1, "rate"));
    }

    // ---- sequences

    /** A learned vector for each index, {@code [batch, …]} to {@code [batch, …, size]}. */
    public static Embedding embedding(int vocabulary, int size) {
        return new Embedding(vocabulary, size, Initializer.lecunNormal());
    }

    /**
     * Adds waves that tell positions apart, {@code [batch, length, width]} to the same: {@code sin(p / 10000^(2i/width))} at place
     * {@code 2i} of position {@code p}, and the cosine at place {@code 2i + 1}.
     *
     * @see "Vaswani et al., Attention is all you need (2017), section 3.5"
     */
    public static Layer sinusoidalPositions() {
        return named("positions", Positions::sinusoidal);
    }

    /** Adds a learned vector for each position, {@code [batch, length, width]} to the same; {@code length <= longest}. */
    public static Layer learnedPositions(int longest) {
        Require.positive(longest, "longest");
        return named("positions", (scope, x) -> Positions.learned(scope, x, longest));
    }

    /**
     * Turns pairs of elements {@code i} and {@code i + width/2} by angles {@code p / 10000^(2i/width)} that grow with the position
     * {@code p}, {@code [batch, …, length, width]} to the same; {@link Attention#withRotary} does so for queries and keys.
     *
     * @see "Su et al., RoFormer: Enhanced transformer with rotary position embedding (2021), section 3.4.2"
     */
    public static Layer rotaryPositions() {
        return named("rotary", Positions::rotary);
    }

    /** Long short-term memory with a state of that size. */
    public static Recurrent lstm(int hidden) {
        return new Recurrent(Recurrent.Cell.LSTM, hidden, false, false, Initializer.glorotUniform());
    }

    /** A gated recurrent unit with a state of that size. */
    public static Recurrent gru(int hidden) {
        return new Recurrent(Recurrent.Cell.GRU, hidden, false, false, Initializer.glorotUniform());
    }

    /** A plain recurrent layer: {@code h' = tanh(W·x + R·h + b)}. */
    public static Recurrent rnn(int hidden) {
        return new Recurrent(Recurrent.Cell.RNN, hidden, false, false, Initializer.glorotUniform());
    }

    /** Self-attention of so many heads over a sequence, {@code [batch, length, width]}. */
    public static Attention attention(int heads) {
        return Attention.of(heads);
    }

    /** A block of a transformer's encoder: {@link #attention} and two dense layers with {@code hidden} between them. */
    public static Transformer encoder(int heads, int hidden) {
        return transformer(hidden, attention(heads));
    }

    /**
     * A block of a transformer's decoder: attention that sees no place behind its own, then attention over what the encoder
     * gave, then two dense layers.
     *
     * @param memory the encoder's output, {@code [batch, keys, …]}
     */
    public static Transformer decoder(int heads, int hidden, Value memory) {
        return transformer(
                hidden, attention(heads).causalOnly(), attention(heads).over(memory));
    }

    /** A block of a transformer with attentions of one's own, for masks and the like; norms behind the sums, no dropout. */
    public static Transformer transformer(int hidden, Attention... attentions) {
        return new Transformer(List.of(attentions), hidden, relu(), layerNorm(), false, 0);
    }

    // ---- shapes

    /** All axes but the first become one: {@code [batch, 8, 8]} to {@code [batch, 64]}. */
    public static Layer flatten() {
        return new Operation("flatten", (b, x) -> b.node(Op.FLATTEN, Attributes.of("axis", 1), x));
    }

    /**
     * Rows of another shape with as many elements, row-major: {@code reshape(1, 8, 8)} brings {@code [batch, 64]} to {@code [batch,
     * 1, 8, 8]}.
     *
     * @param row sizes {@code > 0}; one may be -1, for what is left
     */
    public static Layer reshape(long... row) {
        return new Reshape(Arrays.stream(row).boxed().toList());
    }

    /**
     * The axes of each row in another order: {@code permute(2, 1)} brings {@code [batch, length, size]} to {@code [batch, size,
     * length]}, as convolutions over sequences want it.
     *
     * @param axes the axes from 1 on, each once
     */
    public static Layer permute(int... axes) {
        return new Permute(Arrays.stream(axes).boxed().toList());
    }

    // ---- composition

    /** Layers one behind the other, as one layer. */
    public static Layer sequential(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    /**
     * {@code x + f(x)}, where {@code f} are these layers one behind the other, which keep the shape.
     *
     * @see "He et al., Deep residual learning for image recognition (2016)"
     */
    public static Layer residual(Layer... layers) {
        return new Parallel(
                "residual", List.of(layers.length == 1 ? layers[0] : sequential(layers)), Parallel.summed(true));
    }

    /** The sum of what each layer makes of the same input; all give one shape. */
    public static Layer sum(Layer... layers) {
        return new Parallel("sum", List.of(layers), Parallel.summed(false));
    }

    /**
     * What each layer makes of the same input, put together along an axis; the other sizes are equal.
     *
     * @param axis 1 for channels, -1 for the last; not the batch
     */
    public static Layer parallel(int axis, Layer... layers) {
        Require.that(axis != 0, "axis", axis, "another than that of the batch");
        return new Parallel("parallel", List.of(layers), Parallel.concatenated(axis));
    }

    /** A layer under a name of its own in summaries and parameter names, which other layers then leave alone. */
    public static Layer named(String name, Layer layer) {
        return new Wrapped(name, layer, (scope, inner, x) -> inner.apply(scope, x));
    }

    /**
     * A layer whose parameters belong to the network as a whole, under this name: wherever a layer stands in {@code shared} with
     * the same name it has the same ones, and learns from all places.
     */
    public static Layer shared(String name, Layer layer) {
        return new Wrapped(name, layer, (scope, inner, x) -> scope.applyShared(name, inner, x));
    }

    /**
     * A layer that does not learn: its parameters stay as they were initialized, as with {@link Initializer#of}, and it is
     * written as for inference always.
     */
    public static Layer frozen(Layer layer) {
        return new Wrapped(layer.name(), layer, Scope::applyFrozen);
    }
}

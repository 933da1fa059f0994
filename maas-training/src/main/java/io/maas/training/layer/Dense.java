package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A fully connected layer: {@code y = x·W + b}. Input {@code [batch, …, in]}, output {@code [batch, …, out]}; parameters
 * {@code weight [in, out]} and {@code bias [out]}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param in size of the input's last axis; {@link #INFERRED} takes it from the input
 * @param out size of the output's last axis
 * @param biased whether there is a bias
 * @param weight the weight's first values; {@link Initializer#glorotUniform} by default
 * @see "Goodfellow et al., Deep Learning (2016), section 6.1"
 */
public record Dense(int in, int out, boolean biased, Initializer weight) implements Layer {
    /** Stands for a number of inputs that the layer before decides. */
    public static final int INFERRED = 0;

    public Dense {
        Require.that(in >= 0, "in", in, "in > 0, or " + INFERRED + " to take it from the input");
        Require.positive(out, "out");
    }

    /** This layer with other first values; {@link Initializer#heNormal} suits a rectifier behind it. */
    public Dense withWeight(Initializer initializer) {
        return new Dense(in, out, biased, initializer);
    }

    public Dense withoutBias() {
        return new Dense(in, out, false, weight);
    }

    @Override
    public String name() {
        return "dense";
    }

    @Override
    public @Nullable Shape inputRow() {
        return in == INFERRED ? null : Shape.of(in);
    }

    @Override
    public Value apply(Scope scope, Value input) {
        long size = input.rank() < 2 ? Shape.VARIABLE : input.shape().size(-1);
        if (size == Shape.VARIABLE || (in != INFERRED && in != size)) {
            throw scope.mismatch(
                    input,
                    "[batch, " + (in == INFERRED ? "features" : in) + "]",
                    "make the sizes of neighbouring layers equal, or leave out the first to have it inferred");
        }
        GraphBuilder b = scope.graph();
        Value matrix = scope.parameter("weight", weight, size, out);
        Value bias = biased ? scope.parameter("bias", Initializer.zeros(), out) : Value.OMITTED;
        if (input.rank() == 2) {
            return b.gemm(input, false, matrix, false, bias);
        }
        Value product = b.matmul(input, matrix);
        return biased ? b.add(product, bias) : product;
    }
}

package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
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
 * @param weight the weight's first values; {@link Initializer#glorotUniform} by default
 * @see "Goodfellow et al., Deep Learning (2016), section 6.1"
 */
public record Dense(int in, int out, Initializer weight) implements Layer {
    /** Stands for a number of inputs that the layer before decides. */
    public static final int INFERRED = 0;

    public Dense {
        Require.that(in >= 0, "in", in, "in > 0, or " + INFERRED + " to take it from the input");
        Require.positive(out, "out");
    }

    /** This layer with other first values; {@link Initializer#heNormal} suits a rectifier behind it. */
    public Dense withWeight(Initializer initializer) {
        return new Dense(in, out, initializer);
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
            String expected = "[batch, " + (in == INFERRED ? "features" : in) + "]";
            throw new ShapeMismatchException(
                    "layer " + scope.path() + " does not fit its input: got " + input.shape() + ", expected " + expected
                            + "; make the sizes of neighbouring layers equal, or leave out the first to have it inferred",
                    expected,
                    input.shape().toString());
        }
        Value matrix = scope.parameter("weight", weight, size, out);
        Value bias = scope.parameter("bias", Initializer.zeros(), out);
        return input.rank() == 2
                ? scope.graph().gemm(input, false, matrix, false, bias)
                : scope.graph().add(scope.graph().matmul(input, matrix), bias);
    }
}

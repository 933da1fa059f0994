package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;

/**
 * A learned vector for each index, {@code [batch, …]} to {@code [batch, …, size]}; parameter {@code weight [vocabulary, size]}.
 * Indices are integers, or floating-point numbers without a fraction, as tables hold them; each in {@code [0, vocabulary)},
 * which engines check when they run.
 *
 * <p>Immutable and thread-safe.
 *
 * @param vocabulary the number of indices
 * @param size of each vector
 * @param weight the vectors' first values; by default normal with variance {@code 1 / size}, which gives vectors of length about 1
 */
public record Embedding(int vocabulary, int size, Initializer weight) implements Layer {
    public Embedding {
        Require.positive(vocabulary, "vocabulary");
        Require.positive(size, "size");
    }

    /** With other first values, such as {@link Initializer#of} vectors from elsewhere. */
    public Embedding withWeight(Initializer initializer) {
        return new Embedding(vocabulary, size, initializer);
    }

    /**
     * The way back, {@code [batch, …, size]} to {@code [batch, …, vocabulary]}: the product with each vector, as scores before a
     * softmax. It has a weight of its own, unless both stand in {@link Layers#shared} under one name:
     *
     * <pre>{@code
     * Embedding words = Layers.embedding(10_000, 256);
     * Layers.sequential(Layers.shared("words", words), body, Layers.shared("words", words.projection()));
     * }</pre>
     *
     * @see "Press and Wolf, Using the output embedding to improve language models (2017)"
     */
    public Layer projection() {
        return Layers.named("projection", this::project);
    }

    @Override
    public String name() {
        return "embedding";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        DataType type = input.dataType();
        if (!type.isFloating() && type != DataType.INT64 && type != DataType.INT32) {
            throw scope.mismatch(input, "int64 [batch, …]", "give it indices");
        }
        Value indices = type.isFloating() ? scope.graph().cast(input, DataType.INT64) : input;
        return scope.graph().node(Op.GATHER, Attributes.of("axis", 0), weight(scope), indices);
    }

    private Value weight(Scope scope) {
        return scope.parameter("weight", weight.withFans(size, size), vocabulary, size);
    }

    private Value project(Scope scope, Value input) {
        if (input.rank() < 2 || input.shape().size(-1) != size) {
            throw scope.mismatch(
                    input, "[batch, …, " + size + "]", "end the layers before it with the size of the embedding");
        }
        return scope.graph().matmul(input, scope.graph().transpose(weight(scope), 1, 0));
    }
}

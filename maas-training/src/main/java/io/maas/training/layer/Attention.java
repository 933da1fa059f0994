package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention, {@code [batch, length, width]} to the same: {@code softmax(q·kᵀ / √size)·v} for each of {@code heads}
 * parts of {@code size = width / heads}, put together and through one more dense layer. Queries come from the input; keys and
 * values from it too, or from a {@code memory [batch, keys, …]}. Parameters are those of four dense layers, {@code query}, {@code
 * key}, {@code value} and {@code output}.
 *
 * <p>A key that is hidden, by a mask or as it lies in the future, has weight 0; where all are, the weights are equal.
 *
 * <p>Immutable and thread-safe. With a memory or a mask, which are values of one graph, it is for use in that graph only: make it
 * within a layer or within {@link Network#of(java.util.List, Network.Body)}.
 *
 * @param heads how many parts
 * @param causal whether a place sees no place behind it
 * @param rotary whether queries and keys are turned by their positions
 * @param dropout the share of weights that are dropped in training, {@code 0 <= dropout < 1}
 * @param memory where keys and values come from; null for the input itself
 * @param mask {@code [batch, keys]}, 0 or false for keys that are padding; null to see all
 * @see "Vaswani et al., Attention is all you need (2017), section 3.2"
 */
public record Attention(
        int heads,
        boolean causal,
        boolean rotary,
        double dropout,
        @Nullable Value memory,
        @Nullable Value mask) implements Layer {
    /** Far below any product of finite vectors, yet finite in float32: a row with nothing to see stays finite too. */
    private static final double HIDDEN = -1e9;

    public Attention {
        Require.positive(heads, "heads");
        Require.in(0, dropout, 1, "dropout");
        Require.that(!causal || memory == null, "memory", "set", "none where causal, as a memory has no future");
        Require.that(
                !rotary || memory == null, "memory", "set", "none where rotary, as a memory has positions of its own");
    }

    /** Of so many heads, each of which sees all places of the input. */
    static Attention of(int heads) {
        return new Attention(heads, false, false, 0, null, null);
    }

    /** Sees no place behind its own, so that a sequence can be predicted element by element. */
    public Attention causalOnly() {
        return new Attention(heads, true, rotary, dropout, memory, mask);
    }

    /**
     * Turns queries and keys by their positions.
     *
     * @see "Su et al., RoFormer: Enhanced transformer with rotary position embedding (2021)"
     */
    public Attention withRotary() {
        return new Attention(heads, causal, true, dropout, memory, mask);
    }

    /** Drops weights in training. */
    public Attention withDropout(double rate) {
        return new Attention(heads, causal, rotary, rate, memory, mask);
    }

    /** Takes keys and values from another sequence, {@code [batch, keys, …]}: cross-attention. */
    public Attention over(Value sequence) {
        return new Attention(heads, causal, rotary, dropout, sequence, mask);
    }

    /** Hides padding: {@code [batch, keys]}, bool, integer or floating-point, 0 or false where a key is not to be seen. */
    public Attention masked(Value padding) {
        return new Attention(heads, causal, rotary, dropout, memory, padding);
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        long width = widthOf(scope, input);
        Value source = memory == null ? input : checked(scope, memory);
        GraphBuilder b = scope.graph();
        Value queries = turned(scope, heads(scope, "query", input, width));
        Seen seen = seen(
                scope,
                input,
                turned(scope, heads(scope, "key", source, width)),
                heads(scope, "value", source, width),
                mask == null ? null : fitting(scope, mask, source));
        Value scaled = b.mul(queries, Math.sqrt((double) heads / width));
        Value scores = visible(scope, b.matmul(scaled, b.transpose(seen.keys, 0, 1, 3, 2)), input, seen);
        Value weights = scope.apply(Layers.dropout(dropout), b.softmax(scores, -1));
        Value mixed = b.transpose(b.matmul(weights, seen.values), 0, 2, 1, 3);
        return dense(scope, "output", b.reshape(mixed, 0, 0, width), width);
    }

    private long widthOf(Scope scope, Value input) {
        long width = input.rank() == 3 ? input.shape().size(2) : Shape.VARIABLE;
        if (width == Shape.VARIABLE || width % heads != 0 || !input.dataType().isFloating()) {
            throw scope.mismatch(
                    input,
                    "[batch, length, a multiple of " + heads + "]",
                    "choose a number of heads that divides the width");
        }
        return width;
    }

    private static Value checked(Scope scope, Value memory) {
        if (memory.rank() != 3 || memory.shape().size(2) == Shape.VARIABLE) {
            throw scope.mismatch(memory, "a memory [batch, keys, size]", "give over(…) a sequence of vectors");
        }
        return memory;
    }

    private static Value dense(Scope scope, String name, Value input, long width) {
        return scope.apply(Layers.named(name, Layers.dense((int) width)), input);
    }

    /** {@code [batch, heads, length, size]} */
    private Value heads(Scope scope, String name, Value input, long width) {
        GraphBuilder b = scope.graph();
        Value projected = dense(scope, name, input, width);
        return b.transpose(b.reshape(projected, 0, 0, heads, width / heads), 0, 2, 1, 3);
    }

    private Value turned(Scope scope, Value heads) {
        return rotary ? Positions.rotary(scope, heads) : heads;
    }

    /** Keys and values {@code [batch, heads, keys, size]}, and which of the keys are no padding, {@code [batch, keys]}. */
    private record Seen(Value keys, Value values, @Nullable Value mask) {}

    /** With those of the places before, where the sequence comes in pieces. */
    private Seen seen(Scope scope, Value input, Value keys, Value values, @Nullable Value mask) {
        if (memory != null) {
            return new Seen(keys, values, mask);
        }
        if (!causal && scope.carried().decoding()) {
            throw scope.mismatch(
                    input,
                    "the whole sequence, as each place sees those behind it",
                    "it cannot be taken piece by piece; make the attention causalOnly()");
        }
        if (!causal) {
            return new Seen(keys, values, mask);
        }
        int layer = scope.carried().nextLayer();
        return new Seen(
                scope.joined(layer, "key", keys, 2),
                scope.joined(layer, "value", values, 2),
                mask == null ? null : scope.joined(layer, "mask", mask, 1));
    }

    /** Scores {@code [batch, heads, length, keys]} with those of hidden keys far below all others. */
    private Value visible(Scope scope, Value scores, Value input, Seen seen) {
        GraphBuilder b = scope.graph();
        Value visible = scores;
        if (causal) {
            visible = b.where(Positions.notLater(scope, input, seen.keys), visible, b.scalar(HIDDEN, scores));
        }
        if (seen.mask != null) {
            Value open = b.cast(b.unsqueeze(seen.mask, 1, 2), DataType.BOOL);
            visible = b.where(open, visible, b.scalar(HIDDEN, scores));
        }
        return visible;
    }

    private static Value fitting(Scope scope, Value mask, Value source) {
        Shape shape = mask.shape();
        Object keys = source.shape().dimension(1);
        boolean differs = shape.rank() == 2
                && keys instanceof Long size
                && shape.size(1) != size
                && shape.size(1) != Shape.VARIABLE;
        if (shape.rank() != 2 || differs) {
            throw scope.mismatch(
                    mask, "a mask [batch, " + keys + "]", "give masked(…) one value for each place that is seen");
        }
        return mask;
    }
}

package io.maas.training.finetune;

import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Scope;

/** Layers that go behind an encoder of tokens; all others of {@link io.maas.training.layer.Layers} go there too. */
public final class Heads {
    private Heads() {}

    /**
     * The mean of the token embeddings that are no padding, {@code [batch, tokens, size]} to {@code [batch, size]}: {@code sum_t m_t·x_t
     * / max(1, sum_t m_t)}.
     *
     * @param mask the name of the model's input {@code [batch, tokens]} that is 1 for tokens and 0 for padding, such as {@code
     *     attention_mask}
     * @see "Reimers and Gurevych, Sentence-BERT (2019), section 3"
     */
    public static Layer meanPooling(String mask) {
        return new Named("meanPooling", (graph, x) -> {
            Value ones = graph.value(mask);
            if (x.rank() != 3 || ones.rank() != 2) {
                throw new ShapeMismatchException(
                        "mean pooling does not fit: got " + x.shape() + " and a mask " + ones.shape()
                                + ", expected [batch, tokens, size] and [batch, tokens]; choose the output that holds the tokens",
                        "[batch, tokens, size]",
                        x.shape().toString());
            }
            Value weights = graph.cast(graph.unsqueeze(ones, 2), x.dataType());
            Value sum = graph.reduceSum(graph.mul(x, weights), false, 1);
            Value count = graph.reduceSum(weights, false, 1);
            return graph.div(sum, atLeast(graph, count, 1));
        });
    }

    /** The first token of each row, {@code [batch, tokens, size]} to {@code [batch, size]}, as in BERT's classification token. */
    public static Layer firstToken() {
        return new Named(
                "firstToken",
                (graph, x) -> graph.node(Op.GATHER, Attributes.of("axis", 1), x, graph.constant(Tensor.scalar(0L))));
    }

    /** Rows scaled to length 1, so that their products are cosines: {@code x / max(|x|, 1e-6)} over the last axis. */
    public static Layer unitLength() {
        return new Named("unitLength", (graph, x) -> {
            Value squares = graph.reduceSum(graph.mul(x, x), true, -1);
            return graph.div(x, graph.sqrt(atLeast(graph, squares, 1e-12)));
        });
    }

    private static Value atLeast(GraphBuilder graph, Value value, double least) {
        return graph.node(Op.MAX, Attributes.none(), value, graph.scalar(least, value));
    }

    /** A layer without parameters. */
    private record Named(String name, Body body) implements Layer {
        @Override
        public Value apply(Scope scope, Value input) {
            return body.apply(scope.graph(), input);
        }
    }

    private interface Body {
        Value apply(GraphBuilder graph, Value input);
    }
}

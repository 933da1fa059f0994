package io.maas.benchmarks;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Scope;

/**
 * A block of a transformer's encoder, {@code [batch, length, width]} to the same: attention over the whole sequence, then two
 * dense layers with a GELU between them; each part is added to its input, and the sum normalised.
 *
 * @param width a multiple of {@code heads}
 * @see "Vaswani et al., Attention is all you need (2017), section 3.1"
 */
record EncoderBlock(int width, int heads, int hidden) implements Layer {
    @Override
    public String name() {
        return "encoder";
    }

    @Override
    public Value apply(Scope scope, Value x) {
        GraphBuilder b = scope.graph();
        Layer norm = Layers.named("norm", EncoderBlock::layerNorm);
        Layer attention = Layers.named("attention", this::attention);
        Layer feedForward = Layers.sequential(Layers.dense(hidden), Layers.gelu(), Layers.dense(width));
        Value attended = scope.apply(norm, b.add(x, scope.apply(attention, x)));
        return scope.apply(norm, b.add(attended, scope.apply(feedForward, attended)));
    }

    /** {@code softmax(q·kᵀ / √(width / heads))·v} for each head, section 3.2.2. */
    private Value attention(Scope scope, Value x) {
        GraphBuilder b = scope.graph();
        Value q = heads(b, scope.apply(Layers.dense(width), x), 0, 2, 1, 3);
        Value k = heads(b, scope.apply(Layers.dense(width), x), 0, 2, 3, 1);
        Value v = heads(b, scope.apply(Layers.dense(width), x), 0, 2, 1, 3);
        Value weights = b.softmax(b.mul(b.matmul(q, k), Math.sqrt((double) heads / width)), -1);
        Value mixed = b.transpose(b.matmul(weights, v), 0, 2, 1, 3);
        return scope.apply(Layers.dense(width), b.reshape(mixed, 0, 0, width));
    }

    private Value heads(GraphBuilder b, Value x, long... order) {
        return b.transpose(b.reshape(x, 0, 0, heads, width / heads), order);
    }

    /** Mean 0 and variance 1 over the last axis, times a gain, plus a bias. */
    private static Value layerNorm(Scope scope, Value x) {
        GraphBuilder b = scope.graph();
        long width = x.shape().size(-1);
        Value gain = scope.parameter("gain", Initializer.ones(), width);
        Value bias = scope.parameter("bias", Initializer.zeros(), width);
        return b.node(Op.LAYER_NORMALIZATION, Attributes.none(), x, gain, bias);
    }
}

package io.maas.training.finetune;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.SplittableRandom;

/** A small encoder of tokens, written as exporters write them: sizes are computed, weights are constants. */
final class Encoders {
    static final int WORDS = 20;
    static final int SIZE = 6;

    private Encoders() {}

    static Tensor random(long seed, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() - 0.5);
        }
        return Tensor.of(values, shape);
    }

    /** Ids and a mask {@code [batch, tokens]} to {@code hidden [batch, tokens, 6]} and {@code first [batch, 6]}. */
    static Graph tokens() {
        GraphBuilder b = new GraphBuilder("encoder");
        Value ids = b.input("ids", DataType.INT64, Shape.symbolic("batch", "tokens"));
        b.input("mask", DataType.INT64, Shape.symbolic("batch", "tokens"));
        Value words = b.constant("embeddings.words", random(1, WORDS, SIZE));
        Value x = b.node(Op.GATHER, Attributes.none(), words, ids);
        Value query = b.matmul(x, b.constant("query.weight", random(2, SIZE, SIZE)));
        Value key = b.matmul(x, b.constant("key.weight", random(3, SIZE, SIZE)));
        Value split = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, ids, 0), size(b, ids, 1), b.longs(2, 3));
        Value q = b.transpose(b.reshape(query, split), 0, 2, 1, 3);
        Value k = b.transpose(b.reshape(key, split), 0, 2, 3, 1);
        Value attention = b.softmax(b.matmul(q, k), -1);
        Value mixed = b.transpose(b.matmul(attention, b.transpose(b.reshape(x, split), 0, 2, 1, 3)), 0, 2, 1, 3);
        Value merged = b.node(Op.CONCAT, Attributes.of("axis", 0), size(b, ids, 0), size(b, ids, 1), b.longs(SIZE));
        Value flat = b.add(b.reshape(mixed, merged), x);
        Value scaled = b.mul(flat, b.constant("norm.scale", random(4, SIZE)));
        Value hidden = b.tanh(b.add(scaled, b.constant("norm.bias", random(5, SIZE))));
        b.output("hidden", hidden);
        b.output("first", b.node(Op.GATHER, Attributes.of("axis", 1), hidden, b.constant(Tensor.scalar(0L))));
        return b.build();
    }

    private static Value size(GraphBuilder b, Value x, int axis) {
        Value size = b.node(Op.GATHER, Attributes.of("axis", 0), b.shapeOf(x), b.constant(Tensor.scalar((long) axis)));
        return b.unsqueeze(size, 0);
    }

    /** Rows of two to four words; the class of a row is whether its first word is in the upper half. */
    static TuningBatch batch(long seed, int rows) {
        SplittableRandom random = new SplittableRandom(seed);
        int length = 2 + random.nextInt(3);
        long[] ids = new long[rows * length];
        long[] mask = new long[ids.length];
        long[] classes = new long[rows];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = random.nextInt(WORDS);
            mask[i] = i % length < 2 || random.nextBoolean() ? 1 : 0;
        }
        for (int row = 0; row < rows; row++) {
            classes[row] = ids[row * length] < WORDS / 2 ? 0 : 1;
        }
        return new TuningBatch(
                Tensors.of("ids", Tensor.of(ids, rows, length), "mask", Tensor.of(mask, rows, length)),
                Tensor.of(classes));
    }
}

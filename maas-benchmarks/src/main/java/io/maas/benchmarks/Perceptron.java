package io.maas.benchmarks;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Random;

/** A tiny model, 4-16-3: next to it, what a serving path costs shows best. */
final class Perceptron {
    static final int FEATURES = 4;
    static final int CLASSES = 3;
    private static final int HIDDEN = 16;

    private Perceptron() {}

    /** The model as ONNX bytes: {@code x [batch, 4]} to {@code y [batch, 3]}. */
    static byte[] onnx() {
        Random random = new Random(1);
        GraphBuilder b = new GraphBuilder("perceptron");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", FEATURES));
        Value hidden = b.relu(dense(b, x, "1", FEATURES, HIDDEN, random));
        b.output("y", dense(b, hidden, "2", HIDDEN, CLASSES, random));
        return OnnxWriter.write(b.build());
    }

    private static Value dense(GraphBuilder b, Value x, String name, int in, int out, Random random) {
        Value weight = b.constant("weight" + name, Tensor.of(random(in * out, random), in, out));
        Value bias = b.constant("bias" + name, Tensor.of(random(out, random)));
        return b.gemm(x, false, weight, false, bias);
    }

    static float[] random(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

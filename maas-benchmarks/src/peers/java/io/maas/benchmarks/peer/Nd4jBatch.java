package io.maas.benchmarks.peer;

import io.maas.benchmarks.TrainingData;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays that hold one batch after the other; classes as ones in rows of zeros, which both libraries on ND4J ask for. */
final class Nd4jBatch {
    private final TrainingData data;
    private final INDArray inputs;
    private final INDArray targets;
    private final FloatBuffer inputMemory;
    private final FloatBuffer targetMemory;

    /** @param threads ND4J's and its BLAS's, for the whole process */
    Nd4jBatch(TrainingData data, int threads) {
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
        Nd4j.factory().blas().setMaxThreads(threads);
        this.data = data;
        inputs = Nd4j.create(DataType.FLOAT, data.inputShape());
        targets = Nd4j.create(DataType.FLOAT, targetShape());
        inputMemory = inputs.data().asNioFloat();
        targetMemory = targets.data().asNioFloat();
    }

    private long[] targetShape() {
        return data.classes() > 0 ? new long[] {data.batch(), data.classes()} : data.targetShape();
    }

    void fill(int batch) {
        inputMemory.put(0, data.inputs(batch));
        float[] values = data.targets(batch);
        if (data.classes() == 0) {
            targetMemory.put(0, values);
            return;
        }
        for (int row = 0; row < values.length; row++) {
            for (int label = 0; label < data.classes(); label++) {
                targetMemory.put(row * data.classes() + label, values[row] == label ? 1 : 0);
            }
        }
    }

    INDArray inputs() {
        return inputs;
    }

    INDArray targets() {
        return targets;
    }
}

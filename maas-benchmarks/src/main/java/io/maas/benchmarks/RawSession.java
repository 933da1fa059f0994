package io.maas.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;

/** ONNX Runtime as a careful user calls it directly; one session for all threads, one run on one thread. */
final class RawSession implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    RawSession(byte[] onnx) throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        session = environment.createSession(onnx, options);
    }

    /** A new tensor for each request and a new one for each answer. */
    float[] runFresh(float[] row) throws OrtException {
        long[] shape = {1, row.length};
        try (OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(row), shape);
                OrtSession.Result result = session.run(Map.of("x", input))) {
            FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] answer = new float[values.remaining()];
            values.get(answer);
            return answer;
        }
    }

    /** Memory of one caller that is prepared once: a reused input tensor and a pinned output. */
    final class Pinned implements AutoCloseable {
        private final FloatBuffer in = direct(Perceptron.FEATURES);
        private final FloatBuffer out = direct(Perceptron.CLASSES);
        private final OnnxTensor input;
        private final OnnxTensor output;
        private final Map<String, OnnxTensor> inputs;
        private final Map<String, OnnxTensor> outputs;

        Pinned() throws OrtException {
            input = OnnxTensor.createTensor(environment, in, new long[] {1, Perceptron.FEATURES});
            output = OnnxTensor.createTensor(environment, out, new long[] {1, Perceptron.CLASSES});
            inputs = Map.of("x", input);
            outputs = Map.of("y", output);
        }

        float[] run(float[] row) throws OrtException {
            in.put(0, row);
            session.run(inputs, Set.of(), outputs).close();
            float[] answer = new float[Perceptron.CLASSES];
            out.get(0, answer);
            return answer;
        }

        @Override
        public void close() {
            input.close();
            output.close();
        }
    }

    private static FloatBuffer direct(int floats) {
        return ByteBuffer.allocateDirect(floats * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}

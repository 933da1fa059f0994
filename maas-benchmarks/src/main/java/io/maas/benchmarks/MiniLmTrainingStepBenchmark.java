package io.maas.benchmarks;

import com.google.common.io.Resources;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.optimizer.Adam;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Fine-tuning of an imported transformer: all-MiniLM-L6-v2 with frozen embeddings and mean squared loss on its last hidden
 * state, 16 sentences of 32 tokens. What learns are the six encoder blocks with 96 parameters. The peers train six blocks of
 * these sizes from embedded tokens on; the model looks its embeddings up besides.
 */
public class MiniLmTrainingStepBenchmark extends TrainingStepBenchmark {
    /** The last hidden state. */
    private static final String HIDDEN = "output_0";

    private static final int TOKENS = 30_000;
    private static final int SENTENCES = 16;
    private static final int LENGTH = 32;

    @Override
    protected Step open() {
        Graph model = OnnxReader.read(Resources.asByteSource(Resources.getResource("all-minilm-l6-v2.onnx")));
        Map<Value, Tensor> parameters = new LinkedHashMap<>();
        model.constants().forEach((name, tensor) -> {
            if (learns(name, tensor)) {
                parameters.put(new Value(name, tensor.dataType(), tensor.shape()), tensor);
            }
        });
        GraphBuilder builder = GraphBuilder.from(withInputs(model, parameters));
        Value hidden = model.output(HIDDEN);
        Value error = builder.sub(hidden, builder.input("target", DataType.FLOAT32, hidden.shape()));
        Value loss = builder.reduceMean(builder.mul(error, error), false);
        ProgramOptions options = ProgramOptions.training().withThreads(threads);
        return new Sentences(new GraphStep(builder, loss, parameters, Adam.defaults(), options));
    }

    /** The weights of the blocks; their other constants are single numbers such as √2. */
    private static boolean learns(String name, Tensor tensor) {
        return tensor.dataType() == DataType.FLOAT32
                && tensor.shape().rank() > 0
                && !name.startsWith("embeddings.")
                && !name.startsWith("pooler.");
    }

    private static Graph withInputs(Graph model, Map<Value, Tensor> parameters) {
        List<Value> inputs = new ArrayList<>(model.inputs());
        inputs.addAll(parameters.keySet());
        Map<String, Tensor> frozen = new LinkedHashMap<>(model.constants());
        parameters.keySet().forEach(parameter -> frozen.remove(parameter.name()));
        return new Graph(model.name(), inputs, List.of(model.output(HIDDEN)), model.nodes(), frozen, model.opsets());
    }

    /** The model's inputs, in memory that is filled anew for each step. */
    private static final class Sentences implements Step {
        private final TrainingData data = TrainingData.sentences();
        private final GraphStep step;
        private final long[][] tokens = new long[TrainingData.BATCHES][];
        private final ByteBuffer ids = Tensor.newDirectMemory((long) SENTENCES * LENGTH * Long.BYTES);
        private final ByteBuffer target = Tensor.newDirectMemory((long) data.targets(0).length * Float.BYTES);
        private final Tensors inputs;
        private double loss;

        Sentences(GraphStep step) {
            this.step = step;
            Random random = new Random(3);
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = random.longs((long) SENTENCES * LENGTH, 0, TOKENS).toArray();
            }
            long[] mask = new long[SENTENCES * LENGTH];
            Arrays.fill(mask, 1);
            Shape shape = Shape.of(SENTENCES, LENGTH);
            inputs = Tensors.copyOf(Map.of(
                    "input_ids", Tensor.wrap(DataType.INT64, shape, ids),
                    "attention_mask", Tensor.of(mask, SENTENCES, LENGTH),
                    "token_type_ids", Tensor.zeros(DataType.INT64, shape),
                    "target", Tensor.wrap(DataType.FLOAT32, Shape.of(data.targetShape()), target)));
        }

        @Override
        public void run(int batch) {
            ids.asLongBuffer().put(0, tokens[batch]);
            target.asFloatBuffer().put(0, data.targets(batch));
            loss = step.run(inputs);
        }

        @Override
        public double loss() {
            return loss;
        }

        @Override
        public void close() {
            step.close();
        }
    }
}

package io.maas.benchmarks;

import com.google.common.io.Resources;
import io.maas.backend.ProgramOptions;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Tuning;
import io.maas.training.finetune.TuningBatch;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Adam;
import java.nio.ByteBuffer;
import java.util.Arrays;
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
        Tuning tuning = FineTune.from(Resources.asByteSource(Resources.getResource("all-minilm-l6-v2.onnx")))
                .output(HIDDEN)
                .freeze("embeddings.*")
                .withOptions(ProgramOptions.training().withThreads(threads))
                .start(Losses.meanSquared(), Adam.defaults());
        return new Sentences(tuning);
    }

    /** The model's inputs, in memory that is filled anew for each step. */
    private static final class Sentences implements Step {
        private final TrainingData data = TrainingData.sentences();
        private final Tuning tuning;
        private final long[][] tokens = new long[TrainingData.BATCHES][];
        private final ByteBuffer ids = Tensor.newDirectMemory((long) SENTENCES * LENGTH * Long.BYTES);
        private final ByteBuffer target = Tensor.newDirectMemory((long) data.targets(0).length * Float.BYTES);
        private final TuningBatch batch;
        private double loss;

        Sentences(Tuning tuning) {
            this.tuning = tuning;
            Random random = new Random(3);
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = random.longs((long) SENTENCES * LENGTH, 0, TOKENS).toArray();
            }
            long[] mask = new long[SENTENCES * LENGTH];
            Arrays.fill(mask, 1);
            Shape shape = Shape.of(SENTENCES, LENGTH);
            Tensors inputs = Tensors.copyOf(Map.of(
                    "input_ids", Tensor.wrap(DataType.INT64, shape, ids),
                    "attention_mask", Tensor.of(mask, SENTENCES, LENGTH),
                    "token_type_ids", Tensor.zeros(DataType.INT64, shape)));
            batch = new TuningBatch(inputs, Tensor.wrap(DataType.FLOAT32, Shape.of(data.targetShape()), target));
        }

        @Override
        public void run(int number) {
            ids.asLongBuffer().put(0, tokens[number]);
            target.asFloatBuffer().put(0, data.targets(number));
            loss = tuning.step(batch).loss();
        }

        @Override
        public double loss() {
            return loss;
        }

        @Override
        public void close() {
            tuning.close();
        }
    }
}

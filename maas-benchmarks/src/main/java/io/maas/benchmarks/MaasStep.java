package io.maas.benchmarks;

import io.maas.backend.ProgramOptions;
import io.maas.train.Loss;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Network;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingStep;
import io.maas.training.optimizer.Optimizers;

/** Our training step as the trainer runs it: gathering the batch's rows included. */
final class MaasStep implements TrainingStepBenchmark.Step {
    private final Batches batches;
    private final TrainingStep step;
    private double loss;

    MaasStep(Network network, Loss objective, TrainingData data, int threads) {
        Dataset rows = data.dataset();
        batches = Batches.of(rows, data.batch());
        step = Trainer.of(network, objective, Optimizers.adam(1e-3))
                .withOptions(ProgramOptions.training().withThreads(threads))
                .newStep(rows);
    }

    @Override
    public void run(int batch) {
        loss = step.step(batches.batch(batch)).loss();
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

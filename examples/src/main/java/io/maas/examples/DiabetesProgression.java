package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Schedule;
import io.maas.training.classical.LinearModel;
import io.maas.training.classical.LinearRegression;
import io.maas.training.data.Dataset;
import io.maas.training.data.RowSplit;
import io.maas.training.data.Splitter;
import io.maas.training.data.Table;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Metrics;
import io.maas.training.optimizer.Optimizers;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.Target;
import java.util.Arrays;
import java.util.List;

/**
 * Foretells from ten measures how far a patient's diabetes will have come in a year: three small networks together against linear
 * regression, on ten folds of 442 patients. The networks' settings were chosen on folds in other orders.
 *
 * <p>Arguments: the number of folds (10), the number of epochs (100).
 */
public final class DiabetesProgression {
    private static final String TARGET = "progression";
    private static final int NETWORKS = 3;

    private DiabetesProgression() {}

    public static void main(String[] args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 100;
        Table patients = Samples.table("diabetes.csv");
        List<RowSplit> folds = Samples.folds(patients, Splitter.random(7), count);
        double network = 0;
        double linear = 0;
        for (RowSplit fold : folds) {
            Table train = patients.rows(fold.train());
            FittedPreprocessing fitted = recipe(train).fit(train);
            Dataset learned = fitted.apply(train);
            Dataset heldOut = fitted.apply(patients.rows(fold.test()));
            network += Math.pow(network(learned, heldOut, epochs), 2) * heldOut.rows();
            linear += Math.pow(linear(learned, heldOut), 2) * heldOut.rows();
        }
        System.out.printf(
                "root mean squared error over all %d patients: networks %.2f, linear regression %.2f%n",
                patients.rows(), Math.sqrt(network / patients.rows()), Math.sqrt(linear / patients.rows()));
    }

    /** Mean 0 and deviation 1 for each measure, of the patients to learn from alone. */
    private static Preprocessing recipe(Table train) {
        return Preprocessing.of(Numbers.of(train.drop(TARGET).names()).standardize())
                .predicting(Target.number(TARGET));
    }

    /** The mean of what three networks say, which were begun with different weights. */
    private static double network(Dataset learned, Dataset heldOut, int epochs) {
        double[] mean = new double[heldOut.rows()];
        for (int seed = 1; seed <= NETWORKS; seed++) {
            double[] answers = trained(learned, epochs, seed)
                    .predict(Tensors.of("input", heldOut.features()))
                    .only()
                    .toDoubleArray();
            Arrays.setAll(mean, row -> mean[row] + answers[row] / NETWORKS);
        }
        return Metrics.rmse().of(Tensor.of(mean, mean.length, 1), heldOut.targets());
    }

    /** A plane and bends beside it; targets are about 150. */
    private static Trained trained(Dataset learned, int epochs, long seed) {
        Network network = Network.sequential(
                Layers.sum(
                        Layers.dense(10, 1),
                        Layers.sequential(Layers.dense(32), Layers.relu(), Layers.dropout(0.5), Layers.dense(1))),
                Layers.scale(100));
        long steps = (long) epochs * ((learned.rows() + Fit.DEFAULT_BATCH_SIZE - 1) / Fit.DEFAULT_BATCH_SIZE);
        return Trainer.of(
                        network,
                        Losses.meanSquared(),
                        Optimizers.scheduled(Optimizers.adamW(5e-3, 0.3), Schedule.cosine(steps)))
                .withSeed(seed)
                .fit(learned, Fit.epochs(epochs));
    }

    private static double linear(Dataset learned, Dataset heldOut) {
        LinearModel model = LinearRegression.defaults().fit(learned);
        return Metrics.rmse().of(model.predict(heldOut.features()).get(LinearModel.PREDICTION), heldOut.targets());
    }
}

package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Average;
import io.maas.training.metric.ConfusionMatrix;
import io.maas.training.metric.Criterion;
import io.maas.training.metric.Measure;
import io.maas.training.metric.Metric;
import io.maas.training.metric.Metrics;
import io.maas.training.metric.Threshold;
import io.maas.training.metric.ThresholdCurve;
import io.maas.training.optimizer.Optimizers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MeasuredTrainingTest {
    private static final Trainer CLASSES = Trainer.of(
                    Network.sequential(Layers.dense(6, 8), Layers.tanh(), Layers.dense(3)),
                    Losses.softmaxCrossEntropy(),
                    Optimizers.adam(0.02))
            .withBackend(new ReferenceBackend());
    private static final Dataset TRAIN = BrokenOff.rows(1, 120);
    private static final Dataset HELD = BrokenOff.rows(2, 700);

    @Test
    void metricsAreMeasuredEachEpochAndAtTheEnd() {
        Metric f1 = Metrics.f1(Average.MACRO);

        Trained trained = CLASSES.fit(TRAIN, Fit.epochs(3).validateOn(HELD).measure(f1, Metrics.logLoss()));

        Scores last = Objects.requireNonNull(trained.history().epochs().get(2).validation());
        assertThat(last.metrics()).containsOnlyKeys("f1Macro", "logLoss");
        // The loss is the mean of parts by their rows; both see the same predictions.
        assertThat(last.get("logLoss")).isCloseTo(last.loss(), within(1e-5));
        assertThat(trained.metrics())
                .containsOnlyKeys(
                        "train.loss",
                        "train.accuracy",
                        "train.f1Macro",
                        "train.logLoss",
                        "validation.loss",
                        "validation.accuracy",
                        "validation.f1Macro",
                        "validation.logLoss")
                .containsEntry("validation.f1Macro", last.get("f1Macro"));
        Tensor predicted = trained.predict(io.maas.tensor.Tensors.of("input", HELD.features()))
                .only();
        assertThat(last.get("f1Macro")).isEqualTo(f1.of(predicted, HELD.targets()));
    }

    @Test
    void theBestEpochIsFoundByAMetric() {
        // A metric that falls from epoch to epoch: the first epoch is the best, and patience ends training.
        Metric falling = new Counting(true);
        Metric rising = new Counting(false);

        Trained first = CLASSES.fit(TRAIN, Fit.epochs(9).validateOn(HELD).stopEarly(2, falling));
        Trained last = CLASSES.fit(TRAIN, Fit.epochs(4).validateOn(HELD).keepBest(rising));

        assertThat(first.history().epochs()).hasSize(3);
        assertThat(first.history().keptEpoch()).isEqualTo(1);
        assertThat(first.weights()).isEqualTo(CLASSES.fit(TRAIN, Fit.epochs(1)).weights());
        assertThat(last.history().keptEpoch()).isEqualTo(1);
        assertThat(last.history().epochs()).hasSize(4);
    }

    /** One less each time it is measured; or with lower being better, one more. */
    private static final class Counting implements Metric {
        private final boolean higher;
        private int times;

        Counting(boolean higher) {
            this.higher = higher;
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public boolean higherIsBetter() {
            return higher;
        }

        @Override
        public Measure.Running<Double> start() {
            double value = higher ? -times++ : times++;
            return new Measure.Running<>() {
                @Override
                public void add(io.maas.training.metric.Portion portion) {}

                @Override
                public Double value() {
                    return value;
                }
            };
        }
    }

    @Test
    void listenersMayWantMeasuresOfTheirOwn() {
        List<Integer> epochs = new ArrayList<>();
        List<ConfusionMatrix> matrices = new ArrayList<>();
        MeasureListener<ConfusionMatrix> listener = new MeasureListener<>() {
            @Override
            public Measure<ConfusionMatrix> measure() {
                return ConfusionMatrix.measure();
            }

            @Override
            public void onMeasured(int epoch, ConfusionMatrix value) {
                epochs.add(epoch);
                matrices.add(value);
            }
        };

        Trained trained = CLASSES.fit(TRAIN, Fit.epochs(2).validateOn(HELD).listen(listener));
        CLASSES.fit(TRAIN, Fit.epochs(1).listen(listener));

        assertThat(epochs).containsExactly(1, 2, 2, 1, 1);
        assertThat(matrices.get(2).total()).isEqualTo(700);
        assertThat(matrices.get(2).accuracy()).isCloseTo(trained.metrics().get("validation.accuracy"), within(1e-9));
        assertThat(matrices.get(4).total()).isEqualTo(120);
    }

    @Test
    void aTrainedNetworkIsMeasuredOnRowsOfOnesOwn() {
        Trained trained = CLASSES.fit(TRAIN, Fit.epochs(3).validateOn(HELD));

        Scores scores = trained.evaluate(HELD, Metrics.accuracy(), Metrics.topAccuracy(2));
        ConfusionMatrix matrix = trained.measure(HELD, ConfusionMatrix.measure(List.of("none", "one", "both")));

        assertThat(scores.loss()).isEqualTo(trained.metrics().get("validation.loss"));
        assertThat(scores.metrics().get("accuracy")).isCloseTo(scores.get("accuracy"), within(1e-9));
        assertThat(scores.get("top2Accuracy")).isGreaterThanOrEqualTo(scores.get("accuracy"));
        assertThat(matrix.accuracy()).isCloseTo(scores.get("accuracy"), within(1e-9));
        assertThat(matrix.names()).containsExactly("none", "one", "both");
        assertThatThrownBy(() -> trained.evaluate(Problems.line(4))).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void questionsWithYesAndNoGetAThreshold() {
        Dataset data = Dataset.of(TRAIN.features(), yes(TRAIN));
        Trained trained = Trainer.of(
                        Network.sequential(Layers.dense(6, 1)), Losses.binaryCrossEntropy(), Optimizers.adam(0.05))
                .withBackend(new ReferenceBackend())
                .fit(
                        data,
                        Fit.epochs(30)
                                .validateOn(Dataset.of(HELD.features(), yes(HELD)))
                                .measure(Metrics.rocAuc()));

        Threshold threshold = trained.measure(data, ThresholdCurve.measure()).best(Criterion.f1());

        assertThat(trained.metrics().get("validation.rocAuc")).isGreaterThan(0.9);
        assertThat(threshold.f1())
                .isGreaterThanOrEqualTo(trained.evaluate(data, Metrics.f1()).get("f1"));
        assertThat(trained.metrics()).doesNotContainKey("validation.accuracy");
    }

    private static Tensor yes(Dataset data) {
        long[] classes = data.targets().toLongArray();
        float[] yes = new float[classes.length];
        for (int i = 0; i < yes.length; i++) {
            yes[i] = classes[i] > 0 ? 1 : 0;
        }
        return Tensor.of(yes);
    }

    @Test
    void weightsOfTheLossCountForMetricsToo() {
        float[] weights = new float[120];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i % 3;
        }
        Dataset weighted = TRAIN.with("weight", Tensor.of(weights));
        Trainer trainer = Trainer.of(
                        CLASSES.network(), Losses.softmaxCrossEntropy().weighted(), CLASSES.optimizer())
                .withBackend(new ReferenceBackend());
        Trained trained = trainer.fit(weighted, Fit.epochs(2));
        Tensor predicted = trained.predict(io.maas.tensor.Tensors.of("input", TRAIN.features()))
                .only();
        Metric loss = Metrics.logLoss();

        assertThat(trained.evaluate(weighted, loss).get("logLoss"))
                .isCloseTo(loss.of(predicted, TRAIN.targets(), Tensor.of(weights)), within(1e-6));
        assertThat(trained.evaluate(weighted, loss.unweighted()).get("logLoss"))
                .isCloseTo(loss.of(predicted, TRAIN.targets()), within(1e-6));
        assertThatThrownBy(() -> trained.evaluate(weighted, loss.weightedBy("importance")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("data set: no column \"importance\" (expected: one of target, [weight]");
    }

    @Test
    void eachOutputHasFiguresOfItsOwn() {
        Network two = Network.of(
                List.of(Input.floats("x", 6)),
                (scope, in) -> NamedValues.of("kind", scope.apply(Layers.dense(3), in.first()))
                        .and("size", scope.apply(Layers.dense(1), in.first())));
        float[] sizes = new float[120];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = TRAIN.features().toFloatArray()[6 * i];
        }
        Dataset data = TRAIN.with("kind/target", TRAIN.targets()).with("size/target", Tensor.of(sizes, 120, 1));
        Trained trained = Trainer.of(
                        two,
                        Losses.sum(
                                Losses.on("kind", Losses.softmaxCrossEntropy()),
                                Losses.on("size", Losses.meanSquared())),
                        Optimizers.adam(0.05))
                .withBackend(new ReferenceBackend())
                .fit(
                        data,
                        Fit.epochs(20)
                                .measure(
                                        Metrics.accuracy().on("kind"),
                                        Metrics.r2().on("size")));

        assertThat(trained.metrics()).containsKeys("train.kind/accuracy", "train.size/r2");
        assertThat(trained.metrics().get("train.size/r2")).isGreaterThan(0.9);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trained.evaluate(data, Metrics.r2().on("weight")))
                .withMessageStartingWith("output: \"weight\" (expected: one of [kind, size])");
    }

    @Test
    void namesOfMetricsDiffer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fit.epochs(1).measure(Metrics.r2().named("loss")))
                .withMessageStartingWith("metrics: [loss] (expected: names that differ, and none that is loss");
        assertThat(Fit.epochs(1).measure(Metrics.r2(), Metrics.r2()).metrics()).hasSize(1);
    }
}

package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.error.TrainingDivergedException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrainerTest {
    private static final Network LINEAR = Network.sequential(Layers.dense(2, 1));
    private static final Network MIXER = Network.sequential(Layers.dense(2, 8), Layers.tanh(), Layers.dense(2));

    private static Trainer trainer(Network network, Loss loss, Optimizer optimizer) {
        return Trainer.of(network, loss, optimizer).withBackend(new ReferenceBackend());
    }

    private static Trainer linear(Optimizer optimizer) {
        return trainer(LINEAR, Losses.meanSquared(), optimizer);
    }

    @Test
    void learnsExclusiveOr() {
        Trained trained = trainer(MIXER, Losses.softmaxCrossEntropy(), Optimizers.adam(0.05))
                .fit(Problems.xor(), Fit.epochs(150).batchSize(4));

        assertThat(trained.metrics()).containsEntry("train.accuracy", 1.0);
        assertThat(trained.metrics().get("train.loss")).isLessThan(0.1);
        assertThat(trained.history().epochs()).hasSize(150);
    }

    @Test
    void findsTheCoefficientsOfALine() {
        Trained trained = linear(Optimizers.momentum(0.05, 0.9))
                .fit(Problems.line(64), Fit.epochs(40).batchSize(16));

        assertThat(trained.weights().get("dense_1/weight").toDoubleArray())
                .containsExactly(new double[] {3, -2}, within(1e-3));
        assertThat(trained.weights().get("dense_1/bias").item()).isCloseTo(1, within(1e-3));
        assertThat(trained.metrics()).containsOnlyKeys("train.loss");
        assertThat(trained.lineage().dataHash()).isEqualTo(Problems.line(64).hash());
    }

    @Test
    void computesInTheTypeOfTheFeatures() {
        Dataset data =
                Dataset.of(Tensor.of(new double[] {-1, 0, 1, 2}, 4, 1), Tensor.of(new double[] {-1, 1, 3, 5}, 4, 1));

        Trained trained = trainer(Network.sequential(Layers.dense(1)), Losses.meanSquared(), Optimizers.sgd(0.2))
                .fit(data, Fit.epochs(200).batchSize(4));

        assertThat(trained.weights().get("dense_1/weight").dataType()).isEqualTo(DataType.FLOAT64);
        assertThat(trained.weights().get("dense_1/weight").item()).isCloseTo(2, within(1e-9));
        assertThat(trained.graph().output("output").dataType()).isEqualTo(DataType.FLOAT64);
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        Trainer trainer = trainer(MIXER, Losses.softmaxCrossEntropy(), Optimizers.adam(0.01));
        Fit fit = Fit.epochs(5).batchSize(3);

        Tensors once = trainer.withSeed(7).fit(Problems.xor(), fit).weights();
        Tensors twice = trainer.withSeed(7).fit(Problems.xor(), fit).weights();
        Tensors other = trainer.withSeed(8).fit(Problems.xor(), fit).weights();

        assertThat(twice).isEqualTo(once);
        assertThat(other).isNotEqualTo(once);
    }

    @Test
    void theSeedOrdersTheRows() {
        // With weights that start at zero, only the order of the rows is left to chance.
        Network zeros = Network.sequential(Layers.dense(2, 1).withWeight(Initializer.zeros()));
        Trainer trainer = trainer(zeros, Losses.meanSquared(), Optimizers.sgd(0.1));
        Fit fit = Fit.epochs(1).batchSize(3);

        Tensors one = trainer.withSeed(1).fit(Problems.line(20), fit).weights();
        Tensors two = trainer.withSeed(2).fit(Problems.line(20), fit).weights();

        assertThat(one).isNotEqualTo(two);
    }

    @Test
    void anotherLayerLeavesFirstWeightsOfOthersAlone() {
        Network deeper = Network.sequential(
                Layers.dense(2, 8), Layers.relu(), Layers.named("extra", Layers.dense(8)), Layers.dense(2));
        Fit fit = Fit.epochs(1);

        Tensors first = trainer(MIXER, Losses.softmaxCrossEntropy(), new Frozen())
                .fit(Problems.xor(), fit)
                .weights();
        Tensors second = trainer(deeper, Losses.softmaxCrossEntropy(), new Frozen())
                .fit(Problems.xor(), fit)
                .weights();

        assertThat(second.get("dense_1/weight")).isEqualTo(first.get("dense_1/weight"));
        assertThat(second.get("dense_2/weight")).isEqualTo(first.get("dense_2/weight"));
        assertThat(second.get("extra_1/weight")).isNotEqualTo(first.get("dense_1/weight"));
    }

    @Test
    void lossAndAccuracyWeighBatchesByTheirRows() {
        Network constant = Network.of((scope, x) ->
                scope.graph().add(scope.graph().mul(x, 0), scope.parameter("score", Initializer.constant(0.5), 1, 2)));
        Dataset data = Dataset.of(Tensor.of(new float[14], 7, 2), Tensor.of(new long[] {0, 0, 0, 0, 0, 1, 1}));
        Dataset numbers = Dataset.of(Tensor.of(new float[14], 7, 2), Tensor.of(squares(), 7, 2));

        EpochReport classes = trainer(constant, Losses.softmaxCrossEntropy(), new Frozen())
                .fit(data, Fit.epochs(1).batchSize(3).validateOn(data))
                .history()
                .epochs()
                .get(0);
        EpochReport values = trainer(constant, Losses.meanSquared(), new Frozen())
                .fit(numbers, Fit.epochs(1).batchSize(3).validateOn(numbers))
                .history()
                .epochs()
                .get(0);

        double expected = 0;
        for (float y : squares()) {
            expected += (y - 0.5) * (y - 0.5) / 14;
        }
        assertThat(classes.train().accuracy()).isCloseTo(5.0 / 7, within(1e-9));
        assertThat(classes.train().loss()).isCloseTo(Math.log(2), within(1e-6));
        assertThat(classes.validation()).isNotNull();
        assertThat(values.train().loss()).isCloseTo(expected, within(1e-4 * expected));
        assertThat(values.train().accuracy()).isNull();
        assertThat(values.validation())
                .isNotNull()
                .satisfies(scores -> assertThat(scores.loss())
                        .isCloseTo(
                                values.train().loss(),
                                within(1e-4 * values.train().loss())));
    }

    private static float[] squares() {
        float[] values = new float[14];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * i;
        }
        return values;
    }

    @Test
    void stoppingEarlyKeepsTheBestWeights() {
        // What is right for training is wrong for validation: the first epoch is the best one.
        Dataset train = Problems.line(32);
        float[] opposite = train.targets().toFloatArray();
        for (int i = 0; i < opposite.length; i++) {
            opposite[i] = -opposite[i];
        }
        Dataset held = Dataset.of(train.features(), Tensor.of(opposite));
        Trainer trainer = linear(Optimizers.sgd(0.05));

        Trained stopped = trainer.fit(train, Fit.epochs(50).validateOn(held).stopEarly(3));
        Trained onlyOne = trainer.fit(train, Fit.epochs(1));
        Trained all = trainer.fit(train, Fit.epochs(5).validateOn(held));

        assertThat(stopped.history().epochs()).hasSize(4);
        assertThat(stopped.history().keptEpoch()).isEqualTo(1);
        assertThat(stopped.weights()).isEqualTo(onlyOne.weights());
        assertThat(all.history().keptEpoch()).isEqualTo(5);
        Scores first = Objects.requireNonNull(stopped.history().epochs().get(0).validation());
        assertThat(stopped.metrics().get("validation.loss")).isEqualTo(first.loss());
        assertThat(all.metrics().get("validation.loss")).isGreaterThan(first.loss());
    }

    @Test
    void stoppingEarlyRunsOnWhileItGetsBetter() {
        Trained trained = linear(Optimizers.sgd(0.1))
                .fit(
                        Problems.line(32),
                        Fit.epochs(20).validateOn(Problems.line(16)).stopEarly(2));

        assertThat(trained.history().epochs()).hasSize(20);
        assertThat(trained.history().keptEpoch()).isEqualTo(20);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> linear(Optimizers.sgd(0.1))
                        .fit(Problems.line(8), Fit.epochs(2).stopEarly(1)))
                .withMessage(
                        "selection: best(loss, patience=1) (expected: a validation set to find the best epoch by; add validateOn(…))");
    }

    @Test
    void divergenceStopsWithinTheStep() {
        List<String> events = new ArrayList<>();
        Fit fit = Fit.epochs(100).batchSize(8).listen(new Recorder(events));

        assertThatThrownBy(() -> linear(Optimizers.sgd(1e9)).fit(Problems.line(64), fit))
                .isInstanceOfSatisfying(TrainingDivergedException.class, e -> {
                    assertThat(e.step()).isBetween(2L, 8L);
                    assertThat(Double.isFinite(e.value())).isFalse();
                })
                .hasMessageMatching(
                        "training diverged at step [2-8]: .* is (NaN|-?Infinity) \\(expected: a finite number\\);"
                                + " it began here: .* made (NaN|an infinity) at .*; lower the learning rate, or scale the features to about 1");
        assertThat(events).containsExactly("start 100", "end 0");
    }

    @Test
    void aParameterThatIsNotFiniteStopsInItsOwnStep() {
        assertThatThrownBy(() -> linear(new Poison()).fit(Problems.line(8), Fit.epochs(5)))
                .isInstanceOfSatisfying(
                        TrainingDivergedException.class,
                        e -> assertThat(e.step()).isEqualTo(1))
                .hasMessageContaining("the sum of the new parameters is Infinity");
    }

    @Test
    void ownLossesAndOptimizersWork() {
        Trained trained = trainer(LINEAR, new MeanAbsolute(), new SignDescent())
                .fit(Problems.line(16), Fit.epochs(400).batchSize(16));

        assertThat(trained.weights().get("dense_1/weight").toDoubleArray())
                .containsExactly(new double[] {3, -2}, within(0.1));
        assertThat(trained.lineage().settings())
                .containsEntry("loss", "meanAbsolute")
                .containsEntry("optimizer", "sign");
    }

    @Test
    void dataMustFitTheNetwork() {
        Dataset wide = Dataset.of(Tensor.of(new float[6], 2, 3), Tensor.of(new float[2]));

        assertThatThrownBy(() -> linear(Optimizers.sgd(1)).fit(wide, Fit.epochs(1)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "features of the training set do not fit the network: got [2, 3], expected [batch, 2]; reshape"
                                + " them or change the network's first or last layer");
        assertThatThrownBy(() -> linear(Optimizers.sgd(1))
                        .fit(Problems.line(4), Fit.epochs(1).validateOn(wide)))
                .hasMessageStartingWith("features of the validation set do not fit the network: got [2, 3]");
        assertThatThrownBy(() -> linear(Optimizers.sgd(1)).fit(Problems.xor(), Fit.epochs(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the training set does not fit loss \"meanSquared\": got int64[4], expected"
                        + " float32[batch, 1]; convert the values");
        Dataset pairs = Dataset.of(Tensor.of(new float[4], 2, 2), Tensor.of(new float[4], 2, 2));
        assertThatThrownBy(() -> linear(Optimizers.sgd(1)).fit(pairs, Fit.epochs(1)))
                .hasMessageStartingWith(
                        "target of the training set does not fit loss \"meanSquared\": got float32[2, 2], expected"
                                + " float32[batch, 1]; reshape it, or change the network's last layer");
    }

    @Test
    void aNetworkHasSomethingToLearn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trainer(
                                Network.sequential(Layers.relu()), Losses.softmaxCrossEntropy(), Optimizers.sgd(1))
                        .fit(Problems.xor(), Fit.epochs(1)))
                .withMessage(
                        "parameters: 0 (expected: a network with something to learn; add a layer such as dense(…))");
    }

    @Test
    void axesOfSizeOneMayBeMissingFromTargetsOrTooMany() {
        Dataset column =
                Dataset.of(Problems.xor().features(), Problems.xor().targets().reshape(Shape.of(4, 1)));
        Dataset reordered = Dataset.of(Tensor.of(new float[4], 2, 2), Tensor.of(new float[12], 2, 3, 2));
        Network six = Network.sequential(Layers.dense(2, 6));

        assertThat(trainer(MIXER, Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))
                        .fit(column, Fit.epochs(1))
                        .metrics())
                .containsKey("train.accuracy");
        assertThatThrownBy(() ->
                        trainer(six, Losses.meanSquared(), Optimizers.sgd(0.1)).fit(reordered, Fit.epochs(1)))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessageStartingWith(
                        "target of the training set does not fit loss \"meanSquared\": got float32[2, 3, 2], expected"
                                + " float32[batch, 6]");
    }

    @Test
    void listenersThatFailAtTheEndHideNothing() {
        List<String> events = new ArrayList<>();
        Fit fit = Fit.epochs(3)
                .batchSize(8)
                .listen(new Careless("first"))
                .listen(new Careless("second"))
                .listen(new Recorder(events));

        assertThatThrownBy(() -> linear(Optimizers.sgd(0.1)).fit(Problems.line(8), fit))
                .hasMessage("first")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("second"));
        assertThatThrownBy(() -> linear(new Poison()).fit(Problems.line(8), fit))
                .isInstanceOf(TrainingDivergedException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
        assertThat(events).contains("end 3").endsWith("start 3", "end 0");
    }

    private record Careless(String message) implements TrainingListener {
        @Override
        public void onEpoch(EpochReport report) {}

        @Override
        public void onEnd(History history, @Nullable Throwable failure) {
            throw new IllegalStateException(message);
        }
    }

    @Test
    void classesOutOfRangeAreFoundBeforeTraining() {
        List<String> events = new ArrayList<>();
        Dataset data = Dataset.of(Problems.xor().features(), Tensor.of(new long[] {0, 1, 2, 0}));

        assertThatThrownBy(() -> trainer(MIXER, Losses.softmaxCrossEntropy(), Optimizers.sgd(1))
                        .fit(data, Fit.epochs(1).listen(new Recorder(events))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the training set, row 2: 2 (expected: 0 <= target <= 1); give the network one"
                        + " output for each class, and number classes from 0");
        assertThat(events).isEmpty();
    }

    @Test
    void listenersAreToldInOrderWithTheTimeOfEachEpoch() {
        List<String> events = new ArrayList<>();
        StepClock aSecondAStep = new StepClock();

        Trained trained = linear(Optimizers.sgd(0.1))
                .withTicker(aSecondAStep)
                .fit(
                        Problems.line(8),
                        Fit.epochs(2).listen(new Recorder(events)).listen(aSecondAStep));

        assertThat(events).containsExactly("start 2", "epoch 1 of 2", "epoch 2 of 2", "end 2");
        assertThat(trained.history().epochs()).extracting(EpochReport::duration).containsOnly(Duration.ofSeconds(1));
    }

    @Test
    void aListenerCanCancel() {
        List<String> events = new ArrayList<>();
        TrainingListener canceller = report -> {
            throw new java.util.concurrent.CancellationException("enough");
        };

        assertThatThrownBy(() -> linear(Optimizers.sgd(0.1))
                        .fit(
                                Problems.line(8),
                                Fit.epochs(2).listen(new Recorder(events)).listen(canceller)))
                .hasMessage("enough");
        assertThat(events).containsExactly("start 2", "epoch 1 of 2", "end 1");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fit.epochs(0))
                .withMessage("epochs: 0 (expected: epochs > 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fit.epochs(1).batchSize(-1))
                .withMessageStartingWith("batchSize: -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fit.epochs(1).stopEarly(0))
                .withMessageStartingWith("patience: 0");
    }

    private record Recorder(List<String> events) implements TrainingListener {
        @Override
        public void onStart(TrainingPlan plan) {
            events.add("start " + plan.epochs());
        }

        @Override
        public void onEpoch(EpochReport report) {
            events.add("epoch " + report.epoch() + " of " + report.epochs());
        }

        @Override
        public void onEnd(History history, @Nullable Throwable failure) {
            events.add("end " + history.epochs().size());
        }
    }

    /** Leaves every parameter as it is. */
    private record Frozen() implements Optimizer {
        @Override
        public String name() {
            return "frozen";
        }

        @Override
        public void update(UpdateScope scope) {
            scope.forEach(each -> each.moveTo(each.parameter()));
        }
    }

    /** Makes every parameter infinite while the loss of that step is still finite. */
    private record Poison() implements Optimizer {
        @Override
        public String name() {
            return "poison";
        }

        @Override
        public void update(UpdateScope scope) {
            GraphBuilder builder = scope.builder();
            scope.forEach(each -> {
                Value one = builder.exp(builder.mul(each.parameter(), 0));
                each.moveTo(builder.div(one, each.number("zero", progress -> 0)));
            });
        }
    }

    /** Moves by the sign of the gradient, with steps that shrink; keeps count in a state to see that it is carried. */
    private record SignDescent() implements Optimizer {
        @Override
        public String name() {
            return "sign";
        }

        @Override
        public void update(UpdateScope scope) {
            GraphBuilder builder = scope.builder();
            scope.forEach(each -> {
                Value count = builder.add(each.state("count"), each.number("one", progress -> 1));
                each.keep("count", count);
                Value sign = builder.node(Op.SIGN, Attributes.none(), each.gradient());
                each.moveTo(builder.sub(each.parameter(), builder.div(sign, builder.sqrt(count))));
            });
        }
    }

    private record MeanAbsolute() implements Loss {
        @Override
        public String name() {
            return "meanAbsolute";
        }

        @Override
        public Value apply(LossScope scope) {
            GraphBuilder b = scope.graph();
            return b.reduceMean(b.node(Op.ABS, Attributes.none(), b.sub(scope.prediction(), scope.target())), false);
        }
    }

    @Test
    void featuresMayHaveMoreAxes() {
        Network pictures = Network.sequential(Layers.flatten(), Layers.dense(2));
        Dataset data = Dataset.of(
                Problems.xor().features().reshape(Shape.of(4, 2, 1)),
                Problems.xor().targets());

        Trained trained = trainer(pictures, Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))
                .fit(data, Fit.epochs(1));

        assertThat(trained.graph().input("input").shape()).isEqualTo(Shape.symbolic("batch", 2, 1));
        assertThat(trained.weights().get("dense_1/weight").shape()).isEqualTo(Shape.of(2, 2));
    }
}

package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Plateau;
import io.maas.train.Progress.Measured;
import io.maas.train.Schedule;
import io.maas.train.UpdateScope;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Schedules, clipping and groups around other optimizers. */
class WrappedOptimizersTest {
    private static final int STEPS = 30;
    private static final Shape SHAPE = Shape.of(3, 4);

    private static double[] run(Optimizer optimizer) {
        return new Steps(optimizer, DataType.FLOAT64, SHAPE).run(STEPS);
    }

    // ---- schedules

    @Test
    void theRateFollowsTheSchedule() {
        Schedule schedule = Schedule.warmUp(5).then(Schedule.cosine(20));
        double[] expected = Steps.start(SHAPE);
        double[][] gradients = Steps.gradients(SHAPE, STEPS);
        for (int t = 1; t <= STEPS; t++) {
            for (int i = 0; i < expected.length; i++) {
                expected[i] -= 0.1 * schedule.factor(t) * gradients[t - 1][i];
            }
        }

        assertThat(run(Optimizers.scheduled(Optimizers.sgd(0.1), schedule))).containsExactly(expected, within(1e-10));
    }

    @Test
    void everyOptimizerStepsInProportionToItsRate() {
        AdaptiveOptimizersTest.cases().forEach(each -> {
            Optimizer optimizer = each.optimizer();
            Optimizer still = Optimizers.scheduled(optimizer, Schedule.constant(0));
            Optimizer half = Optimizers.scheduled(optimizer, Schedule.constant(0.5));
            double[] start = Steps.start(SHAPE);
            double[] whole = new Steps(optimizer, DataType.FLOAT64, SHAPE).run(1);
            double[] halved = new Steps(half, DataType.FLOAT64, SHAPE).run(1);
            double[] middle = new double[start.length];
            for (int i = 0; i < start.length; i++) {
                middle[i] = (start[i] + whole[i]) / 2;
            }

            assertThat(halved).as(optimizer.name()).containsExactly(middle, within(1e-12));
            assertThat(run(still)).as(optimizer.name()).containsExactly(start);
        });
    }

    @Test
    void schedulesAreNamedAndChecked() {
        Optimizer scheduled = Optimizers.scheduled(Optimizers.sgd(0.1), Schedule.warmUp(5));
        assertThat(scheduled.name()).isEqualTo("sgd(learningRate=0.1).scheduled(warmUp(5))");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(Optimizers.scheduled(new Halved(), Schedule.warmUp(5))))
                .withMessage("optimizer: halved (expected: one that asks for a rate, for warmUp(5) to multiply it;"
                        + " it moves [layer/p0] without)");
        Optimizer wrong = Optimizers.scheduled(Optimizers.sgd(0.1), Schedule.of("mine", step -> 2 - step));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(wrong))
                .withMessage("factor of mine at step 3: -1.0 (expected: 0 <= factor < Infinity)");
    }

    // ---- clipping

    @Test
    void valuesAreCutOff() {
        double[] expected = Steps.start(SHAPE);
        for (double[] gradient : Steps.gradients(SHAPE, STEPS)) {
            for (int i = 0; i < expected.length; i++) {
                expected[i] -= 0.1 * Math.max(-0.5, Math.min(0.5, gradient[i]));
            }
        }

        assertThat(run(Optimizers.clipByValue(Optimizers.sgd(0.1), 0.5))).containsExactly(expected, within(1e-12));
    }

    /** What a step of size 1 along clipped gradients changes, over two parameters. */
    private static double[] clippedChange(double limit, DataType type) {
        Shape[] shapes = {SHAPE, Shape.of(5)};
        Steps steps = new Steps(Optimizers.clipByNorm(Optimizers.sgd(1), limit), type, shapes);
        List<Double> change = new ArrayList<>();
        for (int k = 0; k < shapes.length; k++) {
            double[] start = Steps.start(shapes[k]);
            double[] end = steps.run(1, k);
            for (int i = 0; i < start.length; i++) {
                change.add(start[i] - end[i]);
            }
        }
        return change.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double norm(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    @Test
    void theNormOfAllGradientsIsBoundedAndTheirDirectionKept() {
        double[] free = clippedChange(1e6, DataType.FLOAT64);
        double[] bounded = clippedChange(0.25, DataType.FLOAT64);

        assertThat(norm(free)).isGreaterThan(1);
        assertThat(norm(bounded)).isCloseTo(0.25, within(1e-12));
        double[] scaled = free.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= 0.25 / norm(free);
        }
        assertThat(bounded).containsExactly(scaled, within(1e-12));
        assertThat(norm(clippedChange(0.25, DataType.FLOAT32))).isCloseTo(0.25, within(1e-6));
    }

    @Test
    void smallGradientsAreUntouched() {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            double[] plain = new Steps(Optimizers.adam(0.01), type, SHAPE).run(STEPS);

            assertThat(new Steps(Optimizers.clipByNorm(Optimizers.adam(0.01), 1e5), type, SHAPE).run(STEPS))
                    .containsExactly(plain);
            assertThat(new Steps(Optimizers.clipByValue(Optimizers.adam(0.01), 1e5), type, SHAPE).run(STEPS))
                    .containsExactly(plain);
        }
    }

    @Test
    void noGradientAtAllIsLeftAsItIs() {
        // The norm is 0, and the quotient with it infinite.
        Dataset nothing = Dataset.of(Tensor.of(new float[4], 2, 2), Tensor.of(new float[2]));

        assertThat(weights(Optimizers.clipByNorm(Optimizers.sgd(1), 1), nothing)
                        .get("dense_1/bias")
                        .item())
                .isZero();
    }

    private static Tensors weights(Optimizer optimizer, Dataset data) {
        Network network = Network.sequential(Layers.dense(2, 1).withWeight(Initializer.zeros()));
        return Trainer.of(network, Losses.meanSquared(), optimizer)
                .withBackend(new ReferenceBackend())
                .withOptions(ProgramOptions.training())
                .fit(data, Fit.epochs(1).batchSize(2))
                .weights();
    }

    private static final Dataset TWO_ROWS =
            Dataset.of(Tensor.of(new float[] {1, 2, 3, -1}, 2, 2), Tensor.of(new float[] {5, 3}));

    @Test
    void aTrainingStepClipsAcrossItsParameters() {
        Tensors weights = weights(Optimizers.clipByNorm(Optimizers.sgd(1), 0.1), TWO_ROWS);

        double[] both = new double[3];
        double[] weight = weights.get("dense_1/weight").toDoubleArray();
        System.arraycopy(weight, 0, both, 0, 2);
        both[2] = weights.get("dense_1/bias").item();
        // Of mean squares at zero: -(5·1 + 3·3), -(5·2 - 3·1), -(5 + 3).
        double length = norm(new double[] {14, 7, 8});
        assertThat(both)
                .containsExactly(new double[] {0.1 * 14 / length, 0.1 * 7 / length, 0.1 * 8 / length}, within(1e-6));
    }

    @Test
    void clippingIsNamedAndChecked() {
        assertThat(Optimizers.clipByNorm(Optimizers.sgd(0.1), 2).name())
                .isEqualTo("sgd(learningRate=0.1).clipped(norm=2.0)");
        assertThat(Optimizers.clipByValue(Optimizers.sgd(0.1), 2).name())
                .isEqualTo("sgd(learningRate=0.1).clipped(value=2.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.clipByNorm(Optimizers.sgd(0.1), 0))
                .withMessage("limit: 0.0 (expected: limit > 0)");
    }

    // ---- groups

    @Test
    void eachParameterFollowsTheOptimizerOfItsGroup() {
        Shape vector = Shape.of(5);
        Optimizer groups = Optimizers.groups(Optimizers.adam(0.01))
                .with("*p?", Optimizers.rmsProp(0.5))
                .with("*p1", Optimizers.momentum(0.02, 0.9))
                .with("regex:layer/p[2]", Optimizers.sgd(0.03));
        Steps steps = new Steps(groups, DataType.FLOAT64, SHAPE, vector, vector);
        Steps others = new Steps(
                Optimizers.groups(Optimizers.adam(0.01)).with("*p1", Optimizers.sgd(1)),
                DataType.FLOAT64,
                SHAPE,
                vector);

        assertThat(steps.run(STEPS, 0)).containsExactly(run(Optimizers.rmsProp(0.5)), within(1e-12));
        assertThat(steps.run(STEPS, 1))
                .containsExactly(
                        new Steps(Optimizers.momentum(0.02, 0.9), DataType.FLOAT64, vector).run(STEPS), within(1e-12));
        assertThat(steps.run(STEPS, 2))
                .containsExactly(new Steps(Optimizers.sgd(0.03), DataType.FLOAT64, vector).run(STEPS), within(1e-12));
        assertThat(others.run(STEPS, 0)).containsExactly(run(Optimizers.adam(0.01)), within(1e-12));
    }

    @Test
    void aScheduleAroundGroupsIsOneInEach() {
        Schedule schedule = Schedule.warmUp(10).then(Schedule.linear(30));
        Optimizer adam = Optimizers.adam(0.01);
        Optimizer sgd = Optimizers.scheduled(Optimizers.sgd(0.02), Schedule.exponential(0.9));
        Steps around = new Steps(
                Optimizers.scheduled(Optimizers.groups(adam).with("*p1", sgd), schedule),
                DataType.FLOAT64,
                SHAPE,
                SHAPE);

        assertThat(around.run(STEPS, 0)).containsExactly(run(Optimizers.scheduled(adam, schedule)), within(1e-12));
        assertThat(around.run(STEPS, 1)).containsExactly(run(Optimizers.scheduled(sgd, schedule)), within(1e-12));
    }

    @Test
    void groupsClipByThemselves() {
        Optimizer clipped = Optimizers.clipByNorm(Optimizers.sgd(0.1), 0.5);
        Steps steps =
                new Steps(Optimizers.groups(clipped).with("*p1", Optimizers.sgd(0.1)), DataType.FLOAT64, SHAPE, SHAPE);

        assertThat(steps.run(STEPS, 0)).containsExactly(run(clipped), within(1e-12));
        assertThat(steps.run(STEPS, 1)).containsExactly(run(Optimizers.sgd(0.1)), within(1e-12));
    }

    @Test
    void aTrainingStepTakesGroupsByTheNamesOfItsParameters() {
        Tensors weights = weights(
                Optimizers.groups(Optimizers.momentum(0.5, 0.9)).with("*bias*", Optimizers.sgd(0.25)), TWO_ROWS);

        assertThat(weights.get("dense_1/weight").toDoubleArray()).containsExactly(new double[] {7, 3.5}, within(1e-6));
        assertThat(weights.get("dense_1/bias").item()).isCloseTo(2, within(1e-6));
    }

    @Test
    void groupsAreNamedAndChecked() {
        Groups groups = Optimizers.groups(Optimizers.sgd(0.1)).with("*bias*", Optimizers.sgd(0.2));
        assertThat(groups.name()).isEqualTo("groups(sgd(learningRate=0.1)).with(\"*bias*\", sgd(learningRate=0.2))");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Steps(groups, DataType.FLOAT32, SHAPE).run(1))
                .withMessage("pattern of a group: \"*bias*\" (expected: one that matches a parameter, of [layer/p0])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> groups.with("*", Optimizers.accumulated(Optimizers.sgd(0.1), 2)))
                .withMessage(
                        "optimizer of a group: sgd(learningRate=0.1).accumulated(2) (expected: one that follows each"
                                + " batch; accumulate around the groups)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> groups.with("", Optimizers.sgd(1)))
                .withMessageStartingWith("pattern: \"\"");
    }

    // ---- by what is measured

    @Test
    void theRateFollowsWhatIsMeasured() {
        Schedule schedule = Schedule.onPlateau(
                Plateau.defaults().withFactor(0.5).withPatience(1).withCooldown(0));
        List<Measured> measured = List.of(new Measured(10, 3), new Measured(20, 3));
        double[] expected = Steps.start(SHAPE);
        double[][] gradients = Steps.gradients(SHAPE, STEPS);
        for (int t = 1; t <= STEPS; t++) {
            for (int i = 0; i < expected.length; i++) {
                expected[i] -= (t <= 20 ? 0.1 : 0.05) * gradients[t - 1][i];
            }
        }

        Optimizer optimizer = Optimizers.scheduled(Optimizers.sgd(0.1), schedule);

        assertThat(new Steps(optimizer, DataType.FLOAT64, SHAPE).run(STEPS, "layer/p0", measured))
                .containsExactly(expected, within(1e-10));
    }

    // ---- weight decay

    @Test
    void weightsDecayBesideAnyOptimizer() {
        double[] expected = Steps.start(SHAPE);
        double[][] gradients = Steps.gradients(SHAPE, STEPS);
        for (int t = 1; t <= STEPS; t++) {
            for (int i = 0; i < expected.length; i++) {
                double factor = 1 - (t - 1) / 40.0;
                expected[i] -= factor * (0.1 * gradients[t - 1][i] + 0.02 * expected[i]);
            }
        }
        Optimizer decayed = Optimizers.decayed(Optimizers.sgd(0.1), WeightDecay.of(0.02));

        assertThat(run(Optimizers.scheduled(decayed, Schedule.linear(40)))).containsExactly(expected, within(1e-10));
    }

    @Test
    void aDecayOfTheRateTimesThatOfAdamWIsAdamW() {
        assertThat(run(Optimizers.decayed(Optimizers.adam(0.01), WeightDecay.of(0.003))))
                .containsExactly(run(Optimizers.adamW(0.01, 0.3)), within(1e-12));
    }

    @Test
    void vectorsAndWhatIsNamedDoNotDecay() {
        WeightDecay decay = WeightDecay.of(0.3).sparing("*p1").sparing("regex:.*p[3-9]");
        AdamW adamW = AdamW.defaults().withLearningRate(0.01).withWeightDecay(decay);
        Optimizer decayed = Optimizers.decayed(Optimizers.adam(0.01), decay.withRate(0.003));
        Shape vector = Shape.of(5);
        double[] moved = run(Optimizers.adam(0.01));
        for (Optimizer each : List.of(adamW, decayed)) {
            Steps steps = new Steps(each, DataType.FLOAT64, SHAPE, SHAPE, vector, SHAPE);

            assertThat(steps.run(STEPS, 0)).containsExactly(run(Optimizers.adamW(0.01, 0.3)), within(1e-12));
            assertThat(steps.run(STEPS, 1)).containsExactly(moved, within(1e-12));
            assertThat(steps.run(STEPS, 2))
                    .containsExactly(
                            new Steps(Optimizers.adam(0.01), DataType.FLOAT64, vector).run(STEPS), within(1e-12));
            assertThat(steps.run(STEPS, 3)).containsExactly(moved, within(1e-12));
        }
        assertThat(adamW.name()).endsWith("weightDecay=0.3, notDecaying=[*p1, regex:.*p[3-9]])");
        assertThat(decayed.name()).endsWith(".decayed(weightDecay=0.003, notDecaying=[*p1, regex:.*p[3-9]])");
        assertThat(WeightDecay.of(0.3).sparing("*p1"))
                .isEqualTo(WeightDecay.of(0.3).sparing("*p1"));
    }

    /** Has no rate. */
    private record Halved() implements Optimizer {
        @Override
        public String name() {
            return "halved";
        }

        @Override
        public void update(UpdateScope scope) {
            scope.forEach(each -> each.moveTo(scope.builder().mul(each.parameter(), 0.5)));
        }
    }
}

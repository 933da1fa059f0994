package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class AveragedTest {
    private static final int STEPS = 30;
    private static final Shape SHAPE = Shape.of(3, 4);

    /** The average of the weights that an optimizer comes to without averaging. */
    private static double[] expected(Optimizer optimizer, LongToDoubleFunction kept) {
        double[] average = Steps.start(SHAPE);
        for (int t = 1; t <= STEPS; t++) {
            double[] p = new Steps(optimizer, DataType.FLOAT64, SHAPE).run(STEPS, t, "layer/p0", List.of());
            double d = kept.applyAsDouble(t);
            for (int i = 0; i < p.length; i++) {
                average[i] = d * average[i] + (1 - d) * p[i];
            }
        }
        return average;
    }

    private static double[] average(Optimizer optimizer) {
        return new Steps(optimizer, DataType.FLOAT64, SHAPE).run(STEPS, "layer/p0/average", List.of());
    }

    @Test
    void theExponentialAverageForgets() {
        Optimizer adam = Optimizers.adam(0.01);
        assertThat(average(Optimizers.averaged(adam, Averaging.exponential(0.9))))
                .containsExactly(expected(adam, t -> 0.9), within(1e-12));
        assertThat(average(Optimizers.averaged(adam, Averaging.warmingUp(0.6))))
                .containsExactly(expected(adam, t -> t >= 13 ? 0.6 : (1.0 + t) / (10 + t)), within(1e-12));
    }

    @Test
    void thePlainMeanIsThatOfTheLastWeights() {
        Optimizer sgd = Optimizers.sgd(0.1);
        double[] mean = new double[12];
        for (int t = 21; t <= STEPS; t++) {
            double[] p = new Steps(sgd, DataType.FLOAT64, SHAPE).run(STEPS, t, "layer/p0", List.of());
            for (int i = 0; i < mean.length; i++) {
                mean[i] += p[i] / 10;
            }
        }

        assertThat(average(Optimizers.averaged(sgd, Averaging.mean(21)))).containsExactly(mean, within(1e-10));
        // Until then, the average is the weights themselves.
        assertThat(average(Optimizers.averaged(sgd, Averaging.mean(30))))
                .containsExactly(new Steps(sgd, DataType.FLOAT64, SHAPE).run(STEPS), within(1e-12));
    }

    @Test
    void theWeightsThemselvesAreNotChanged() {
        Optimizer adam = Optimizers.adam(0.01);
        assertThat(new Steps(Optimizers.averaged(adam, Averaging.exponential(0.9)), DataType.FLOAT64, SHAPE).run(STEPS))
                .containsExactly(new Steps(adam, DataType.FLOAT64, SHAPE).run(STEPS));
    }

    @Test
    void averagesWhatOtherWrappersMakeOfAStep() {
        Optimizer inside = Optimizers.decayed(
                Optimizers.clipByNorm(Optimizers.scheduled(Optimizers.sgd(0.1), Schedule.linear(40)), 1),
                WeightDecay.of(0.01));
        assertThat(average(Optimizers.averaged(inside, Averaging.exponential(0.9))))
                .containsExactly(expected(inside, t -> 0.9), within(1e-12));
    }

    @Test
    void isNamedAndChecked() {
        assertThat(Optimizers.averaged(Optimizers.sgd(0.1), Averaging.warmingUp(0.99))
                        .name())
                .isEqualTo("sgd(learningRate=0.1).averaged(warmingUp(0.99))");
        assertThat(Averaging.mean(100)).hasToString("mean(from=100)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Averaging.exponential(1))
                .withMessage("decay: 1.0 (expected: 0.0 <= decay < 1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Averaging.mean(0))
                .withMessage("from: 0 (expected: from > 0)");
        Optimizer twice = Optimizers.averaged(
                Optimizers.averaged(Optimizers.sgd(0.1), Averaging.exponential(0.9)), Averaging.exponential(0.99));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> average(twice))
                .withMessageStartingWith("state of \"layer/p0\": \"average\" (expected: another name than");
    }
}

package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.UpdateScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimizersTest {
    private static final int STEPS = 50;
    private static final int SIZE = 12;

    /** Gradients of all sizes that occur, down to those where Adam's epsilon decides. */
    private static double[][] gradients() {
        SplittableRandom random = new SplittableRandom(17);
        double[][] gradients = new double[STEPS][SIZE];
        for (double[] step : gradients) {
            for (int i = 0; i < SIZE; i++) {
                step[i] = (2 * random.nextDouble() - 1) * Math.pow(10, 2 - i);
            }
        }
        return gradients;
    }

    private static double[] start() {
        return new SplittableRandom(3).doubles(SIZE, -1, 1).toArray();
    }

    /** The parameter after all steps, by the graph that the optimizer writes. */
    private static double[] run(Optimizer optimizer, DataType type) {
        GraphBuilder builder = new GraphBuilder("update");
        Shape shape = Shape.of(SIZE);
        Value p = builder.input("p", type, shape);
        Value g = builder.input("g", type, shape);
        Tensor first = Tensor.of(type, start(), shape);
        UpdateScope scope = new UpdateScope(builder, List.of(new UpdateScope.Learned(p, g, first, 1)), List.of(), 1);
        optimizer.update(scope);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("p", first);
        scope.forEach(each -> {
            builder.output("p'", each.moved());
            each.states().forEach(state -> {
                inputs.put(state.value().name(), state.first());
                builder.output(state.value().name() + "'", Objects.requireNonNull(state.next()));
            });
        });
        try (Program program = new ReferenceBackend().compile(builder.build(), ProgramOptions.serving())) {
            double[][] gradients = gradients();
            for (int step = 1; step <= STEPS; step++) {
                inputs.put("g", Tensor.of(type, gradients[step - 1], shape));
                Progress progress = Progress.at(step);
                scope.numbers()
                        .forEach((name, of) -> inputs.put(
                                name, Tensor.of(type, new double[] {of.applyAsDouble(progress)}, Shape.scalar())));
                for (Tensors.Entry made : program.run(Tensors.copyOf(inputs))) {
                    inputs.put(made.name().substring(0, made.name().length() - 1), made.tensor());
                }
            }
        }
        return Objects.requireNonNull(inputs.get("p")).toDoubleArray();
    }

    /** Algorithm 1 of the paper, word for word. */
    private static double[] paper(Adam adam) {
        double[] p = start();
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        double[][] gradients = gradients();
        for (int t = 1; t <= STEPS; t++) {
            for (int i = 0; i < SIZE; i++) {
                double g = gradients[t - 1][i];
                m[i] = adam.beta1() * m[i] + (1 - adam.beta1()) * g;
                v[i] = adam.beta2() * v[i] + (1 - adam.beta2()) * g * g;
                double mHat = m[i] / (1 - Math.pow(adam.beta1(), t));
                double vHat = v[i] / (1 - Math.pow(adam.beta2(), t));
                p[i] -= adam.learningRate() * mHat / (Math.sqrt(vHat) + adam.epsilon());
            }
        }
        return p;
    }

    @ParameterizedTest
    @CsvSource({"0.001, 0.9, 0.999, 1e-8", "0.01, 0.8, 0.99, 1e-3", "0.01, 0, 0.5, 1e-8", "0.01, 0.9, 0, 0.1"})
    void adamIsThatOfThePaper(double rate, double beta1, double beta2, double epsilon) {
        Adam adam = new Adam(rate, beta1, beta2, epsilon);

        assertThat(run(adam, DataType.FLOAT64)).containsExactly(paper(adam), within(1e-12));
        assertThat(run(adam, DataType.FLOAT32)).containsExactly(paper(adam), within(1e-6));
    }

    @Test
    void momentumKeepsTheRateOutOfTheVelocity() {
        double[] p = start();
        double[] v = new double[SIZE];
        for (double[] gradient : gradients()) {
            for (int i = 0; i < SIZE; i++) {
                v[i] = 0.7 * v[i] + gradient[i];
                p[i] -= 0.02 * v[i];
            }
        }

        double[] found = run(Optimizers.momentum(0.02, 0.7), DataType.FLOAT64);

        assertThat(found).containsExactly(p, within(1e-9));
    }

    /** Sutskever et al. (2013), equations 3 and 4: the gradient is taken at the point that the velocity leads to. */
    @Test
    void nesterovTakesTheGradientAhead() {
        double[] ahead = start();
        double[] p = start();
        double[] v = new double[SIZE];
        for (double[] gradient : gradients()) {
            for (int i = 0; i < SIZE; i++) {
                v[i] = 0.7 * v[i] - 0.02 * gradient[i];
                p[i] += v[i];
                ahead[i] = p[i] + 0.7 * v[i];
            }
        }

        double[] found = run(Optimizers.momentum(0.02, 0.7).withNesterov(true), DataType.FLOAT64);

        assertThat(found).containsExactly(ahead, within(1e-9));
    }

    @Test
    void sgdFollowsTheGradient() {
        double[] p = start();
        for (double[] gradient : gradients()) {
            for (int i = 0; i < SIZE; i++) {
                p[i] -= 0.05 * gradient[i];
            }
        }

        assertThat(run(Optimizers.sgd(0.05), DataType.FLOAT64)).containsExactly(p, within(1e-10));
    }

    @Test
    void defaultsAreThoseOfTheLiterature() {
        assertThat(Adam.defaults()).isEqualTo(new Adam(1e-3, 0.9, 0.999, 1e-8));
        assertThat(Optimizers.adam(0.5)).isEqualTo(new Adam(0.5, 0.9, 0.999, 1e-8));
        assertThat(Sgd.defaults()).isEqualTo(new Sgd(0.01, 0, false));
        assertThat(Optimizers.momentum(0.5, 0.9)).isEqualTo(new Sgd(0.5, 0.9, false));
        assertThat(Adam.defaults().name())
                .isEqualTo("adam(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8)");
        assertThat(Sgd.defaults().name()).isEqualTo("sgd(learningRate=0.01)");
        assertThat(Optimizers.momentum(0.5, 0.9).withNesterov(true).name())
                .isEqualTo("sgd(learningRate=0.5, momentum=0.9, nesterov)");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Adam(1e-3, 0.9, 1, 1e-8))
                .withMessage("beta2: 1.0 (expected: 0.0 <= beta2 < 1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.adam(0))
                .withMessageStartingWith("learningRate: 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Adam(1, 0, 0, 0))
                .withMessageStartingWith("epsilon: 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.momentum(1, 1))
                .withMessageStartingWith("momentum: 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sgd.defaults().withNesterov(true))
                .withMessage("momentum: 0.0 (expected: more than 0 for Nesterov's form)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Optimizers.sgd(Double.NaN))
                .withMessageStartingWith("learningRate: NaN");
    }
}

package io.maas.training.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.graph.Graph;
import io.maas.graph.pass.UpdateSplit;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.train.Optimizer;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each optimizer against its paper, in plain Java and step by step. */
class AdaptiveOptimizersTest {
    private static final int STEPS = 30;

    /** What a paper does to one parameter in step {@code t}; keeps its own state between calls. */
    interface Textbook {
        void step(int t, double[] p, double[] g);
    }

    /** @param books a fresh textbook for a parameter with so many axes */
    record Case(Optimizer optimizer, Books books) {
        @Override
        public String toString() {
            return optimizer.name();
        }
    }

    interface Books {
        Textbook open(int rank);
    }

    private static Case each(Optimizer optimizer, Supplier<Textbook> book) {
        return new Case(optimizer, rank -> book.get());
    }

    static Stream<Case> cases() {
        return Stream.of(
                each(new AdaGrad(0.05, 1e-7), () -> adaGrad(0.05, 1e-7)),
                each(AdaDelta.defaults(), () -> adaDelta(1, 0.95, 1e-6)),
                each(new AdaDelta(0.5, 0.8, 1e-2), () -> adaDelta(0.5, 0.8, 1e-2)),
                each(Optimizers.rmsProp(0.01), () -> rmsProp(0.01, 0.9, 0, 1e-6, false)),
                each(new RmsProp(0.01, 0.8, 0.7, 1e-4, false), () -> rmsProp(0.01, 0.8, 0.7, 1e-4, false)),
                each(new RmsProp(0.01, 0.95, 0, 1e-4, true), () -> rmsProp(0.01, 0.95, 0, 1e-4, true)),
                each(new RmsProp(0.01, 0.95, 0.9, 1e-4, true), () -> rmsProp(0.01, 0.95, 0.9, 1e-4, true)),
                each(new AmsGrad(0.01, 0.9, 0.5, 1e-8), () -> amsGrad(0.01, 0.9, 0.5, 1e-8)),
                each(Optimizers.adamax(0.01), () -> adamax(0.01, 0.9, 0.999, 1e-8)),
                each(new Adamax(0.01, 0.5, 0.6, 1e-3), () -> adamax(0.01, 0.5, 0.6, 1e-3)),
                each(NAdam.defaults(), () -> nAdam(2e-3, 0.9, 0.999, 1e-8, 0.004)),
                each(new NAdam(0.01, 0.8, 0.9, 1e-3, 1), () -> nAdam(0.01, 0.8, 0.9, 1e-3, 1)),
                each(Optimizers.rAdam(0.01), () -> rAdam(0.01, 0.9, 0.999, 1e-8)),
                each(new RAdam(0.01, 0.8, 0.9, 1e-3), () -> rAdam(0.01, 0.8, 0.9, 1e-3)),
                each(new RAdam(0.01, 0.8, 0.6, 1e-3), () -> rAdam(0.01, 0.8, 0.6, 1e-3)),
                new Case(Optimizers.adamW(0.01, 0.3), rank -> adamW(0.01, 0.9, 0.999, 1e-8, rank < 2 ? 0 : 0.3)),
                each(
                        AdamW.defaults()
                                .withLearningRate(0.01)
                                .withWeightDecay(WeightDecay.of(0.3).withVectorsToo(true)),
                        () -> adamW(0.01, 0.9, 0.999, 1e-8, 0.3)),
                new Case(
                        Optimizers.lion(1e-3).withWeightDecay(WeightDecay.of(0.5)),
                        rank -> lion(1e-3, 0.9, 0.99, rank < 2 ? 0 : 0.5)),
                each(new Lion(1e-3, 0, 0.5, WeightDecay.of(0.2).withVectorsToo(true)), () -> lion(1e-3, 0, 0.5, 0.2)),
                new Case(
                        Optimizers.lamb(0.01).withWeightDecay(WeightDecay.of(0.3)),
                        rank -> rank < 2 ? adamW(0.01, 0.9, 0.999, 1e-6, 0) : lamb(0.01, 0.9, 0.999, 1e-6, 0.3)),
                each(
                        new Lamb(0.01, 0.5, 0.6, 1e-3, WeightDecay.of(0).withVectorsToo(true)),
                        () -> lamb(0.01, 0.5, 0.6, 1e-3, 0)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void followsItsPaper(Case each) {
        for (Shape shape : new Shape[] {Shape.of(3, 4), Shape.of(7), Shape.of(2, 1, 4), Shape.scalar()}) {
            double[] expected = Steps.start(shape);
            Textbook book = each.books().open(shape.rank());
            double[][] gradients = Steps.gradients(shape, STEPS);
            for (int t = 1; t <= STEPS; t++) {
                book.step(t, expected, gradients[t - 1]);
            }

            assertThat(new Steps(each.optimizer(), DataType.FLOAT64, shape).run(STEPS))
                    .as("%s", shape)
                    .containsExactly(expected, within(1e-11));
            assertThat(new Steps(each.optimizer(), DataType.FLOAT32, shape).run(STEPS))
                    .as("%s", shape)
                    .containsExactly(expected, within(3e-6));
        }
    }

    // ---- the papers

    private static final int SIZE = 12;

    private static Textbook adaGrad(double rate, double epsilon) {
        double[] r = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                r[i] += g[i] * g[i];
                p[i] -= rate / (epsilon + Math.sqrt(r[i])) * g[i];
            }
        };
    }

    private static Textbook adaDelta(double rate, double rho, double epsilon) {
        double[] squares = new double[SIZE];
        double[] steps = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                squares[i] = rho * squares[i] + (1 - rho) * g[i] * g[i];
                double delta = -Math.sqrt(steps[i] + epsilon) / Math.sqrt(squares[i] + epsilon) * g[i];
                steps[i] = rho * steps[i] + (1 - rho) * delta * delta;
                p[i] += rate * delta;
            }
        };
    }

    private static Textbook rmsProp(double rate, double rho, double momentum, double epsilon, boolean centered) {
        double[] squares = new double[SIZE];
        double[] mean = new double[SIZE];
        double[] velocity = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                squares[i] = rho * squares[i] + (1 - rho) * g[i] * g[i];
                mean[i] = centered ? rho * mean[i] + (1 - rho) * g[i] : 0;
                double root = Math.sqrt(squares[i] - mean[i] * mean[i] + epsilon);
                velocity[i] = momentum * velocity[i] - rate * g[i] / root;
                p[i] += velocity[i];
            }
        };
    }

    private static Textbook amsGrad(double rate, double beta1, double beta2, double epsilon) {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        double[] largest = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                largest[i] = Math.max(largest[i], v[i]);
                double mHat = m[i] / (1 - Math.pow(beta1, t));
                p[i] -= rate * mHat / (Math.sqrt(largest[i] / (1 - Math.pow(beta2, t))) + epsilon);
            }
        };
    }

    private static Textbook adamax(double rate, double beta1, double beta2, double epsilon) {
        double[] m = new double[SIZE];
        double[] u = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                u[i] = Math.max(beta2 * u[i], Math.abs(g[i]));
                p[i] -= rate / (1 - Math.pow(beta1, t)) * m[i] / (u[i] + epsilon);
            }
        };
    }

    private static Textbook nAdam(double rate, double beta1, double beta2, double epsilon, double psi) {
        double[] m = new double[SIZE];
        double[] n = new double[SIZE];
        return (t, p, g) -> {
            double product = 1;
            for (int i = 1; i <= t; i++) {
                product *= beta1 * (1 - 0.5 * Math.pow(0.96, i * psi));
            }
            double mu = beta1 * (1 - 0.5 * Math.pow(0.96, t * psi));
            double next = beta1 * (1 - 0.5 * Math.pow(0.96, (t + 1) * psi));
            for (int i = 0; i < p.length; i++) {
                m[i] = mu * m[i] + (1 - mu) * g[i];
                n[i] = beta2 * n[i] + (1 - beta2) * g[i] * g[i];
                double mHat = next * m[i] / (1 - product * next) + (1 - mu) * g[i] / (1 - product);
                p[i] -= rate * mHat / (Math.sqrt(n[i] / (1 - Math.pow(beta2, t))) + epsilon);
            }
        };
    }

    private static Textbook rAdam(double rate, double beta1, double beta2, double epsilon) {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        double rho = 2 / (1 - beta2) - 1;
        return (t, p, g) -> {
            double rhoT = rho - 2 * t * Math.pow(beta2, t) / (1 - Math.pow(beta2, t));
            for (int i = 0; i < p.length; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                double mHat = m[i] / (1 - Math.pow(beta1, t));
                if (rhoT > 4) {
                    double vHat = v[i] / (1 - Math.pow(beta2, t));
                    double r = Math.sqrt((rhoT - 4) * (rhoT - 2) * rho / ((rho - 4) * (rho - 2) * rhoT));
                    p[i] -= rate * r * mHat / (Math.sqrt(vHat) + epsilon);
                } else {
                    p[i] -= rate * mHat;
                }
            }
        };
    }

    /** The direction of Adam, with a multiple of the parameter. */
    private static double[] direction(
            double[] m,
            double[] v,
            int t,
            double[] p,
            double[] g,
            double beta1,
            double beta2,
            double epsilon,
            double l) {
        double[] u = new double[p.length];
        for (int i = 0; i < p.length; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            double vHat = v[i] / (1 - Math.pow(beta2, t));
            u[i] = m[i] / (1 - Math.pow(beta1, t)) / (Math.sqrt(vHat) + epsilon) + l * p[i];
        }
        return u;
    }

    private static Textbook adamW(double rate, double beta1, double beta2, double epsilon, double decay) {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        return (t, p, g) -> {
            double[] u = direction(m, v, t, p, g, beta1, beta2, epsilon, decay);
            for (int i = 0; i < p.length; i++) {
                p[i] -= rate * u[i];
            }
        };
    }

    private static Textbook lamb(double rate, double beta1, double beta2, double epsilon, double decay) {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        return (t, p, g) -> {
            double[] u = direction(m, v, t, p, g, beta1, beta2, epsilon, decay);
            double own = 0;
            double wanted = 0;
            for (int i = 0; i < p.length; i++) {
                own += p[i] * p[i];
                wanted += u[i] * u[i];
            }
            double ratio = own > 0 && wanted > 0 ? Math.sqrt(own) / Math.sqrt(wanted) : 1;
            for (int i = 0; i < p.length; i++) {
                p[i] -= rate * ratio * u[i];
            }
        };
    }

    private static Textbook lion(double rate, double beta1, double beta2, double decay) {
        double[] m = new double[SIZE];
        return (t, p, g) -> {
            for (int i = 0; i < p.length; i++) {
                double c = beta1 * m[i] + (1 - beta1) * g[i];
                p[i] -= rate * (Math.signum(c) + decay * p[i]);
                m[i] = beta2 * m[i] + (1 - beta2) * g[i];
            }
        };
    }

    // ---- what the graphs are made of

    static Stream<Optimizer> onePass() {
        return cases().map(Case::optimizer).filter(optimizer -> !(optimizer instanceof Lamb));
    }

    /** What an engine can cut off as the element-wise end of a step is all of the update. */
    @ParameterizedTest
    @MethodSource("onePass")
    void isOnePassOverTheParameter(Optimizer optimizer) {
        Steps steps = new Steps(optimizer, DataType.FLOAT32, Shape.of(3, 4));
        Graph graph = steps.graph();

        UpdateSplit split = UpdateSplit.of(graph, steps.carried());

        // Nothing is left but what computes the gradient.
        assertThat(Objects.requireNonNull(split).body().nodes()).hasSize(1);
    }

    @Test
    void theMomentumsOfNAdamMultiplyUpToAnyStep() {
        NAdam nAdam = new NAdam(1, 0.999, 0.9, 1e-8, 0.004);
        double product = 1;
        for (int t = 1; t <= 20_000; t++) {
            double mu = 0.999 * (1 - 0.5 * Math.pow(0.96, t * 0.004));
            product *= mu;
            if (t % 997 == 1) {
                double next = 0.999 * (1 - 0.5 * Math.pow(0.96, (t + 1) * 0.004));
                double now = (1 - mu) / (1 - product);
                double expected = next / (1 - product * next) / now;
                assertThat(nAdam.ahead(t)).isCloseTo(expected, within(1e-9 * expected));
            }
        }
    }

    @Test
    void whatIsAtZeroMovesUnderLamb() {
        Lamb lamb = new Lamb(0.1, 0.9, 0.999, 1e-6, WeightDecay.of(0.01).withVectorsToo(true));
        // A scalar's first step has the length of the parameter times the rate, whatever the gradient.
        double start = Steps.start(Shape.scalar())[0];

        assertThat(Math.abs(new Steps(lamb, DataType.FLOAT64, Shape.scalar()).run(1)[0] - start))
                .isCloseTo(0.1 * Math.abs(start), within(1e-12));
    }

    @Test
    void namesAndDefaults() {
        assertThat(Stream.of(
                                AdaGrad.defaults(),
                                Optimizers.adaDelta(),
                                RmsProp.defaults().withMomentum(0.9).withCentered(true),
                                AmsGrad.defaults(),
                                Adamax.defaults(),
                                NAdam.defaults(),
                                RAdam.defaults(),
                                AdamW.defaults(),
                                Lion.defaults(),
                                Lamb.defaults()
                                        .withWeightDecay(WeightDecay.of(0.01).withVectorsToo(true)))
                        .map(Optimizer::name))
                .containsExactly(
                        "adaGrad(learningRate=0.01, epsilon=1.0E-7)",
                        "adaDelta(learningRate=1.0, decay=0.95, epsilon=1.0E-6)",
                        "rmsProp(learningRate=0.001, decay=0.9, momentum=0.9, epsilon=1.0E-6, centered)",
                        "amsGrad(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8)",
                        "adamax(learningRate=0.002, beta1=0.9, beta2=0.999, epsilon=1.0E-8)",
                        "nAdam(learningRate=0.002, beta1=0.9, beta2=0.999, epsilon=1.0E-8, momentumDecay=0.004)",
                        "rAdam(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8)",
                        "adamW(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8, weightDecay=0.01)",
                        "lion(learningRate=1.0E-4, beta1=0.9, beta2=0.99, weightDecay=0.0)",
                        "lamb(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-6, weightDecay=0.01,"
                                + " vectorsToo)");
    }

    @Test
    void settingsAreChecked() {
        refused(() -> Optimizers.adaGrad(-1), "learningRate: -1.0 (expected: learningRate > 0)");
        refused(() -> new AdaGrad(1, 0), "epsilon: 0.0 (expected: epsilon > 0)");
        refused(() -> new AdaDelta(1, 1, 1), "decay: 1.0 (expected: 0.0 <= decay < 1.0)");
        refused(() -> new RmsProp(1, 0.9, -0.1, 1, false), "momentum: -0.1 (expected: 0.0 <= momentum < 1.0)");
        refused(() -> new RmsProp(1, 0, 0, 1, true), "decay: 0.0 (expected: more than 0 for the centered form)");
        refused(() -> new AmsGrad(1, 1, 0, 1), "beta1: 1.0 (expected: 0.0 <= beta1 < 1.0)");
        refused(() -> new Adamax(1, 0, 2, 1), "beta2: 2.0 (expected: 0.0 <= beta2 < 1.0)");
        refused(() -> new NAdam(1, 0, 0, 1, 0), "momentumDecay: 0.0 (expected: momentumDecay > 0)");
        refused(() -> Optimizers.rAdam(Double.NaN), "learningRate: NaN (expected: learningRate > 0)");
        refused(() -> Optimizers.adamW(1, -1), "weightDecay: -1.0 (expected: 0 <= weightDecay < Infinity)");
        refused(() -> new Lion(1, 1, 0, WeightDecay.of(0)), "beta1: 1.0 (expected: 0.0 <= beta1 < 1.0)");
        refused(() -> Optimizers.adamW(1, Double.NaN), "weightDecay: NaN (expected: 0 <= weightDecay <");
    }

    private static void refused(Supplier<Optimizer> wrong, String message) {
        assertThatIllegalArgumentException().isThrownBy(wrong::get).withMessageStartingWith(message);
    }
}

package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * Muon: momentum made orthogonal, so that a step changes a matrix by as much in each of its directions.
 *
 * <pre>
 * m' = momentum·m + g
 * u  = g + momentum·m'
 * X  = u / (|u| + 1e-7), and then five times:  A = X·Xᵀ,  X = 3.4445·X + (-4.775·A + 2.0315·A²)·X
 * p' = p - learningRate · (0.2 · √max(rows, columns) · X + weightDecay · p)
 * </pre>
 *
 * {@code |u|} is the Euclidean norm over all elements. The iteration is Newton and Schulz's with coefficients that bring singular values
 * to about 1 (0.7 to 1.2) quickly, not exactly. The factor before {@code X} makes steps about as large as AdamW's, so that its rates and
 * decays can be used; it is the same for a matrix and its transpose. Kernels of convolutions are taken as matrices of {@code [first axis,
 * all others]}.
 *
 * <p>It is meant for the matrices between the layers of a network. Parameters with fewer than two axes need another optimizer, and
 * embeddings and the last layer should have one: see {@link Optimizers#groups}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param momentum the share of the momentum that is kept, {@code 0 <= momentum < 1}
 * @param weightDecay {@code >= 0}
 * @see "Jordan et al., Muon: An optimizer for hidden layers in neural networks (2024)"
 * @see "Liu et al., Muon is scalable for LLM training (2025), section 2.2"
 */
public record Muon(double learningRate, double momentum, double weightDecay) implements Optimizer {
    private static final int ITERATIONS = 5;
    private static final double LINEAR = 3.4445;
    private static final double CUBIC = -4.775;
    private static final double QUINTIC = 2.0315;
    private static final double NORM_OFFSET = 1e-7;
    private static final double SIZE = 0.2;
    private static final String MOMENTUM = "momentum";

    public Muon {
        Require.positive(learningRate, "learningRate");
        Require.in(0, momentum, 1, "momentum");
        Decay.require(weightDecay);
    }

    /** A learning rate of 0.001, a momentum of 0.95, a weight decay of 0.1. */
    public static Muon defaults() {
        return new Muon(1e-3, 0.95, 0.1);
    }

    public Muon withLearningRate(double other) {
        return new Muon(other, momentum, weightDecay);
    }

    public Muon withWeightDecay(double other) {
        return new Muon(learningRate, momentum, other);
    }

    @Override
    public String name() {
        return "muon(learningRate=" + learningRate + ", momentum=" + momentum + ", weightDecay=" + weightDecay + ")";
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the parameter has fewer than two axes
     */
    @Override
    public List<String> state(Value parameter) {
        Require.that(
                parameter.rank() >= 2,
                "shape of " + Require.quote(parameter.name()),
                parameter.shape(),
                "two axes or more for Muon; give it another optimizer with Optimizers.groups(…)");
        return List.of(MOMENTUM);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        return Map.of(RATE, learningRate);
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        long[] shape = parameter.shape().toArray();
        long rows = shape[0];
        long columns = parameter.shape().elements() / rows;
        Value kept = Write.decayed(builder, Named.find(state, MOMENTUM), momentum, gradient);
        Value ahead = builder.add(gradient, builder.mul(kept, momentum));
        Value matrix = orthogonal(builder, builder.reshape(ahead, rows, columns), rows > columns);
        double size = SIZE * Math.sqrt((double) Math.max(rows, columns));
        Value direction = builder.mul(builder.reshape(matrix, shape), size);
        if (weightDecay > 0) {
            direction = Decay.add(builder, direction, parameter, builder.scalar(weightDecay, parameter));
        }
        Value moved = Write.step(builder, parameter, direction, Named.find(scalars, RATE));
        return new Update(moved, Map.of(MOMENTUM, kept));
    }

    /** The polynomial of the matrix; of its transpose where that makes the square smaller. */
    private static Value orthogonal(GraphBuilder builder, Value matrix, boolean tall) {
        Value norm = builder.sqrt(builder.reduceSum(Write.square(builder, matrix), false));
        Value x = builder.div(matrix, builder.add(norm, builder.scalar(NORM_OFFSET, norm)));
        x = tall ? builder.transpose(x, 1, 0) : x;
        for (int i = 0; i < ITERATIONS; i++) {
            Value square = builder.matmul(x, builder.transpose(x, 1, 0));
            Value fourth = builder.mul(builder.matmul(square, square), QUINTIC);
            Value factor = Write.decayed(builder, square, CUBIC, fourth);
            x = Write.decayed(builder, x, LINEAR, builder.matmul(factor, x));
        }
        return tall ? builder.transpose(x, 1, 0) : x;
    }
}

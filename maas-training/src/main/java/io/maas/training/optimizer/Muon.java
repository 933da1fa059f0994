package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.NamePattern;
import io.maas.train.Optimizer;
import io.maas.train.Update;
import io.maas.train.UpdateScope;
import java.util.ArrayList;
import java.util.List;

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
 * all others]}, and so is whatever has more than two axes, without leading ones of size 1.
 *
 * <p>It is meant for the matrices between the layers of a network. All other parameters follow {@link AdamW} with the same learning
 * rate and weight decay, betas of 0.9 and 0.95 and an epsilon of 1e-8: those with fewer than two axes, and those that match one of the
 * patterns for what it spares, by default {@code *embedding*}. No name tells which layer is the last; its authors spare that one too:
 * {@code muon(1e-3).sparing("dense_3/*")}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}
 * @param momentum the share of the momentum that is kept, {@code 0 <= momentum < 1}
 * @param weightDecay how much decays of what
 * @param spared the parameters that follow AdamW whatever their axes, by name
 * @see "Jordan et al., Muon: An optimizer for hidden layers in neural networks (2024)"
 * @see "Liu et al., Muon is scalable for LLM training (2025), section 2.2"
 */
public record Muon(double learningRate, double momentum, WeightDecay weightDecay, List<NamePattern> spared)
        implements Optimizer {
    private static final int ITERATIONS = 5;
    private static final double LINEAR = 3.4445;
    private static final double CUBIC = -4.775;
    private static final double QUINTIC = 2.0315;
    private static final double NORM_OFFSET = 1e-7;
    private static final double SIZE = 0.2;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-8;
    private static final String MOMENTUM = "momentum";

    public Muon {
        Require.positive(learningRate, "learningRate");
        Require.in(0, momentum, 1, "momentum");
        spared = List.copyOf(spared);
    }

    /** A learning rate of 0.001, a momentum of 0.95, a weight decay of 0.1; spares embeddings. */
    public static Muon defaults() {
        return new Muon(1e-3, 0.95, WeightDecay.of(0.1), List.of(NamePattern.of("*embedding*")));
    }

    public Muon withLearningRate(double other) {
        return new Muon(other, momentum, weightDecay, spared);
    }

    public Muon withMomentum(double other) {
        return new Muon(learningRate, other, weightDecay, spared);
    }

    public Muon withWeightDecay(WeightDecay other) {
        return new Muon(learningRate, momentum, other, spared);
    }

    /**
     * Leaves more parameters to AdamW.
     *
     * @param pattern over their names, as in {@link NamePattern}
     * @throws IllegalArgumentException if it is no pattern
     */
    public Muon sparing(String pattern) {
        List<NamePattern> more = new ArrayList<>(spared);
        more.add(NamePattern.of(pattern));
        return new Muon(learningRate, momentum, weightDecay, more);
    }

    @Override
    public String name() {
        return "muon(learningRate=" + learningRate + ", momentum=" + momentum + ", " + weightDecay.text() + ", sparing="
                + spared + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        new AdamW(learningRate, BETA1, BETA2, EPSILON, weightDecay).update(scope.part(this::spares));
        scope.part(parameter -> !spares(parameter)).forEach(each -> update(scope.builder(), each));
    }

    private boolean spares(Value parameter) {
        return parameter.rank() < 2 || NamePattern.anyMatches(spared, parameter.name());
    }

    private void update(GraphBuilder builder, Update update) {
        Value parameter = update.parameter();
        long[] shape = parameter.shape().toArray();
        long rows = Write.rows(shape);
        long columns = parameter.shape().elements() / rows;
        Value kept = Write.decayed(builder, update.state(MOMENTUM), momentum, update.gradient());
        update.keep(MOMENTUM, kept);
        Value ahead = builder.add(update.gradient(), builder.mul(kept, momentum));
        Value matrix = orthogonal(builder, builder.reshape(ahead, rows, columns), rows > columns);
        double size = SIZE * Math.sqrt((double) Math.max(rows, columns));
        Value direction = weightDecay.add(builder, builder.mul(builder.reshape(matrix, shape), size), parameter);
        Write.step(builder, update, direction, update.rate(progress -> learningRate));
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

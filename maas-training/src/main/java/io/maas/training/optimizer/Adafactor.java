package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.train.Optimizer;
import io.maas.train.Progress;
import io.maas.train.Update;
import io.maas.train.UpdateScope;

/**
 * Adafactor: for a matrix, the running mean of squared gradients is kept as one number a row and one a column, so that the optimizer's
 * state is small beside the parameters.
 *
 * <pre>
 * b_t  = 1 - t^(-decayExponent)
 * R'   = b_t·R + (1 - b_t) · mean over each row of (g² + 1e-30)
 * C'   = b_t·C + (1 - b_t) · mean over each column of (g² + 1e-30)
 * V    = R'·C' / mean(R')
 * U    = g / √V                                   u = U / max(1, rms(U) / clipping)
 * p'   = p - alpha_t · u
 * alpha_t = rho_t · max(1e-3, rms(p))             if scaled by the parameter; else rho_t
 * rho_t   = min(learningRate, 1 / √t)             if relative to the step; else learningRate
 * </pre>
 *
 * {@code rms} is the root of the mean of the squares. The paper has sums over rows and columns, which give the same {@code V}. Parameters
 * with fewer than two axes keep the whole mean: {@code V' = b_t·V + (1 - b_t)·(g² + 1e-30)}. Those with more are taken as matrices of
 * {@code [first axis, all others]}, without leading ones of size 1: for the kernels of a convolution that is one number an output channel
 * and one a weight of the rest, where factoring by the last two axes, as other libraries do, would save nearly nothing.
 *
 * <p>With momentum, which the paper calls the first moment and leaves out by default, {@code m' = momentum·m + (1 - momentum)·u} is
 * followed in place of {@code u}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param learningRate {@code > 0}; the largest where it is relative to the step
 * @param relativeStep whether it falls with the root of the step
 * @param parameterScale whether steps are in proportion to the size of the parameter
 * @param clipping what the root mean square of a direction is bounded to, {@code > 0}
 * @param decayExponent how soon the means get longer, {@code 0 < decayExponent <= 1}
 * @param momentum {@code 0 <= momentum < 1}; without any there is no first moment
 * @see "Shazeer and Stern, Adafactor: Adaptive learning rates with sublinear memory cost (2018), algorithms 4 and 5, and sections 6 to 8"
 */
public record Adafactor(
        double learningRate,
        boolean relativeStep,
        boolean parameterScale,
        double clipping,
        double decayExponent,
        double momentum)
        implements Optimizer {
    private static final double SQUARES_OFFSET = 1e-30;
    private static final double SMALLEST_SCALE = 1e-3;
    private static final String ROWS = "rows";
    private static final String COLUMNS = "columns";
    private static final String SQUARES = "squares";
    private static final String MOMENTUM = "momentum";

    public Adafactor {
        Require.positive(learningRate, "learningRate");
        Require.positive(clipping, "clipping");
        Require.that(decayExponent > 0 && decayExponent <= 1, "decayExponent", decayExponent, "0 < decayExponent <= 1");
        Require.in(0, momentum, 1, "momentum");
    }

    /** The values of the paper's algorithm 6: at most 0.01, falling with the step, scaled by the parameter, clipped at 1; no momentum. */
    public static Adafactor defaults() {
        return new Adafactor(1e-2, true, true, 1, 0.8, 0);
    }

    public Adafactor withLearningRate(double other) {
        return new Adafactor(other, relativeStep, parameterScale, clipping, decayExponent, momentum);
    }

    public Adafactor withRelativeStep(boolean other) {
        return new Adafactor(learningRate, other, parameterScale, clipping, decayExponent, momentum);
    }

    public Adafactor withParameterScale(boolean other) {
        return new Adafactor(learningRate, relativeStep, other, clipping, decayExponent, momentum);
    }

    public Adafactor withMomentum(double other) {
        return new Adafactor(learningRate, relativeStep, parameterScale, clipping, decayExponent, other);
    }

    @Override
    public String name() {
        return "adafactor(learningRate=" + learningRate + (relativeStep ? ", relativeStep" : "")
                + (parameterScale ? ", parameterScale" : "") + ", clipping=" + clipping + ", decayExponent="
                + decayExponent + (momentum > 0 ? ", momentum=" + momentum : "") + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        GraphBuilder builder = scope.builder();
        scope.forEach(each -> {
            Value direction = clipped(builder, scaled(builder, each));
            if (momentum > 0) {
                Value before = builder.mul(each.state(MOMENTUM), momentum);
                direction = builder.add(before, builder.mul(direction, 1 - momentum));
                each.keep(MOMENTUM, direction);
            }
            Value rate = each.rate(this::rate);
            if (parameterScale) {
                Value size = meanSquareRoot(builder, each.parameter());
                rate = builder.mul(rate, Write.max(builder, size, builder.scalar(SMALLEST_SCALE, size)));
            }
            Write.step(builder, each, direction, rate);
        });
    }

    private double rate(Progress progress) {
        return relativeStep ? Math.min(learningRate, 1 / Math.sqrt((double) progress.step())) : learningRate;
    }

    /** {@code U}. */
    private Value scaled(GraphBuilder builder, Update update) {
        Value gradient = update.gradient();
        if (gradient.rank() < 2) {
            Value squares = mean(builder, update, SQUARES, squares(builder, gradient));
            return builder.div(gradient, builder.sqrt(squares));
        }
        long[] shape = gradient.shape().toArray();
        long rows = Write.rows(shape);
        long columns = gradient.shape().elements() / rows;
        Value matrix = builder.reshape(gradient, rows, columns);
        Value squares = squares(builder, matrix);
        Value ofRows = mean(builder, update, ROWS, builder.reduceMean(squares, true, 1));
        Value ofColumns = mean(builder, update, COLUMNS, builder.reduceMean(squares, true, 0));
        // Two roots, not that of the product, which is below the range of float32 for small gradients.
        Value relative = builder.sqrt(builder.div(ofRows, builder.reduceMean(ofRows, false)));
        Value divided = builder.div(builder.div(matrix, relative), builder.sqrt(ofColumns));
        return builder.reshape(divided, shape);
    }

    private static Value squares(GraphBuilder builder, Value gradient) {
        Value squares = Write.square(builder, gradient);
        return builder.add(squares, builder.scalar(SQUARES_OFFSET, squares));
    }

    /** A running mean, which is kept under a name. */
    private Value mean(GraphBuilder builder, Update update, String name, Value now) {
        Value kept = update.number("kept", progress -> 1 - added(progress));
        Value added = update.number("added", this::added);
        Shape shape = now.shape();
        Value next = builder.add(builder.mul(update.state(name, shape), kept), builder.mul(now, added));
        update.keep(name, next);
        return next;
    }

    private double added(Progress progress) {
        return Math.pow((double) progress.step(), -decayExponent);
    }

    private Value clipped(GraphBuilder builder, Value direction) {
        Value size = builder.mul(meanSquareRoot(builder, direction), 1 / clipping);
        return builder.div(direction, Write.max(builder, size, builder.scalar(1, size)));
    }

    private static Value meanSquareRoot(GraphBuilder builder, Value x) {
        return builder.sqrt(builder.reduceMean(Write.square(builder, x), false));
    }
}

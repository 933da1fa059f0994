package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.NamePattern;
import java.util.ArrayList;
import java.util.List;

/**
 * Decoupled weight decay: a step towards zero beside that of the gradient, which no moment sees. Parameters of fewer than two axes, which
 * are biases and the scales of normalizations, are spared unless that is asked for; others can be spared by name.
 *
 * <p>Immutable and thread-safe.
 *
 * @param rate the share of a parameter that it is to lose, before the learning rate is multiplied with it, {@code >= 0}
 * @param vectorsToo whether parameters of fewer than two axes decay as well
 * @param spared what does not decay in any case, by name
 * @see "Loshchilov and Hutter, Decoupled weight decay regularization (2019)"
 */
public record WeightDecay(double rate, boolean vectorsToo, List<NamePattern> spared) {
    private static final int MATRIX_RANK = 2;

    public WeightDecay {
        Require.that(rate >= 0 && rate < Double.POSITIVE_INFINITY, "weightDecay", rate, "0 <= weightDecay < Infinity");
        spared = List.copyOf(spared);
    }

    /** Of all parameters with at least two axes. */
    public static WeightDecay of(double rate) {
        return new WeightDecay(rate, false, List.of());
    }

    public WeightDecay withRate(double other) {
        return new WeightDecay(other, vectorsToo, spared);
    }

    public WeightDecay withVectorsToo(boolean other) {
        return new WeightDecay(rate, other, spared);
    }

    /**
     * Spares more parameters.
     *
     * @param pattern over their names, as in {@link NamePattern}, such as {@code *embedding*}
     * @throws IllegalArgumentException if it is no pattern
     */
    public WeightDecay sparing(String pattern) {
        List<NamePattern> more = new ArrayList<>(spared);
        more.add(NamePattern.of(pattern));
        return new WeightDecay(rate, vectorsToo, more);
    }

    boolean spares(Value parameter) {
        return (!vectorsToo && parameter.rank() < MATRIX_RANK) || NamePattern.anyMatches(spared, parameter.name());
    }

    /** {@code direction + rate · parameter}, where it decays. */
    Value add(GraphBuilder builder, Value direction, Value parameter) {
        return rate == 0 || spares(parameter)
                ? direction
                : Write.added(builder, direction, parameter, builder.scalar(rate, parameter));
    }

    /** Such as {@code weightDecay=0.01, notDecaying=[*embedding*]}. */
    String text() {
        return "weightDecay=" + rate + (vectorsToo ? ", vectorsToo" : "")
                + (spared.isEmpty() ? "" : ", notDecaying=" + spared);
    }
}

package io.maas.training.metric;

import io.maas.error.Require;
import io.maas.train.LossScope;
import org.jspecify.annotations.Nullable;

/**
 * What a measure looks at, and how predictions are written there.
 *
 * <p>Immutable and thread-safe.
 *
 * @param output the network's output; null for the first
 * @param weight the column of weights, one a row or one a position, 0 where nothing counts; null for the weights of the loss, if it
 *     reads any, and empty for none
 * @param probabilities whether predictions are probabilities; otherwise they are raw scores, before sigmoid or softmax, as the losses
 *     of this library take them
 * @param oneHot whether targets are a row of numbers with the class where it is highest, rather than the class's index
 */
public record Reads(@Nullable String output, @Nullable String weight, boolean probabilities, boolean oneHot) {
    /** Raw scores of the first output, class indices, and the weights of the loss. */
    public static final Reads DEFAULT = new Reads(null, null, false, false);

    /** The column of true values: {@value LossScope#TARGET}, behind the output's name and a slash if one is named. */
    public String target() {
        return output == null ? LossScope.TARGET : output + "/" + LossScope.TARGET;
    }

    /** Of another output. */
    public Reads on(String other) {
        return new Reads(Require.name(other, "output"), weight, probabilities, oneHot);
    }

    /** With the weights of a column. */
    public Reads weightedBy(String column) {
        Require.that(!column.isEmpty(), "column", Require.quote(column), "a name");
        return new Reads(output, column, probabilities, oneHot);
    }

    /** Without weights, whatever the loss reads. */
    public Reads unweighted() {
        return new Reads(output, "", probabilities, oneHot);
    }

    /** Of probabilities. */
    public Reads ofProbabilities() {
        return new Reads(output, weight, true, oneHot);
    }

    /** Of targets with a number for each class. */
    public Reads ofOneHot() {
        return new Reads(output, weight, probabilities, true);
    }
}

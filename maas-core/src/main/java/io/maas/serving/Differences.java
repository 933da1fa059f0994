package io.maas.serving;

import com.google.common.collect.ImmutableMap;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far the answers of two versions to the same requests are apart.
 *
 * <p>Thread-safe.
 */
final class Differences {
    private final Map<String, Output> outputs = new LinkedHashMap<>();
    private long count;

    /** Of one output; guarded by the whole. */
    private static final class Output {
        private final Histogram max = new Histogram();
        private double means;
        private double maxima;
        private double largest;
        private long labels;
        private long others;

        void add(OutputDifference difference) {
            max.add(difference.max());
            means += difference.mean();
            maxima += difference.max();
            largest = Math.max(largest, difference.max());
            labels += difference.labels();
            others += difference.others();
        }

        double disagreement() {
            return labels == 0 ? 0 : (double) others / labels;
        }

        RolloutStatus.Difference status(long count) {
            return new RolloutStatus.Difference(
                    means / count,
                    maxima / count,
                    max.quantile(0.5),
                    max.quantile(0.99),
                    largest,
                    labels,
                    disagreement());
        }
    }

    /** Compares two answers, of which the first one is right. */
    synchronized void add(Tensors stable, Tensors other) {
        count++;
        for (Tensors.Entry entry : stable) {
            Tensor found = other.find(entry.name());
            OutputDifference difference = found == null
                    ? new OutputDifference(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 1, 1)
                    : OutputDifference.of(entry.tensor(), found);
            outputs.computeIfAbsent(entry.name(), fresh -> new Output()).add(difference);
        }
    }

    /** How many requests were compared. */
    synchronized long count() {
        return count;
    }

    /** The mean absolute difference of the output that differs most. */
    synchronized double drift() {
        return outputs.values().stream()
                .mapToDouble(output -> output.means / count)
                .max()
                .orElse(0);
    }

    /** The share of other labels in the output that differs most. */
    synchronized double disagreement() {
        return outputs.values().stream().mapToDouble(Output::disagreement).max().orElse(0);
    }

    synchronized Map<String, RolloutStatus.Difference> status() {
        ImmutableMap.Builder<String, RolloutStatus.Difference> status = ImmutableMap.builder();
        outputs.forEach((name, output) -> status.put(name, output.status(count)));
        return status.buildOrThrow();
    }
}

package io.maas.training.metric;

import io.maas.error.Require;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether probabilities mean what they say: of all that was predicted with about the same probability, how much was true. For yes and
 * no, and two classes, the probability is that of yes; for more classes it is that of the class predicted.
 *
 * <p>Immutable and thread-safe.
 *
 * @param bins of equal width, from low probabilities to high ones
 */
public record ReliabilityCurve(List<Bin> bins) {
    /** The number of bins, if nothing else is said. */
    public static final int DEFAULT_BINS = 10;

    /**
     * Predictions with about the same probability.
     *
     * @param low above this, or from 0 on
     * @param high up to this
     * @param count how many, by weight
     * @param predicted the mean of their probabilities; 0 if there are none
     * @param actual the share of them that is true; 0 if there are none
     */
    public record Bin(double low, double high, double count, double predicted, double actual) {}

    public ReliabilityCurve {
        bins = List.copyOf(bins);
    }

    /** Measures the curve with {@value #DEFAULT_BINS} bins. */
    public static Measure<ReliabilityCurve> measure() {
        return measure(DEFAULT_BINS);
    }

    /** Measures the curve. */
    public static Measure<ReliabilityCurve> measure(int bins) {
        Require.positive(bins, "bins");
        return () -> new Sums(bins);
    }

    private static final class Sums implements Measure.Running<ReliabilityCurve> {
        private final double[] counts;
        private final double[] predicted;
        private final double[] actual;

        Sums(int bins) {
            this.counts = new double[bins];
            this.predicted = new double[bins];
            this.actual = new double[bins];
        }

        @Override
        public void add(Portion portion) {
            boolean raw = !portion.probabilities();
            if (portion.kind() == Portion.Kind.CLASSES && portion.width() > 2) {
                portion.classes((scores, truth, weight) -> {
                    if (raw) {
                        Likelihood.softmax(scores);
                    }
                    int chosen = ClassCounts.highest(scores);
                    add(scores[chosen], chosen == truth, weight);
                });
            } else {
                portion.answers(
                        (label, score, truth, weight) -> add(raw ? Likelihood.sigmoid(score) : score, truth, weight));
            }
        }

        private void add(double probability, boolean truth, double weight) {
            int bin = (int) Math.ceil(probability * counts.length) - 1;
            int kept = Math.max(0, Math.min(bin, counts.length - 1));
            counts[kept] += weight;
            predicted[kept] += weight * probability;
            actual[kept] += truth ? weight : 0;
        }

        @Override
        public ReliabilityCurve value() {
            List<Bin> bins = new ArrayList<>();
            double all = counts.length;
            for (int i = 0; i < counts.length; i++) {
                bins.add(new Bin(
                        i / all,
                        (i + 1) / all,
                        counts[i],
                        ClassCounts.ratio(predicted[i], counts[i]),
                        ClassCounts.ratio(actual[i], counts[i])));
            }
            return new ReliabilityCurve(bins);
        }
    }

    /**
     * The expected calibration error: {@code Σ count/total · |actual - predicted|} over the bins, 0 to 1.
     *
     * @throws io.maas.error.InvalidInputException if there was nothing to measure
     * @see "Guo et al., On calibration of modern neural networks (2017), equation 3"
     */
    public double error() {
        double total = Mean.requireSome(
                "calibrationError", bins.stream().mapToDouble(Bin::count).sum());
        return bins.stream()
                .mapToDouble(bin -> bin.count / total * Math.abs(bin.actual - bin.predicted))
                .sum();
    }

    /**
     * Draws what was true over what was predicted, beside the line on which probabilities mean what they say, as a PNG. Empty bins are
     * left out.
     *
     * @throws IOException if it cannot be written
     */
    public void writePicture(Path png) throws IOException {
        List<Bin> some = bins.stream().filter(bin -> bin.count() > 0).toList();
        Chart chart = new Chart(600, 560, "Reliability", "predicted probability", "share that is true")
                .ideal("ideal", new double[] {0, 1}, new double[] {0, 1})
                .points(
                        "measured",
                        some.stream().mapToDouble(Bin::predicted).toArray(),
                        some.stream().mapToDouble(Bin::actual).toArray(),
                        true);
        Png.write(chart.image(), png);
    }
}

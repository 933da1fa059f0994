package io.maas.training.metric;

import java.util.Arrays;

/**
 * Errors of predicted numbers, for each column of the targets: what is added up over the rows, and the figures that follow. The
 * figure of several columns is the mean of theirs.
 */
final class Regression implements Measure.Running<Double> {
    /** A figure of one column. */
    @FunctionalInterface
    interface Column {
        double figure(Sums sums);
    }

    /** What one column comes to. Means move along with the values, which keeps their digits. */
    static final class Sums {
        private double weight;
        private double squares;
        private double absolutes;
        private double shares;
        private double mean;
        private double spread;

        private void add(double predicted, double actual, double w) {
            double error = predicted - actual;
            weight += w;
            squares += w * error * error;
            absolutes += w * Math.abs(error);
            shares += w * Math.abs(error) / Math.max(SMALLEST, Math.abs(actual));
            double before = actual - mean;
            mean += before * w / weight;
            spread += w * before * (actual - mean);
        }

        double rootMeanSquare() {
            return Math.sqrt(squares / weight);
        }

        double meanAbsolute() {
            return absolutes / weight;
        }

        double meanShare() {
            return shares / weight;
        }

        /** Constant targets that are met have 1, such that are not 0. */
        double determination() {
            if (spread == 0) {
                return squares == 0 ? 1 : 0;
            }
            return 1 - squares / spread;
        }
    }

    /** The distance from 1 to the next double. */
    private static final double SMALLEST = Math.ulp(1.0);

    private final String name;
    private final Column column;
    private Sums[] sums = {};

    Regression(String name, Column column) {
        this.name = name;
        this.column = column;
    }

    @Override
    public void add(Portion portion) {
        portion.numbers((at, predicted, actual, weight) -> {
            if (at >= sums.length) {
                int known = sums.length;
                sums = Arrays.copyOf(sums, at + 1);
                Arrays.setAll(sums, i -> i < known ? sums[i] : new Sums());
            }
            sums[at].add(predicted, actual, weight);
        });
    }

    @Override
    public Double value() {
        Mean.requireSome(name, sums.length);
        return Arrays.stream(sums).mapToDouble(column::figure).average().orElseThrow();
    }
}

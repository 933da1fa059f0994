package io.maas.training.preprocessing;

/**
 * Mean, standard deviation, least and greatest of a stream of numbers, in one pass.
 *
 * @see "Welford, Note on a method for calculating corrected sums of squares and products (1962)"
 */
final class Moments implements Statistic {
    private long count;
    private double mean;
    private double squares;
    private double least = Double.POSITIVE_INFINITY;
    private double greatest = Double.NEGATIVE_INFINITY;
    private boolean done;

    @Override
    public void see(double value) {
        count++;
        double before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
    }

    @Override
    public void endPass() {
        done = true;
    }

    @Override
    public boolean isWanting() {
        return !done;
    }

    long count() {
        return count;
    }

    /** 0 of nothing. */
    double mean() {
        return mean;
    }

    /** Divided by the number of values, not by one less; 0 of nothing. */
    double deviation() {
        return count == 0 ? 0 : Math.sqrt(squares / count);
    }

    /** 0 of nothing. */
    double least() {
        return count == 0 ? 0 : least;
    }

    /** 0 of nothing. */
    double greatest() {
        return count == 0 ? 0 : greatest;
    }
}

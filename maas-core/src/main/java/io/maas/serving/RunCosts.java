package io.maas.serving;

/**
 * What runs cost by their number of elements, learnt from the runs themselves. Engines are not linear: an element costs most in small
 * runs, less in larger ones, and more again where a run leaves the caches; so each size class has a cost of its own.
 *
 * <p>What is known ages: a class that is not run becomes slightly cheaper with each run of another one, until it is tried again. So a
 * size that was slow once, on a busy machine, is not avoided for ever.
 *
 * <p>Guarded by its user's lock.
 */
final class RunCosts {
    /** Two to a doubling. */
    private static final int CLASSES = 2 * Long.SIZE;

    private static final double LEARNING = 0.25;
    private static final double AGEING = 1 - 1 / 8192.0;

    /** Nanoseconds an element, 0 where nothing is known. */
    private final double[] cost = new double[CLASSES];

    private static int sizeClass(long elements) {
        int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(elements);
        boolean upper = octave > 0 && (elements >>> (octave - 1) & 1) == 1;
        return 2 * octave + (upper ? 1 : 0);
    }

    /** Takes note of a run. */
    void learn(long elements, long nanos) {
        int at = sizeClass(elements);
        double seen = Math.max(1, nanos) / (double) elements;
        for (int i = 0; i < CLASSES; i++) {
            cost[i] *= AGEING;
        }
        cost[at] = cost[at] == 0 ? seen : cost[at] + LEARNING * (seen - cost[at]);
    }

    /**
     * What a run of so many elements is expected to take, in nanoseconds. The class above the largest known one is taken to be as good
     * as the best of all, so that it is tried even where that one was slow by chance; what lies beyond is not known, and infinite. 0 as
     * long as nothing is known.
     */
    double nanos(long elements) {
        int at = sizeClass(elements);
        for (int i = at; i >= 0; i--) {
            if (cost[i] > 0) {
                if (i == at || isKnownAbove(at)) {
                    return cost[i] * elements;
                }
                // Two classes are a doubling.
                return at - i <= 2 ? least() * elements : Double.POSITIVE_INFINITY;
            }
        }
        // Smaller than all that is known: at most as much as the smallest of these.
        for (int i = at + 1; i < CLASSES; i++) {
            if (cost[i] > 0) {
                return cost[i] * elements;
            }
        }
        return 0;
    }

    private double least() {
        double least = Double.POSITIVE_INFINITY;
        for (double each : cost) {
            least = each > 0 ? Math.min(least, each) : least;
        }
        return least;
    }

    private boolean isKnownAbove(int at) {
        for (int i = at + 1; i < CLASSES; i++) {
            if (cost[i] > 0) {
                return true;
            }
        }
        return false;
    }
}

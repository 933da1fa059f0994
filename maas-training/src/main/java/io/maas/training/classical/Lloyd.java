package io.maas.training.classical;

import java.util.Arrays;

/**
 * Moves centres to the means of their rows until they stay.
 *
 * @see "Lloyd, Least squares quantization in PCM (1982)"
 */
final class Lloyd {
    private final double[] rows;
    private final int[] nearest;
    private final double[] squares;
    private Centres centres;
    private int iterations;
    private boolean converged;

    Lloyd(double[] rows, Centres start) {
        this.rows = rows;
        this.centres = start;
        this.nearest = new int[rows.length / start.features()];
        this.squares = new double[nearest.length];
        Arrays.fill(nearest, -1);
    }

    Lloyd run(int maxIterations, double tolerance) {
        assign();
        while (!converged && iterations < maxIterations) {
            iterations++;
            Centres moved = means();
            double shift = 0;
            for (int k = 0; k < moved.count(); k++) {
                shift += moved.square(k, centres.at()[k], 0);
            }
            centres = moved;
            converged = !assign() || shift <= tolerance;
        }
        return this;
    }

    /** Whether a row came to another centre. */
    private boolean assign() {
        boolean changed = false;
        for (int i = 0; i < nearest.length; i++) {
            int now = centres.nearest(rows, i);
            changed |= now != nearest[i];
            nearest[i] = now;
            squares[i] = centres.square(now, rows, i);
        }
        return changed;
    }

    private Centres means() {
        int features = centres.features();
        double[][] sums = new double[centres.count()][features];
        int[] counts = new int[sums.length];
        for (int i : nearest) {
            counts[i]++;
        }
        for (int k = 0; k < counts.length; k++) {
            if (counts[k] == 0) {
                takeFarthest(k, counts);
            }
        }
        for (int i = 0; i < nearest.length; i++) {
            for (int j = 0; j < features; j++) {
                sums[nearest[i]][j] += rows[i * features + j] / counts[nearest[i]];
            }
        }
        return new Centres(sums);
    }

    /** An empty cluster begins again with the row that is farthest from its centre and not alone there. */
    private void takeFarthest(int cluster, int[] counts) {
        int farthest = -1;
        for (int i = 0; i < nearest.length; i++) {
            if (counts[nearest[i]] > 1 && (farthest < 0 || squares[i] > squares[farthest])) {
                farthest = i;
            }
        }
        counts[nearest[farthest]]--;
        counts[cluster] = 1;
        nearest[farthest] = cluster;
        squares[farthest] = 0;
    }

    Centres centres() {
        return centres;
    }

    int iterations() {
        return iterations;
    }

    boolean converged() {
        return converged;
    }

    /** The sum of the rows' squared distances to their centres. */
    double inertia() {
        return Arrays.stream(squares).sum();
    }
}

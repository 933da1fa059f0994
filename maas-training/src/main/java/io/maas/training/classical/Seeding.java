package io.maas.training.classical;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * First centres by greedy k-means++: each is a row drawn with the chance of its squared distance to the centres so far; of a few
 * such draws the one that leaves the least sum of them.
 *
 * @see "Arthur and Vassilvitskii, k-means++: The advantages of careful seeding (2007), sections 2.2 and 7"
 */
final class Seeding {
    private final double[] rows;
    private final int features;
    private final Centres centres;
    private final SplittableRandom random;
    private double[] squares;

    private Seeding(double[] rows, int features, int clusters, SplittableRandom random) {
        this.rows = rows;
        this.features = features;
        this.centres = new Centres(new double[clusters][features]);
        this.random = random;
        this.squares = new double[rows.length / features];
        Arrays.fill(squares, Double.POSITIVE_INFINITY);
    }

    /** Null where there are fewer different rows than clusters. */
    static @Nullable Centres draw(double[] rows, int features, int clusters, SplittableRandom random) {
        Seeding seeding = new Seeding(rows, features, clusters, random);
        seeding.place(0, random.nextInt(seeding.squares.length));
        seeding.squares = seeding.withCentre(0);
        for (int k = 1; k < clusters; k++) {
            if (!seeding.grow(k)) {
                return null;
            }
        }
        return seeding.centres;
    }

    private boolean grow(int k) {
        double sum = Arrays.stream(squares).sum();
        if (sum == 0) {
            return false;
        }
        int tries = 2 + (int) Math.log(centres.count());
        double least = Double.POSITIVE_INFINITY;
        int chosen = 0;
        double[] left = squares;
        for (int i = 0; i < tries; i++) {
            int row = drawn(random.nextDouble() * sum);
            place(k, row);
            double[] squaresThen = withCentre(k);
            double sumThen = Arrays.stream(squaresThen).sum();
            if (sumThen < least) {
                least = sumThen;
                chosen = row;
                left = squaresThen;
            }
        }
        place(k, chosen);
        squares = left;
        return true;
    }

    /** The row at which the running sum of squares passes a height; never one that is a centre already. */
    private int drawn(double height) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < squares.length; i++) {
            sum += squares[i];
            last = squares[i] > 0 ? i : last;
            if (sum > height) {
                return last;
            }
        }
        return last;
    }

    private void place(int k, int row) {
        System.arraycopy(rows, row * features, centres.at()[k], 0, features);
    }

    /** The squared distances to the nearest centre with centre {@code k} among them. */
    private double[] withCentre(int k) {
        double[] nearer = new double[squares.length];
        for (int i = 0; i < nearer.length; i++) {
            nearer[i] = Math.min(squares[i], centres.square(k, rows, i, squares[i]));
        }
        return nearer;
    }
}

package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What predicted numbers miss the true ones by, point by point. Of more than {@value #MOST} numbers it holds as many, each equally
 * likely to be among them.
 *
 * <p>Immutable and thread-safe.
 *
 * @param points in the order of the rows, unless they are a sample
 * @param of how many numbers there were
 */
public record Residuals(List<Point> points, long of) {
    /** Enough to see every shape, few enough to draw. */
    public static final int MOST = 5000;

    private static final int WIDTH = 900;
    private static final int HEIGHT = 560;

    /** One number. */
    public record Point(double predicted, double actual) {
        /** How much too small the prediction is: {@code actual - predicted}. */
        public double residual() {
            return actual - predicted;
        }
    }

    public Residuals {
        points = List.copyOf(points);
    }

    /** Measures them. */
    public static Measure<Residuals> measure() {
        return Sample::new;
    }

    /**
     * A sample of fixed size from a stream.
     *
     * @see "Vitter, Random sampling with a reservoir (1985), algorithm R"
     */
    private static final class Sample implements Measure.Running<Residuals> {
        private final Point[] kept = new Point[MOST];
        private final SplittableRandom random = new SplittableRandom(0);
        private long seen;

        @Override
        public void add(Portion portion) {
            portion.numbers((column, predicted, actual, weight) -> {
                long place = seen < MOST ? seen : random.nextLong(seen + 1);
                seen++;
                if (place < MOST) {
                    kept[(int) place] = new Point(predicted, actual);
                }
            });
        }

        @Override
        public Residuals value() {
            if (seen == 0) {
                throw new InvalidInputException("residuals: no rows (expected: at least one that counts)");
            }
            return new Residuals(Arrays.asList(kept).subList(0, (int) Math.min(seen, MOST)), seen);
        }
    }

    /**
     * Draws residuals over predictions, with a line at 0, as a PNG: bends and funnels in the cloud are what the model has not learned.
     *
     * @throws IOException if it cannot be written
     */
    public void writePicture(Path png) throws IOException {
        double[] predicted = points.stream().mapToDouble(Point::predicted).toArray();
        double[] missed = points.stream().mapToDouble(Point::residual).toArray();
        double low = Arrays.stream(predicted).min().orElse(0);
        double high = Arrays.stream(predicted).max().orElse(1);
        String name = of > points.size() ? points.size() + " of " + of : String.valueOf(of);
        Chart chart = new Chart(WIDTH, HEIGHT, "Residuals", "predicted", "true - predicted")
                .points(name, predicted, missed, false)
                .ideal("no residual", new double[] {low, high}, new double[] {0, 0});
        Png.write(chart.image(), png);
    }
}

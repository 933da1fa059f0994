package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * The augmentations that come with the library. Those of images look at the last two axes of a row as height and width, such as
 * {@code [channels, height, width]}; for rows of another shape see {@link Augmentation#on}.
 *
 * <pre>{@code
 * Fit.epochs(20).augment(Augmentations.shift(1).then(Augmentations.noise(0.05)).on(8, 8))
 * }</pre>
 */
public final class Augmentations {
    private Augmentations() {}

    /**
     * Moves an image by up to so many pixels, each number equally likely, up or down and left or right; what comes in at an edge
     * repeats it.
     *
     * @param pixels {@code > 0}
     */
    public static Augmentation shift(int pixels) {
        return new Shift(Require.positive(pixels, "pixels"), null);
    }

    /**
     * Puts a frame around an image and cuts one of the image's size out of it, each place equally likely.
     *
     * @param frame its width in pixels, {@code > 0}; 4 is usual for images of 32
     * @param value what stands in it, such as 0
     * @see "He et al., Deep residual learning for image recognition (2016), section 4.2"
     */
    public static Augmentation crop(int frame, double value) {
        Require.that(Double.isFinite(value), "value", value, "a finite number");
        return new Shift(Require.positive(frame, "frame"), value);
    }

    /**
     * Turns left into right.
     *
     * @param chance how often, {@code 0 < chance <= 1}; 0.5 is usual
     */
    public static Augmentation flip(double chance) {
        return new Flip(chance);
    }

    /**
     * Adds to every element a number of a normal distribution around 0; for rows of any shape.
     *
     * @param deviation its standard deviation, {@code > 0}
     * @see "Goodfellow et al., Deep Learning (2016), section 7.5"
     */
    public static Augmentation noise(double deviation) {
        return new Noise(Require.positive(deviation, "deviation"));
    }

    private static int size(Shape shape, int axis) {
        if (shape.rank() < 2) {
            throw new InvalidInputException("row " + shape
                    + " of the features (expected: an image [height, width] or [channels, height, width]); say how it is to be"
                    + " seen with on(height, width)");
        }
        return Math.toIntExact(shape.size(axis));
    }

    /** A picture moved, with its edges repeated unless something else comes in. */
    private record Shift(
            int pixels, @org.jspecify.annotations.Nullable Double value) implements Augmentation {
        @Override
        public String name() {
            return value == null ? "shift(" + pixels + ")" : "crop(" + pixels + ", " + value + ")";
        }

        @Override
        public void apply(double[] row, Shape shape, RandomGenerator random) {
            int height = size(shape, -2);
            int width = size(shape, -1);
            int down = random.nextInt(-pixels, pixels + 1);
            int right = random.nextInt(-pixels, pixels + 1);
            double[] before = row.clone();
            for (int plane = 0; plane < row.length; plane += height * width) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        row[plane + y * width + x] = at(before, plane, y - down, x - right, height, width);
                    }
                }
            }
        }

        private double at(double[] image, int plane, int y, int x, int height, int width) {
            boolean inside = y >= 0 && y < height && x >= 0 && x < width;
            if (!inside && value != null) {
                return value;
            }
            int nearY = Math.max(0, Math.min(height - 1, y));
            int nearX = Math.max(0, Math.min(width - 1, x));
            return image[plane + nearY * width + nearX];
        }
    }

    /** A picture in a mirror. */
    private record Flip(double chance) implements Augmentation {
        Flip {
            Require.that(chance > 0 && chance <= 1, "chance", chance, "0 < chance <= 1");
        }

        @Override
        public String name() {
            return "flip(" + chance + ")";
        }

        @Override
        public void apply(double[] row, Shape shape, RandomGenerator random) {
            int width = size(shape, -1);
            if (random.nextDouble() >= chance) {
                return;
            }
            for (int line = 0; line < row.length; line += width) {
                for (int i = 0; i < width / 2; i++) {
                    double left = row[line + i];
                    row[line + i] = row[line + width - 1 - i];
                    row[line + width - 1 - i] = left;
                }
            }
        }
    }

    /** A row with noise. */
    private record Noise(double deviation) implements Augmentation {
        @Override
        public String name() {
            return "noise(" + deviation + ")";
        }

        @Override
        public void apply(double[] row, Shape shape, RandomGenerator random) {
            for (int i = 0; i < row.length; i++) {
                row[i] += deviation * random.nextGaussian();
            }
        }
    }
}

package io.maas.training.data;

import java.nio.ByteBuffer;

/**
 * Brings an image to another size, each axis on its own: a pixel is the mean of the area that it covers where the axis shrinks, and
 * a linear interpolation between the centres of two pixels where it grows. At most a few rows are in memory.
 *
 * <p>Not thread-safe.
 */
final class Resampling {
    /** From which pixels of an axis each new one comes, and how much from each. */
    @SuppressWarnings("ArrayRecordComponent") // Made once, and never compared.
    private record Axis(int[] starts, float[][] weights) {
        static Axis of(int from, int to) {
            int[] starts = new int[to];
            float[][] weights = new float[to][];
            for (int i = 0; i < to; i++) {
                if (to < from) {
                    area(i, (double) from / to, from, starts, weights);
                } else {
                    line(i, (double) from / to, from, starts, weights);
                }
            }
            return new Axis(starts, weights);
        }

        private static void area(int i, double step, int size, int[] starts, float[][] weights) {
            double low = i * step;
            double high = Math.min(size, (i + 1) * step);
            int first = (int) low;
            int last = Math.min(size, (int) Math.ceil(high));
            starts[i] = first;
            weights[i] = new float[last - first];
            for (int j = first; j < last; j++) {
                weights[i][j - first] = (float) ((Math.min(high, j + 1) - Math.max(low, j)) / (high - low));
            }
        }

        private static void line(int i, double step, int size, int[] starts, float[][] weights) {
            double centre = Math.max(0, Math.min(size - 1, (i + 0.5) * step - 0.5));
            int first = (int) centre;
            float part = (float) (centre - first);
            starts[i] = first;
            weights[i] = part == 0 ? new float[] {1} : new float[] {1 - part, part};
        }
    }

    private final PixelRows image;
    private final int channels;
    private final int width;
    private final Axis across;
    private final Axis down;
    private final float[] source;
    /** The two rows made last, at the new width. */
    private final float[][] rows;

    private final int[] made = {-1, -1};

    Resampling(PixelRows image, ImageOptions options) {
        this.image = image;
        this.channels = image.channels();
        this.width = options.width();
        this.across = Axis.of(image.width(), width);
        this.down = Axis.of(image.height(), options.height());
        this.source = new float[image.width() * channels];
        this.rows = new float[2][width * channels];
    }

    /** Writes the new image, channel after channel, a byte for each pixel. */
    void write(ByteBuffer to) {
        int height = down.starts.length;
        int start = to.position();
        float[] sum = new float[width * channels];
        for (int y = 0; y < height; y++) {
            java.util.Arrays.fill(sum, 0);
            for (int j = 0; j < down.weights[y].length; j++) {
                add(down.weights[y][j], row(down.starts[y] + j), sum);
            }
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    int at = start + (channel * height + y) * width + x;
                    to.put(at, (byte) Math.min(255, Math.round(sum[x * channels + channel])));
                }
            }
        }
        to.position(start + channels * height * width);
    }

    private static void add(float weight, float[] row, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * row[i];
        }
    }

    private float[] row(int y) {
        int slot = y & 1;
        if (made[slot] != y) {
            image.read(y, source);
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    rows[slot][x * channels + channel] = pixel(x, channel);
                }
            }
            made[slot] = y;
        }
        return rows[slot];
    }

    private float pixel(int x, int channel) {
        float[] weights = across.weights[x];
        float sum = 0;
        for (int j = 0; j < weights.length; j++) {
            sum += weights[j] * source[(across.starts[x] + j) * channels + channel];
        }
        return sum;
    }
}

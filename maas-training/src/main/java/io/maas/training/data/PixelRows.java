package io.maas.training.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * The pixels of an image, row by row, as numbers from 0 to 255: grey, or red, green and blue side by side.
 *
 * <p>Not thread-safe.
 */
final class PixelRows {
    private static final int WHITE = 255;

    private final BufferedImage image;
    private final boolean grey;
    /** Java takes grey for linear light and would change its values; so they are read as they are stored. */
    private final boolean storedGrey;

    private final int[] colours;
    private final int[] samples;

    PixelRows(BufferedImage image, boolean grey) {
        this.image = image;
        this.grey = grey;
        this.storedGrey = !(image.getColorModel() instanceof IndexColorModel)
                && image.getColorModel().getNumColorComponents() == 1;
        this.colours = new int[storedGrey ? 0 : image.getWidth()];
        this.samples = new int[storedGrey ? image.getWidth() * image.getRaster().getNumBands() : 0];
    }

    int height() {
        return image.getHeight();
    }

    int width() {
        return image.getWidth();
    }

    /** The numbers a pixel has. */
    int channels() {
        return grey ? 1 : 3;
    }

    /** Reads a row into {@code [width, channels]}. */
    void read(int y, float[] to) {
        if (storedGrey) {
            readGrey(y, to);
            return;
        }
        image.getRGB(0, y, width(), 1, colours, 0, width());
        for (int x = 0; x < width(); x++) {
            int colour = colours[x];
            float alpha = (colour >>> 24) / 255f;
            float red = over(alpha, colour >> 16 & 0xff);
            float green = over(alpha, colour >> 8 & 0xff);
            float blue = over(alpha, colour & 0xff);
            if (grey) {
                to[x] = 0.299f * red + 0.587f * green + 0.114f * blue;
            } else {
                to[3 * x] = red;
                to[3 * x + 1] = green;
                to[3 * x + 2] = blue;
            }
        }
    }

    private static float over(float alpha, int value) {
        return alpha * value + (1 - alpha) * WHITE;
    }

    private void readGrey(int y, float[] to) {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        raster.getPixels(0, y, width(), 1, samples);
        float most = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
        float opaque = bands > 1 ? (1 << raster.getSampleModel().getSampleSize(1)) - 1 : 1;
        for (int x = 0; x < width(); x++) {
            float value = WHITE * samples[x * bands] / most;
            float alpha = bands > 1 ? samples[x * bands + 1] / opaque : 1;
            value = alpha * value + (1 - alpha) * WHITE;
            for (int channel = 0; channel < channels(); channel++) {
                to[x * channels() + channel] = value;
            }
        }
    }
}

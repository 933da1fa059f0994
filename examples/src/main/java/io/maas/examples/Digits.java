package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.training.data.CsvOptions;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Handwritten digits, 8×8 pixels of 0 to 16; where they come from stands in DATA.md beside them. */
final class Digits {
    static final int SIDE = 8;
    static final int PIXELS = SIDE * SIDE;
    private static final String SHADES = " .:-=+*#@";

    private Digits() {}

    static Dataset load() {
        try (InputStream file = Digits.class.getResourceAsStream("digits.csv.gz");
                InputStream csv = new GZIPInputStream(Objects.requireNonNull(file))) {
            return Table.readCsv(csv, CsvOptions.defaults().withoutHeader()).dataset();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Draws images of {@code [rows, 64]} side by side, two characters a pixel. */
    static String draw(Tensor images) {
        FloatBuffer pixels = images.floats();
        int count = pixels.remaining() / PIXELS;
        StringBuilder drawing = new StringBuilder();
        for (int y = 0; y < SIDE; y++) {
            drawing.append("   ");
            for (int image = 0; image < count; image++) {
                for (int x = 0; x < SIDE; x++) {
                    char shade = SHADES.charAt((int) (pixels.get(image * PIXELS + y * SIDE + x) / 2));
                    drawing.append(shade).append(shade);
                }
                drawing.append("    ");
            }
            drawing.append('\n');
        }
        return drawing.toString();
    }

    /** The place of the largest score in each row of {@code [rows, classes]}. */
    static int[] answers(Tensor scores) {
        FloatBuffer values = scores.floats();
        int classes = (int) scores.shape().size(1);
        int[] answers = new int[(int) scores.shape().size(0)];
        for (int row = 0; row < answers.length; row++) {
            for (int i = 1; i < classes; i++) {
                if (values.get(row * classes + i) > values.get(row * classes + answers[row])) {
                    answers[row] = i;
                }
            }
        }
        return answers;
    }
}

package io.maas.examples;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Asks a network of handwritten digits which pixels its answer hangs on: the gradient of the winning score with respect to the
 * image, drawn below the digit. Red pixels speak for the answer where there is ink, blue ones against it.
 */
public final class Saliency {
    private static final int COUNT = 6;
    private static final int CELL = 22;
    private static final int GAP = 24;
    private static final int TOP = 56;
    private static final int LEFT = 96;
    private static final int PANEL = Digits.SIDE * CELL;
    private static final Color INK = new Color(0x22, 0x26, 0x2e);
    private static final Color QUIET = new Color(0x6b, 0x72, 0x80);
    private static final Color FOR = new Color(0xc0, 0x2f, 0x2f);
    private static final Color AGAINST = new Color(0x2b, 0x5c, 0xb8);

    private Saliency() {}

    public static void main(String[] args) throws IOException {
        Path picture =
                Path.of(args.length == 0 ? "target/saliency.png" : args[0]).toAbsolutePath();
        Files.createDirectories(picture.getParent());
        Split digits = Digits.load().stratifiedSplit(0.2, 42);
        Trained trained = Trainer.of(network(), Losses.softmaxCrossEntropy(), Optimizers.adam(2e-3))
                .withSeed(42)
                .fit(digits.train(), Fit.epochs(20).validateOn(digits.test()));
        Tensor images = digits.test().rows(0, COUNT).features();
        int[] answers =
                Digits.answers(trained.predict(Tensors.of("pixels", images)).get("scores"));
        draw(images, answers, gradient(trained.graph(), images, answers), picture.toFile());
        System.out.println("digits and what their answers hang on: " + picture);
    }

    private static Network network() {
        return Network.sequential(
                        Layers.scale(1.0 / 16), Layers.dense(Digits.PIXELS, 128), Layers.relu(), Layers.dense(128, 10))
                .named("pixels", "scores");
    }

    /** The gradient of each image's winning score with respect to its pixels, {@code [images, 64]}. */
    static float[] gradient(Graph network, Tensor images, int[] answers) {
        float[] chosen = new float[answers.length * 10];
        for (int i = 0; i < answers.length; i++) {
            chosen[i * 10 + answers[i]] = 1;
        }
        Graph asked = Gradients.of(network, "scores", List.of("pixels"));
        try (Program program = Backends.load().preferred().compile(asked, ProgramOptions.serving())) {
            return program.run(Tensors.of("pixels", images, "scores/weights", Tensor.of(chosen, answers.length, 10)))
                    .get("pixels/gradient")
                    .toFloatArray();
        }
    }

    private static void draw(Tensor images, int[] answers, float[] gradient, File file) {
        int width = LEFT + COUNT * (PANEL + GAP);
        int height = TOP + 2 * (PANEL + GAP) + 44;
        BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = canvas.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        pen.setColor(Color.WHITE);
        pen.fillRect(0, 0, width, height);
        float[] pixels = images.toFloatArray();
        label(pen, "digit", TOP + PANEL / 2);
        label(pen, "saliency", TOP + PANEL + GAP + PANEL / 2);
        for (int i = 0; i < COUNT; i++) {
            int left = LEFT + i * (PANEL + GAP);
            pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
            pen.setColor(INK);
            pen.drawString("answer " + answers[i], left, TOP - 14);
            panel(pen, left, TOP, i, place -> mix(INK, pixels[place] / 16));
            float largest = largest(gradient, i);
            panel(pen, left, TOP + PANEL + GAP, i, place -> {
                float share = gradient[place] / largest;
                return mix(share > 0 ? FOR : AGAINST, Math.abs(share));
            });
        }
        legend(pen, TOP + 2 * (PANEL + GAP) + 16);
        pen.dispose();
        try {
            ImageIO.write(canvas, "png", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Shade {
        Color at(int place);
    }

    private static void panel(Graphics2D pen, int left, int top, int image, Shade shade) {
        for (int place = 0; place < Digits.PIXELS; place++) {
            pen.setColor(shade.at(image * Digits.PIXELS + place));
            pen.fillRect(left + place % Digits.SIDE * CELL, top + place / Digits.SIDE * CELL, CELL, CELL);
        }
        pen.setColor(new Color(0xd1, 0xd5, 0xdb));
        pen.drawRect(left, top, PANEL, PANEL);
    }

    private static void label(Graphics2D pen, String text, int y) {
        pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        pen.setColor(QUIET);
        pen.drawString(text, LEFT - GAP / 2 - pen.getFontMetrics().stringWidth(text), y + 5);
    }

    private static void legend(Graphics2D pen, int y) {
        int x = LEFT;
        pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
        for (String text : List.of("ink here speaks for the answer", "ink here speaks against it")) {
            pen.setColor(text.contains(" for ") ? FOR : AGAINST);
            pen.fillRect(x, y - 13, 16, 16);
            pen.setColor(QUIET);
            pen.drawString(text, x + 24, y);
            x += 24 + pen.getFontMetrics().stringWidth(text) + 40;
        }
        pen.drawString("full colour: the largest gradient of its image", x, y);
    }

    private static float largest(float[] gradient, int image) {
        float largest = Float.MIN_NORMAL;
        for (int i = 0; i < Digits.PIXELS; i++) {
            largest = Math.max(largest, Math.abs(gradient[image * Digits.PIXELS + i]));
        }
        return largest;
    }

    /** White at 0, the colour at 1. */
    private static Color mix(Color colour, float share) {
        return new Color(mix(colour.getRed(), share), mix(colour.getGreen(), share), mix(colour.getBlue(), share));
    }

    private static int mix(int part, float share) {
        return Math.round(255 + (part - 255) * Math.min(1, share));
    }
}

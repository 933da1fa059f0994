package io.maas.training.metric;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Draws a confusion matrix. */
final class ConfusionPicture {
    private static final int MARGIN = 24;
    private static final int HEAD = 90;
    private static final int MAX_SIDE = 760;
    private static final int MAX_CELL = 84;
    private static final int MIN_CELL = 6;
    private static final int MAX_NAME = 18;
    private static final Font BOLD = Chart.PLAIN.deriveFont(Font.BOLD, 17f);

    private final ConfusionMatrix matrix;
    private final int cell;
    private final Graphics2D canvas;
    private final BufferedImage image;
    private final int left;

    private ConfusionPicture(ConfusionMatrix matrix) {
        this.matrix = matrix;
        this.cell = Math.max(MIN_CELL, Math.min(MAX_CELL, MAX_SIDE / matrix.classes()));
        this.left = MARGIN + nameWidth() + 2 * MARGIN;
        int side = matrix.classes() * cell;
        this.image = new BufferedImage(left + side + MARGIN, HEAD + side + MARGIN, BufferedImage.TYPE_INT_RGB);
        this.canvas = image.createGraphics();
    }

    static BufferedImage draw(ConfusionMatrix matrix) {
        ConfusionPicture picture = new ConfusionPicture(matrix);
        picture.draw();
        return picture.image;
    }

    private int nameWidth() {
        Graphics2D probe = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        FontMetrics metrics = probe.getFontMetrics(Chart.PLAIN);
        int widest = matrix.names().stream()
                .mapToInt(name -> metrics.stringWidth(shortened(name)))
                .max()
                .orElse(0);
        probe.dispose();
        return widest;
    }

    private static String shortened(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME - 1) + "…";
    }

    private void draw() {
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, image.getWidth(), image.getHeight());
        canvas.setColor(Chart.INK);
        canvas.setFont(BOLD);
        canvas.drawString("true ↓   predicted →", MARGIN, MARGIN + 12);
        canvas.setFont(Chart.PLAIN);
        for (int c = 0; c < matrix.classes(); c++) {
            names(c);
            for (int predicted = 0; predicted < matrix.classes(); predicted++) {
                cell(c, predicted);
            }
        }
        canvas.dispose();
    }

    private boolean hasRoomForText() {
        return cell >= canvas.getFontMetrics().getHeight();
    }

    private void names(int c) {
        if (!hasRoomForText()) {
            return;
        }
        canvas.setColor(Chart.INK);
        String name = shortened(matrix.names().get(c));
        FontMetrics metrics = canvas.getFontMetrics();
        int middle = HEAD + c * cell + (cell + metrics.getAscent()) / 2 - 2;
        canvas.drawString(name, left - MARGIN / 2 - metrics.stringWidth(name), middle);
        String above = fitted(name, metrics);
        canvas.drawString(above, left + c * cell + (cell - metrics.stringWidth(above)) / 2, HEAD - MARGIN / 2);
    }

    /** As much of a name as a column has room for. */
    private String fitted(String name, FontMetrics metrics) {
        String text = name;
        while (text.length() > 1 && metrics.stringWidth(text) > cell - 4) {
            text = text.substring(0, text.length() - 1);
        }
        return text;
    }

    private void cell(int actual, int predicted) {
        double share = ClassCounts.ratio(matrix.count(actual, predicted), matrix.actual(actual));
        int x = left + predicted * cell;
        int y = HEAD + actual * cell;
        canvas.setColor(shade(share));
        canvas.fillRect(x, y, cell - 1, cell - 1);
        String text = ConfusionMatrix.number(matrix.count(actual, predicted));
        FontMetrics metrics = canvas.getFontMetrics();
        if (hasRoomForText() && metrics.stringWidth(text) <= cell - 4) {
            canvas.setColor(share > 0.5 ? Color.WHITE : Chart.INK);
            canvas.drawString(
                    text, x + (cell - metrics.stringWidth(text)) / 2, y + (cell + metrics.getAscent()) / 2 - 2);
        }
    }

    /** From nearly white to blue; the root lets rare mistakes show. */
    private static Color shade(double share) {
        double depth = Math.sqrt(share);
        return new Color(
                mix(0xF4, Chart.BLUE.getRed(), depth),
                mix(0xF4, Chart.BLUE.getGreen(), depth),
                mix(0xF4, Chart.BLUE.getBlue(), depth));
    }

    private static int mix(int from, int to, double share) {
        return (int) Math.round(from + (to - from) * share);
    }
}

package io.maas.training.search;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Draws a search: scores in the order in which they came, over trials and over time with the best so far, and below one panel a
 * setting. Rungs are shades of blue, the darker the farther; what failed, or is far worse than the rest, stands at the edge.
 */
final class TrialPicture {
    private static final int WIDTH = 1260;
    private static final int MARGIN = 20;
    private static final int FOOT = 52;
    private static final int TOP_HEIGHT = 380;
    private static final int HEIGHT = 320;
    private static final int ACROSS = 3;
    private static final int FEW = 20;
    private static final double GOLDEN = 0.618033988749895;

    private final Space space;
    private final List<Entry> entries;
    private final ScoreScale scale;
    private final List<Integer> budgets;
    private final List<Entry> incumbents = new ArrayList<>();

    /** @param entries oldest first, at least one of them with a score */
    TrialPicture(Space space, Goal goal, List<Entry> entries) {
        this.space = space;
        this.entries = entries;
        this.scale = ScoreScale.of(goal, entries);
        this.budgets = entries.stream().map(Entry::budget).distinct().sorted().toList();
        Entry best = null;
        for (Entry entry : entries) {
            best = best == null || isBetter(goal, entry, best) ? entry : best;
            incumbents.add(best);
        }
    }

    private static boolean isBetter(Goal goal, Entry entry, Entry best) {
        Double score = entry.outcome().score();
        Double other = best.outcome().score();
        if (score == null || other == null) {
            return score != null;
        }
        return entry.budget() == best.budget() ? goal.compare(score, other) < 0 : entry.budget() > best.budget();
    }

    void write(Path png) throws IOException {
        int rows = (space.settings().size() + ACROSS - 1) / ACROSS;
        BufferedImage image =
                new BufferedImage(WIDTH, TOP_HEIGHT + rows * HEIGHT + FOOT + MARGIN, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, WIDTH, image.getHeight());
        drawCourse(canvas);
        for (int i = 0; i < space.settings().size(); i++) {
            int x = MARGIN + i % ACROSS * ((WIDTH - 2 * MARGIN) / ACROSS);
            drawSetting(
                    canvas,
                    x,
                    TOP_HEIGHT + i / ACROSS * HEIGHT,
                    space.settings().get(i));
        }
        drawLegend(canvas, image.getHeight() - FOOT / 2);
        canvas.dispose();
        try (OutputStream out = Files.newOutputStream(png)) {
            ImageIO.write(image, "png", out);
        }
    }

    // ---- over trials and time

    private void drawCourse(Graphics2D canvas) {
        int width = (WIDTH - 2 * MARGIN) / 2;
        double[] order =
                IntStream.rangeClosed(1, entries.size()).asDoubleStream().toArray();
        drawCourse(canvas, MARGIN, width, "Scores in the order they came", Axis.counting(entries.size()), order);
        double longest = entries.stream().mapToDouble(Entry::at).max().orElse(0);
        double unit = longest < 120 ? 1 : longest < 7200 ? 60 : 3600;
        String name = unit == 1 ? "seconds" : unit == 60 ? "minutes" : "hours";
        double[] times =
                entries.stream().mapToDouble(entry -> entry.at() / unit).toArray();
        Axis axis = Axis.linear(0, Math.max(longest / unit, 1e-3));
        drawCourse(canvas, MARGIN + width, width, "Scores over time, in " + name, axis, times);
    }

    private void drawCourse(Graphics2D canvas, int x, int width, String title, Axis axis, double[] at) {
        Panel panel = new Panel(canvas, x, MARGIN, width, TOP_HEIGHT - MARGIN, axis, scale.axis());
        panel.frame(title);
        List<double[]> steps = new ArrayList<>();
        for (int i = 0; i < at.length; i++) {
            Double score = incumbents.get(i).outcome().score();
            if (score != null) {
                steps.add(new double[] {at[i], scale.shown(score)});
            }
        }
        panel.steps(steps, Panel.ACCENT);
        for (int i = 0; i < at.length; i++) {
            drawDot(panel, at[i], entries.get(i));
        }
    }

    // ---- over the values of a setting

    private void drawSetting(Graphics2D canvas, int x, int y, Setting setting) {
        Axis axis = Axis.of(setting.range());
        Panel panel = new Panel(canvas, x, y, (WIDTH - 2 * MARGIN) / ACROSS, HEIGHT, axis, scale.axis());
        panel.frame(setting.name());
        // Few values are drawn a little beside themselves: trials of one value would hide each other.
        List<Object> values = setting.range().all();
        double spread = values != null && values.size() <= FEW && !axis.isLogarithmic() ? 0.4 : 0;
        for (Entry entry : entries) {
            Object value = entry.settings().find(setting.name());
            if (value != null) {
                double beside = spread * (frac(entry.job().trial() * GOLDEN) - 0.5);
                double at = setting.range() instanceof Range.Choice choice
                        ? choice.values().indexOf(value)
                        : ((Number) value).doubleValue();
                drawDot(panel, at + beside, entry);
            }
        }
    }

    private static double frac(double value) {
        return value - Math.floor(value);
    }

    private void drawDot(Panel panel, double at, Entry entry) {
        Double score = entry.outcome().score();
        if (score == null) {
            panel.cross(at, scale.worst(), Panel.FAINT);
        } else if (scale.isOutside(score)) {
            panel.triangle(at, scale.shown(score), color(entry), scale.isWorstOnTop());
        } else {
            panel.dot(at, score, color(entry), entry.equals(incumbents.get(incumbents.size() - 1)));
        }
    }

    // ---- the key

    /** From light to dark blue. */
    private Color color(Entry entry) {
        return color(budgets.indexOf(entry.budget()));
    }

    private Color color(int rung) {
        double share = budgets.size() == 1 ? 0.7 : (double) rung / (budgets.size() - 1);
        ToDoubleFunction<int[]> mix = ends -> ends[0] + share * (ends[1] - ends[0]);
        return new Color(
                (int) mix.applyAsDouble(new int[] {0x9E, 0x08}), (int) mix.applyAsDouble(new int[] {0xCA, 0x30}), (int)
                        mix.applyAsDouble(new int[] {0xE1, 0x6B}));
    }

    private void drawLegend(Graphics2D canvas, int y) {
        int x = MARGIN + 12;
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        canvas.setColor(Panel.ACCENT);
        canvas.setStroke(new BasicStroke(2.5f));
        canvas.drawLine(x, y, x + 28, y);
        x = drawText(canvas, x + 36, y, budgets.size() == 1 ? "best so far" : "best so far of those that got farthest");
        for (int i = 0; i < budgets.size(); i++) {
            Panel.dotAt(canvas, x + 6, y, color(i), false);
            x = drawText(canvas, x + 18, y, budgets.size() == 1 ? "trial" : "budget " + budgets.get(i));
        }
        Panel.dotAt(canvas, x + 6, y, color(budgets.size() - 1), true);
        x = drawText(canvas, x + 20, y, "best");
        if (entries.stream().anyMatch(entry -> entry.outcome().score() == null)) {
            Panel.crossAt(canvas, x + 6, y, Panel.FAINT);
            x = drawText(canvas, x + 18, y, "failed");
        }
        if (entries.stream().anyMatch(entry -> scale.isOutside(entry.outcome().score()))) {
            Panel.triangleAt(canvas, x + 6, y, color(budgets.size() - 1), scale.isWorstOnTop());
            drawText(canvas, x + 18, y, "much worse, beyond the edge");
        }
    }

    private static int drawText(Graphics2D canvas, int x, int y, String text) {
        canvas.setColor(Panel.INK);
        canvas.drawString(text, x, y + 5);
        return x + canvas.getFontMetrics().stringWidth(text) + 26;
    }
}

package io.maas.training.search;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.util.List;

/** One plot within a picture. */
final class Panel {
    // Okabe and Ito's vermilion against blues: told apart by all eyes, and on paper by their lightness.
    static final Color ACCENT = new Color(0xD55E00);
    static final Color INK = new Color(0x333333);
    static final Color FAINT = new Color(0x8C8C8C);

    private static final Color GRID = new Color(0xE6E6E6);
    private static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    private static final Font BOLD = new Font(Font.SANS_SERIF, Font.BOLD, 16);
    private static final int LEFT = 68;
    private static final int RIGHT = 22;
    private static final int HEAD = 44;
    private static final int FOOT = 40;
    private static final int INSET = 10;

    private final Graphics2D canvas;
    private final int left;
    private final int right;
    private final int top;
    private final int bottom;
    private final Axis across;
    private final Axis up;

    Panel(Graphics2D canvas, int x, int y, int width, int height, Axis across, Axis up) {
        this.canvas = canvas;
        this.left = x + LEFT;
        this.right = x + width - RIGHT;
        this.top = y + HEAD;
        this.bottom = y + height - FOOT;
        this.across = across;
        this.up = up;
    }

    private double x(double value) {
        return left + INSET + across.share(value) * (right - left - 2 * INSET);
    }

    private double y(double value) {
        return bottom - up.share(value) * (bottom - top);
    }

    /** The title, the grid and the labels of both axes. */
    void frame(String title) {
        canvas.setFont(BOLD);
        canvas.setColor(INK);
        canvas.drawString(title, left - LEFT + 12, top - 18);
        canvas.setFont(PLAIN);
        canvas.setStroke(new BasicStroke(1));
        FontMetrics metrics = canvas.getFontMetrics();
        for (Axis.Tick tick : up.ticks()) {
            int y = (int) Math.round(y(tick.value()));
            canvas.setColor(GRID);
            canvas.drawLine(left, y, right, y);
            canvas.setColor(INK);
            canvas.drawString(tick.label(), left - 8 - metrics.stringWidth(tick.label()), y + 5);
        }
        double free = Double.NEGATIVE_INFINITY;
        for (Axis.Tick tick : across.ticks()) {
            double half = metrics.stringWidth(tick.label()) / 2.0;
            double x = x(tick.value());
            canvas.setColor(GRID);
            canvas.drawLine((int) Math.round(x), bottom, (int) Math.round(x), bottom + 4);
            // Labels that would run into each other are left out.
            if (x - half > free) {
                canvas.setColor(INK);
                canvas.drawString(tick.label(), (float) (x - half), bottom + 21);
                free = x + half + 6;
            }
        }
        canvas.setColor(GRID);
        canvas.drawLine(left, bottom, right, bottom);
    }

    /** A line that goes on level until the next point. */
    void steps(List<double[]> points, Color color) {
        if (points.isEmpty()) {
            return;
        }
        Path2D path = new Path2D.Double();
        path.moveTo(x(points.get(0)[0]), y(points.get(0)[1]));
        for (double[] point : points) {
            path.lineTo(x(point[0]), path.getCurrentPoint().getY());
            path.lineTo(x(point[0]), y(point[1]));
        }
        canvas.setColor(color);
        canvas.setStroke(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        canvas.draw(path);
    }

    /** @param marked with a ring */
    void dot(double across, double up, Color color, boolean marked) {
        dotAt(canvas, x(across), y(up), color, marked);
    }

    void cross(double across, double up, Color color) {
        crossAt(canvas, x(across), y(up), color);
    }

    void triangle(double across, double up, Color color, boolean upward) {
        triangleAt(canvas, x(across), y(up), color, upward);
    }

    static void dotAt(Graphics2D canvas, double x, double y, Color color, boolean marked) {
        Ellipse2D dot = new Ellipse2D.Double(x - 4.5, y - 4.5, 9, 9);
        canvas.setColor(color);
        canvas.fill(dot);
        canvas.setColor(Color.WHITE);
        canvas.setStroke(new BasicStroke(1));
        canvas.draw(dot);
        if (marked) {
            canvas.setColor(ACCENT);
            canvas.setStroke(new BasicStroke(2.5f));
            canvas.draw(new Ellipse2D.Double(x - 7, y - 7, 14, 14));
        }
    }

    static void crossAt(Graphics2D canvas, double x, double y, Color color) {
        canvas.setColor(color);
        canvas.setStroke(new BasicStroke(1.8f));
        int left = (int) Math.round(x) - 4;
        int top = (int) Math.round(y) - 4;
        canvas.drawLine(left, top, left + 8, top + 8);
        canvas.drawLine(left, top + 8, left + 8, top);
    }

    static void triangleAt(Graphics2D canvas, double x, double y, Color color, boolean upward) {
        int tip = upward ? -6 : 6;
        int middle = (int) Math.round(x);
        int level = (int) Math.round(y);
        canvas.setColor(color);
        canvas.fill(new Polygon(
                new int[] {middle - 5, middle, middle + 5},
                new int[] {level - tip / 2, level + tip, level - tip / 2},
                3));
    }
}

package io.maas.training.loop;

import io.maas.training.metric.Png;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws loss and accuracy over the epochs as a PNG of {@value #WIDTH} × {@value #HEIGHT} pixels; needs no display.
 *
 * <p>For one training at a time.
 */
public final class LearningCurve implements TrainingListener {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 600;
    private static final int HEAD = 56;
    private static final int FOOT = 48;
    private static final int MARGIN = 20;
    // Okabe and Ito's blue and vermilion: told apart by all eyes, and on paper by their lightness.
    private static final Color TRAIN = new Color(0x0072B2);
    private static final Color VALIDATION = new Color(0xD55E00);
    private static final Color INK = new Color(0x333333);
    private static final Color GRID = new Color(0xE6E6E6);
    private static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
    private static final Font BOLD = new Font(Font.SANS_SERIF, Font.BOLD, 17);

    private final Path file;
    private final boolean live;
    private final List<EpochReport> reports = new ArrayList<>();

    private LearningCurve(Path file, boolean live) {
        this.file = file;
        this.live = live;
    }

    /** A listener that writes the picture when training ends. */
    public static LearningCurve to(Path png) {
        return new LearningCurve(png, false);
    }

    /**
     * A listener that writes the picture anew after each epoch, whole at every moment: for whoever watches. It costs about a tenth of a
     * second an epoch.
     */
    public static LearningCurve live(Path png) {
        return new LearningCurve(png, true);
    }

    /** @throws UncheckedIOException if the picture's folder does not exist: better known now than after training */
    @Override
    public void onStart(TrainingPlan plan) {
        reports.clear();
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw failure(new NoSuchFileException(folder.toString()));
        }
    }

    /** @throws UncheckedIOException if the picture is live and cannot be written */
    @Override
    public void onEpoch(EpochReport report) {
        if (live) {
            reports.add(report);
            draw(new History(reports, report.epoch()));
        }
    }

    /** @throws UncheckedIOException if the file cannot be written */
    @Override
    public void onEnd(History history, @Nullable Throwable failure) {
        if (!history.epochs().isEmpty()) {
            draw(history);
        }
    }

    private void draw(History history) {
        try {
            write(history, file);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static UncheckedIOException failure(IOException cause) {
        return new UncheckedIOException("learning curve cannot be written: " + cause.getMessage(), cause);
    }

    /**
     * Writes the picture of a history with at least one epoch.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(History history, Path png) throws IOException {
        BufferedImage image = draw(history.epochs());
        Png.write(image, png);
    }

    private static BufferedImage draw(List<EpochReport> epochs) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, WIDTH, HEIGHT);
        boolean counts = epochs.get(0).train().accuracy() != null;
        int width = (WIDTH - 2 * MARGIN) / (counts ? 2 : 1);
        XYChart loss = panel(width, epochs, Scores::loss);
        if (epochs.stream().noneMatch(LearningCurve::isNegative)) {
            loss.getStyler().setYAxisMin(0.0);
        }
        drawPanel(canvas, MARGIN, "Loss", loss);
        if (counts) {
            XYChart accuracy = panel(width, epochs, scores -> 100 * Objects.requireNonNull(scores.accuracy()));
            accuracy.getStyler().setYAxisMax(100.0).setYAxisDecimalPattern("0.# '%'");
            drawPanel(canvas, MARGIN + width, "Accuracy", accuracy);
        }
        drawLegend(canvas, epochs.get(0).validation() != null);
        canvas.dispose();
        return image;
    }

    private static boolean isNegative(EpochReport report) {
        Scores held = report.validation();
        return report.train().loss() < 0 || (held != null && held.loss() < 0);
    }

    // Titles and legend are drawn here: those of the charts would differ in height, and stand there twice.

    private static void drawPanel(Graphics2D canvas, int x, String title, XYChart chart) {
        chart.paint(
                (Graphics2D) canvas.create(x, HEAD, chart.getWidth(), chart.getHeight()),
                chart.getWidth(),
                chart.getHeight());
        canvas.setColor(INK);
        canvas.setFont(BOLD);
        canvas.drawString(title, x + MARGIN / 2, HEAD - 14);
    }

    private static void drawLegend(Graphics2D canvas, boolean validated) {
        int x = drawKey(canvas, MARGIN + MARGIN / 2, "training", TRAIN);
        if (validated) {
            drawKey(canvas, x, "validation", VALIDATION);
        }
    }

    private static int drawKey(Graphics2D canvas, int x, String text, Color color) {
        int y = HEIGHT - FOOT / 2;
        canvas.setColor(color);
        canvas.setStroke(new BasicStroke(3, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        canvas.drawLine(x, y, x + 28, y);
        canvas.setColor(INK);
        canvas.setFont(PLAIN);
        canvas.drawString(text, x + 38, y + 5);
        return x + 38 + canvas.getFontMetrics().stringWidth(text) + 32;
    }

    private static XYChart panel(int width, List<EpochReport> epochs, ToDoubleFunction<Scores> score) {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(HEIGHT - HEAD - FOOT)
                .xAxisTitle("epoch")
                .build();
        style(chart.getStyler(), epochs.size());
        double[] numbers = epochs.stream().mapToDouble(EpochReport::epoch).toArray();
        double[] train = epochs.stream()
                .mapToDouble(report -> score.applyAsDouble(report.train()))
                .toArray();
        draw(chart.addSeries("training", numbers, train), TRAIN, epochs.size());
        if (epochs.get(0).validation() != null) {
            double[] held = epochs.stream()
                    .mapToDouble(report -> score.applyAsDouble(Objects.requireNonNull(report.validation())))
                    .toArray();
            draw(chart.addSeries("validation", numbers, held), VALIDATION, epochs.size());
        }
        return chart;
    }

    private static void draw(XYSeries series, Color color, int epochs) {
        series.setLineColor(color);
        series.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        series.setMarkerColor(color);
        series.setMarker(epochs <= 15 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }

    private static void style(XYStyler styler, int epochs) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setAxisTicksMarksVisible(false);
        styler.setAxisTicksLineVisible(false);
        styler.setAxisTickLabelsFont(PLAIN);
        styler.setAxisTickLabelsColor(INK);
        styler.setAxisTitleFont(PLAIN);
        styler.setChartFontColor(INK);
        styler.setChartTitleVisible(false);
        styler.setLegendVisible(false);
        styler.setMarkerSize(6);
        styler.setChartPadding(MARGIN / 2);
        styler.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
        styler.setXAxisDecimalPattern("0");
        styler.setXAxisMaxLabelCount(Math.min(epochs, 10));
    }
}

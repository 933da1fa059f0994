package io.maas.training.loop;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws loss and accuracy over the epochs, {@value #WIDTH} × {@value #HEIGHT} pixels; needs no display.
 *
 * <p>Immutable and thread-safe.
 */
public final class LearningCurve implements TrainingListener {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 600;
    // Okabe and Ito's blue and vermilion: told apart by all eyes, and on paper by their lightness.
    private static final Color TRAIN = new Color(0x0072B2);
    private static final Color VALIDATION = new Color(0xD55E00);
    private static final Color INK = new Color(0x333333);
    private static final Color GRID = new Color(0xE6E6E6);

    private final Path file;

    private LearningCurve(Path file) {
        this.file = file;
    }

    /** A listener that writes the picture when training ends. */
    public static LearningCurve to(Path png) {
        return new LearningCurve(png);
    }

    @Override
    public void onEpoch(EpochReport report) {}

    /** @throws UncheckedIOException if the file cannot be written */
    @Override
    public void onEnd(History history) {
        if (history.epochs().isEmpty()) {
            return;
        }
        try {
            write(history, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the picture of a history with at least one epoch.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(History history, Path png) throws IOException {
        List<XYChart> panels = panels(history.epochs());
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        int width = WIDTH / panels.size();
        for (int i = 0; i < panels.size(); i++) {
            canvas.drawImage(BitmapEncoder.getBufferedImage(panels.get(i)), i * width, 0, null);
        }
        canvas.dispose();
        try (var out = Files.newOutputStream(png)) {
            ImageIO.write(image, "png", out);
        }
    }

    private static List<XYChart> panels(List<EpochReport> epochs) {
        boolean counts = epochs.get(0).train().accuracy() != null;
        int width = counts ? WIDTH / 2 : WIDTH;
        List<XYChart> panels = new ArrayList<>();
        panels.add(panel("Loss", width, epochs, Scores::loss));
        if (counts) {
            XYChart accuracy = panel("Accuracy (%)", width, epochs, LearningCurve::percent);
            panels.add(accuracy);
        }
        return panels;
    }

    private static @Nullable Double percent(Scores scores) {
        Double accuracy = scores.accuracy();
        return accuracy == null ? null : 100 * accuracy;
    }

    private static XYChart panel(
            String title, int width, List<EpochReport> epochs, Function<Scores, @Nullable Double> score) {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("Epoch")
                .build();
        style(chart.getStyler(), epochs.size());
        List<Integer> numbers = epochs.stream().map(EpochReport::epoch).toList();
        List<Double> train = epochs.stream()
                .map(report -> Objects.requireNonNull(score.apply(report.train())))
                .toList();
        draw(chart.addSeries("train", numbers, train), TRAIN, epochs.size());
        if (epochs.get(0).validation() != null) {
            List<Double> held = epochs.stream()
                    .map(report -> Objects.requireNonNull(score.apply(Objects.requireNonNull(report.validation()))))
                    .toList();
            draw(chart.addSeries("validation", numbers, held), VALIDATION, epochs.size());
        }
        return chart;
    }

    private static void draw(XYSeries series, Color color, int epochs) {
        series.setLineColor(color);
        series.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        series.setMarkerColor(color);
        series.setMarker(epochs <= 20 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }

    private static void style(XYStyler styler, int epochs) {
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setAxisTicksMarksVisible(false);
        styler.setAxisTickLabelsFont(plain);
        styler.setAxisTickLabelsColor(INK);
        styler.setAxisTitleFont(plain);
        styler.setChartFontColor(INK);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
        styler.setChartTitleBoxVisible(false);
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendFont(plain);
        styler.setMarkerSize(6);
        styler.setChartPadding(16);
        styler.setXAxisDecimalPattern("0");
        styler.setXAxisMaxLabelCount(Math.min(epochs, 10));
    }
}

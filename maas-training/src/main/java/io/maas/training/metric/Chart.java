package io.maas.training.metric;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** One drawing of lines and points over two axes. */
final class Chart {
    static final Color INK = new Color(0x333333);
    // Okabe and Ito's blue and grey.
    static final Color BLUE = new Color(0x0072B2);
    static final Color GREY = new Color(0x999999);
    static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    private final XYChart chart;

    Chart(int width, int height, String title, String x, String y) {
        chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler()
                .setXAxisMaxLabelCount(10)
                .setAxisTickLabelsFont(PLAIN)
                .setAxisTitleFont(PLAIN)
                .setChartBackgroundColor(Color.WHITE)
                .setChartFontColor(INK)
                .setLegendFont(PLAIN)
                .setLegendPosition(LegendPosition.InsideNW);
    }

    /** A grey line that says how it should be. */
    Chart ideal(String name, double[] x, double[] y) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE).setLineColor(GREY);
        series.setLineStyle(new BasicStroke(1.5f));
        return this;
    }

    Chart points(String name, double[] x, double[] y, boolean joined) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(new Color(0, 0x72, 0xB2, joined ? 255 : 90));
        series.setLineColor(BLUE);
        if (!joined) {
            series.setLineStyle(SeriesLines.NONE);
        }
        return this;
    }

    BufferedImage image() {
        return BitmapEncoder.getBufferedImage(chart);
    }
}

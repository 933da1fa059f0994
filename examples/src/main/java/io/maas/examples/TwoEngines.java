package io.maas.examples;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.training.data.Batches;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Trainer;
import io.maas.training.loop.TrainingStep;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Trains the same network from the same weights on the same batches with every engine on the class path, and draws their losses
 * into one picture: one line in the recipe is all that differs.
 */
public final class TwoEngines {
    private static final int STEPS = 100;
    private static final int BATCH = 64;
    private static final List<Color> COLORS = List.of(new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73));

    private TwoEngines() {}

    public static void main(String[] args) throws IOException {
        Path picture =
                Path.of(args.length == 0 ? "target/two-engines.png" : args[0]).toAbsolutePath();
        Files.createDirectories(picture.getParent());
        Map<String, double[]> curves = new LinkedHashMap<>();
        for (Backend engine : Backends.load().all()) {
            curves.put(engine.name(), losses(engine, Digits.load()));
        }
        curves.forEach(
                (name, losses) -> System.out.printf("%-12s loss %.6f to %.6f%n", name, losses[0], losses[STEPS - 1]));
        System.out.printf("largest relative difference in %d steps: %.1e%n", STEPS, difference(curves));
        draw(curves, picture);
        System.out.println("their learning curves: " + picture);
    }

    private static double[] losses(Backend engine, Dataset digits) {
        Network network = Network.sequential(
                Layers.scale(1.0 / 16), Layers.dense(Digits.PIXELS, 128), Layers.relu(), Layers.dense(128, 10));
        Trainer recipe = Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(2e-3))
                .withSeed(42)
                .withBackend(engine);
        Batches batches = Batches.of(digits, BATCH);
        batches.shuffle(new SplittableRandom(42));
        try (TrainingStep step = recipe.newStep(digits)) {
            return IntStream.range(0, STEPS)
                    .mapToDouble(i ->
                            step.step(batches.batch(i % (batches.count() - 1))).loss())
                    .toArray();
        }
    }

    /** The largest relative difference between the first curve and any other. */
    static double difference(Map<String, double[]> curves) {
        double[] first = curves.values().iterator().next();
        return curves.values().stream()
                .flatMapToDouble(other ->
                        IntStream.range(0, STEPS).mapToDouble(i -> Math.abs(other[i] - first[i]) / Math.abs(first[i])))
                .max()
                .orElse(0);
    }

    private static void draw(Map<String, double[]> curves, Path picture) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(520)
                .title("The same training on " + String.join(" and ", curves.keySet()))
                .xAxisTitle("step")
                .yAxisTitle("loss of the batch")
                .build();
        double[] steps = IntStream.rangeClosed(1, STEPS).asDoubleStream().toArray();
        int index = 0;
        for (Map.Entry<String, double[]> curve : curves.entrySet()) {
            XYSeries series = chart.addSeries(curve.getKey(), steps, Arrays.copyOf(curve.getValue(), STEPS));
            series.setMarker(SeriesMarkers.NONE);
            series.setLineColor(COLORS.get(index % COLORS.size()));
            // A wide line below a narrow one: both show where they lie on each other.
            series.setLineStyle(new BasicStroke(index == 0 ? 7 : 2));
            index++;
        }
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0);
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", picture.toFile());
    }
}

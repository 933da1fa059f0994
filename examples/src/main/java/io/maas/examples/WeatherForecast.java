package io.maas.examples;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Schedule;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.metric.Metrics;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Forecasts tomorrow's highest temperature from the two weeks before with an LSTM: it learns from three years and is measured on
 * the year behind them, against "as today" and "as on this day last year".
 *
 * <p>Arguments: the picture's file (target/weather.png), the number of epochs (20).
 */
public final class WeatherForecast {
    private static final int BEFORE = 14;

    private WeatherForecast() {}

    public static void main(String[] args) throws IOException {
        Path picture = Path.of(args.length > 0 ? args[0] : "target/weather.png").toAbsolutePath();
        int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        Weather weather = Weather.load();
        int start = weather.first(2015);
        double[] forecast = forecast(weather, start, epochs);

        System.out.printf("root mean squared error over %d days of 2015, in °C%n", forecast.length);
        double[] truth = weather.highest(start, forecast.length);
        print("LSTM", forecast, truth);
        print("as today", weather.highest(start - 1, forecast.length), truth);
        print("as last year", weather.highest(start - 365, forecast.length), truth);
        draw(forecast, truth, picture);
        System.out.println("forecast and truth: " + picture);
    }

    /** What is forecast for each day from {@code start} on. */
    private static double[] forecast(Weather weather, int start, int epochs) {
        Dataset past = weather.windows(BEFORE, BEFORE, start);
        long steps = (long) epochs * ((past.rows() + Fit.DEFAULT_BATCH_SIZE - 1) / Fit.DEFAULT_BATCH_SIZE);
        return Trainer.of(
                        network(),
                        Losses.meanSquared(),
                        Optimizers.scheduled(Optimizers.adamW(3e-3, 1e-2), Schedule.cosine(steps)))
                .withSeed(1)
                .fit(past, Fit.epochs(epochs))
                .predict(Tensors.of(
                        "days", weather.windows(BEFORE, start, weather.days()).features()))
                .get("tomorrow")
                .toDoubleArray();
    }

    /** Learns the step from today to tomorrow; takes measures as they are, and brings them to about 1 itself. */
    private static Network network() {
        return Network.of(List.of(Input.floats("days", BEFORE, Weather.MEASURES)), (scope, in) -> {
            GraphBuilder b = scope.graph();
            Value days = in.get("days");
            Value scaled =
                    b.mul(days, b.constant(Tensor.of(new float[] {0.1f, 0.1f, 0.1f, 0.3f, 1, 1}, Weather.MEASURES)));
            Value change = scope.apply(Layers.sequential(Layers.lstm(16).lastState(), Layers.dense(1)), scaled);
            Value today = b.node(
                    Op.SLICE,
                    Attributes.none(),
                    days,
                    b.longs(BEFORE - 1, Weather.HIGHEST),
                    b.longs(BEFORE, Weather.HIGHEST + 1),
                    b.longs(1, 2));
            return NamedValues.of("tomorrow", b.add(b.reshape(today, -1, 1), b.mul(change, 10)));
        });
    }

    private static void print(String name, double[] forecast, double[] truth) {
        Tensor given = Tensor.of(forecast, forecast.length, 1);
        System.out.printf("%-12s %.2f%n", name, Metrics.rmse().of(given, Tensor.of(truth, truth.length, 1)));
    }

    private static void draw(double[] forecast, double[] truth, Path picture) throws IOException {
        double[] days =
                IntStream.rangeClosed(1, forecast.length).asDoubleStream().toArray();
        new LineChart(1100, 450, "day of 2015", "highest temperature in Seattle, °C")
                .line("measured", days, truth)
                .line("forecast the day before", days, forecast)
                .write(picture);
    }
}

package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The weather of Seattle from 2012 to 2015, day by day; where it comes from stands in DATA.md beside it.
 *
 * @param dates one after the other, without a gap
 * @param measures of each day: rain in mm, highest and lowest temperature in °C, wind, and the season as a point on a circle
 */
record Weather(List<LocalDate> dates, List<float[]> measures) {
    static final int MEASURES = 6;
    /** The place of the highest temperature. */
    static final int HIGHEST = 1;

    static Weather load() {
        try (BufferedReader csv = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Weather.class.getResourceAsStream("seattle-weather.csv")),
                StandardCharsets.UTF_8))) {
            List<String[]> cells =
                    csv.lines().skip(1).map(line -> line.split(",", -1)).toList();
            return new Weather(
                    cells.stream().map(day -> LocalDate.parse(day[0])).toList(),
                    cells.stream().map(Weather::measures).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] measures(String[] day) {
        double season = 2 * Math.PI * LocalDate.parse(day[0]).getDayOfYear() / 365.25;
        return new float[] {
            Float.parseFloat(day[1]),
            Float.parseFloat(day[2]),
            Float.parseFloat(day[3]),
            Float.parseFloat(day[4]),
            (float) Math.sin(season),
            (float) Math.cos(season)
        };
    }

    int days() {
        return dates.size();
    }

    /** The number of the first day of a year. */
    int first(int year) {
        return dates.indexOf(LocalDate.of(year, 1, 1));
    }

    private double highest(int day) {
        return measures.get(day)[HIGHEST];
    }

    /** The highest temperatures of so many days from this one on. */
    double[] highest(int from, int count) {
        return IntStream.range(from, from + count).mapToDouble(this::highest).toArray();
    }

    /** For each day from {@code from} to before {@code to}: the days before it, and its highest temperature as the target. */
    Dataset windows(int before, int from, int to) {
        float[] features = new float[(to - from) * before * MEASURES];
        float[] targets = new float[to - from];
        for (int day = from; day < to; day++) {
            for (int i = 0; i < before; i++) {
                int at = ((day - from) * before + i) * MEASURES;
                System.arraycopy(measures.get(day - before + i), 0, features, at, MEASURES);
            }
            targets[day - from] = (float) highest(day);
        }
        return Dataset.of(Tensor.of(features, to - from, before, MEASURES), Tensor.of(targets));
    }
}

package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Columns of numbers as numbers: filled, made logarithmic, clipped and scaled, in this order, each only where it is asked for.
 *
 * <pre>{@code
 * Numbers.of("age", "fare").fillMedian().indicateMissing().clip(0.01, 0.99).standardize()
 * }</pre>
 *
 * Statistics of each setting are those of the values that the settings before it leave. A missing value (NaN) is refused where
 * nothing fills it, and so is whatever gives no finite float32, in training and in service.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 *
 * @see "scikit-learn, SimpleImputer, StandardScaler, MinMaxScaler, RobustScaler: the same numbers"
 */
public final class Numbers extends Transformation {
    enum Fill {
        NONE,
        MEAN,
        MEDIAN,
        CONSTANT
    }

    enum Clip {
        NONE,
        BOUNDS,
        QUANTILES
    }

    enum Scale {
        NONE,
        STANDARD,
        MIN_MAX,
        ROBUST
    }

    /**
     * All settings.
     *
     * @param constant what {@link Fill#CONSTANT} fills in
     * @param low the lower bound or quantile
     * @param high the upper one
     */
    record Settings(
            Fill fill,
            double constant,
            boolean indicating,
            boolean log,
            Clip clip,
            double low,
            double high,
            Scale scale) {
        static final Settings NONE = new Settings(Fill.NONE, 0, false, false, Clip.NONE, 0, 0, Scale.NONE);

        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            switch (fill) {
                case MEAN -> parts.add("fill mean");
                case MEDIAN -> parts.add("fill median");
                case CONSTANT -> parts.add("fill " + constant);
                case NONE -> {}
            }
            if (indicating) {
                parts.add("indicate missing");
            }
            if (log) {
                parts.add("log1p");
            }
            if (clip != Clip.NONE) {
                parts.add("clip " + (clip == Clip.QUANTILES ? "quantiles " : "") + low + ".." + high);
            }
            switch (scale) {
                case STANDARD -> parts.add("standardize");
                case MIN_MAX -> parts.add("min-max");
                case ROBUST -> parts.add("robust");
                case NONE -> {}
            }
            return String.join(", ", parts);
        }
    }

    private final Settings settings;

    private Numbers(List<String> columns, String output, Settings settings) {
        super(columns, output);
        this.settings = settings;
    }

    /** The numbers as they are. */
    public static Numbers of(String... columns) {
        return of(List.of(columns));
    }

    /** The numbers as they are. */
    public static Numbers of(List<String> columns) {
        return new Numbers(columns, Preprocessing.FEATURES, Settings.NONE);
    }

    private Numbers with(Settings other) {
        return new Numbers(columns(), output(), other);
    }

    /** Puts the mean of the other values in place of missing ones; 0 if all are missing. */
    public Numbers fillMean() {
        return fill(Fill.MEAN, 0);
    }

    /** Puts the exact median of the other values in place of missing ones; 0 if all are missing. */
    public Numbers fillMedian() {
        return fill(Fill.MEDIAN, 0);
    }

    /** Puts a number in place of missing ones. */
    public Numbers fill(double constant) {
        Require.that(Double.isFinite(constant), "constant", constant, "a finite number");
        return fill(Fill.CONSTANT, constant);
    }

    private Numbers fill(Fill fill, double constant) {
        Settings s = settings;
        return with(new Settings(fill, constant, s.indicating, s.log, s.clip, s.low, s.high, s.scale));
    }

    /** Adds a value for each column behind those of all: 1 where it was missing, else 0. */
    public Numbers indicateMissing() {
        Settings s = settings;
        return with(new Settings(s.fill, s.constant, true, s.log, s.clip, s.low, s.high, s.scale));
    }

    /** Takes {@code log(1 + x)}; numbers up to -1 are refused. */
    public Numbers log1p() {
        Settings s = settings;
        return with(new Settings(s.fill, s.constant, s.indicating, true, s.clip, s.low, s.high, s.scale));
    }

    /** Moves what is outside of the bounds onto them. */
    public Numbers clip(double low, double high) {
        Require.that(low < high, "low", low, "low < high, which is " + high);
        return clip(Clip.BOUNDS, low, high);
    }

    /** Moves what is outside of two quantiles of the training data onto them, such as 0.01 and 0.99. */
    public Numbers clipQuantiles(double low, double high) {
        Require.that(0 <= low && low < high && high <= 1, "low", low, "0 <= low < high <= 1, high is " + high);
        return clip(Clip.QUANTILES, low, high);
    }

    private Numbers clip(Clip clip, double low, double high) {
        Settings s = settings;
        return with(new Settings(s.fill, s.constant, s.indicating, s.log, clip, low, high, s.scale));
    }

    /**
     * Subtracts the mean and divides by the standard deviation (that of the data at hand, divided by {@code n}); a constant column
     * becomes 0.
     */
    public Numbers standardize() {
        return scale(Scale.STANDARD);
    }

    /** Maps the least value to 0 and the greatest to 1; a constant column becomes 0. */
    public Numbers minMax() {
        return scale(Scale.MIN_MAX);
    }

    /** Subtracts the median and divides by the distance of the quartiles, or by 1 where that is 0. */
    public Numbers robust() {
        return scale(Scale.ROBUST);
    }

    private Numbers scale(Scale scale) {
        Settings s = settings;
        return with(new Settings(s.fill, s.constant, s.indicating, s.log, s.clip, s.low, s.high, scale));
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public Numbers into(String output) {
        return new Numbers(columns(), output, settings);
    }

    @Override
    Fitting fit(Tensors first) {
        List<RawColumn> raw = new ArrayList<>();
        for (String name : columns()) {
            raw.add(numeric(RawColumn.of(name, first)));
        }
        return new NumbersFitting(raw, output(), settings);
    }

    static RawColumn numeric(RawColumn column) {
        boolean fits = (column.dataType() == DataType.FLOAT64 || column.dataType() == DataType.INT64)
                && column.row().rank() == 0;
        if (!fits) {
            throw new InvalidInputException("column " + Require.quote(column.name()) + ": " + column.dataType()
                    + column.batch()
                    + " (expected: numbers, FLOAT64 or INT64 [rows]); use Categories or HashBuckets for"
                    + " text, or DateParts for dates");
        }
        return column;
    }

    @Override
    String line() {
        String text = settings.toString();
        return "numbers(" + String.join(", ", columns()) + (text.isEmpty() ? "" : ": " + text) + ")";
    }

    /** The statistic that a phase of fitting needs, or null for none. */
    static @Nullable Statistic statistic(NumbersFitting.Phase phase, Settings settings) {
        return switch (phase) {
            case FILL ->
                switch (settings.fill) {
                    case NONE, CONSTANT -> null;
                    case MEAN -> new Moments();
                    case MEDIAN -> new Quantiles(0.5);
                };
            case CLIP -> settings.clip == Clip.QUANTILES ? new Quantiles(settings.low, settings.high) : null;
            case SCALE ->
                switch (settings.scale) {
                    case NONE -> null;
                    case STANDARD, MIN_MAX -> new Moments();
                    case ROBUST -> new Quantiles(0.25, 0.5, 0.75);
                };
        };
    }
}

package io.maas.training.preprocessing;

import com.google.common.primitives.Doubles;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.List;

/**
 * A column of images of one size, uint8 {@code [rows, height, width, channels]} or {@code [rows, height, width]}, as float32 {@code
 * [rows, channels, height, width]} from 0 to 1, or then {@code (x - mean) / deviation} of each channel. It is alone in its output.
 *
 * <p>Immutable and thread-safe; the other methods give changed copies.
 */
public final class Images extends Transformation {
    /**
     * All settings.
     *
     * @param fitted whether mean and deviation are those of the training data
     * @param means one a channel; empty for none
     */
    record Settings(boolean channelsFirst, boolean fitted, List<Double> means, List<Double> deviations) {
        @Override
        public String toString() {
            return (channelsFirst ? "channels first" : "channels last")
                    + (fitted
                            ? ", standardize"
                            : means.isEmpty() ? "" : ", mean " + means + ", deviation " + deviations);
        }
    }

    private final Settings settings;

    private Images(String column, String output, Settings settings) {
        super(List.of(column), output);
        this.settings = settings;
    }

    /** Scaled by 1/255. */
    public static Images of(String column) {
        return new Images(column, Preprocessing.FEATURES, new Settings(false, false, List.of(), List.of()));
    }

    /** For images {@code [rows, channels, height, width]}. */
    public Images channelsFirst() {
        return new Images(
                columns().get(0), output(), new Settings(true, settings.fitted, settings.means, settings.deviations));
    }

    /**
     * Standardizes with given numbers, such as those that a network was trained with elsewhere.
     *
     * @param means one a channel, of values from 0 to 1
     * @param deviations one a channel, positive
     */
    public Images normalize(double[] means, double[] deviations) {
        Require.that(
                means.length > 0 && means.length == deviations.length,
                "means",
                means.length,
                "one for each of the " + deviations.length + " deviations");
        Doubles.asList(deviations).forEach(each -> Require.positive(each, "deviation"));
        return new Images(
                columns().get(0),
                output(),
                new Settings(
                        settings.channelsFirst,
                        false,
                        List.copyOf(Doubles.asList(means)),
                        List.copyOf(Doubles.asList(deviations))));
    }

    /** Standardizes each channel with the mean and the standard deviation of all its pixels in the training data. */
    public Images standardize() {
        return new Images(columns().get(0), output(), new Settings(settings.channelsFirst, true, List.of(), List.of()));
    }

    /** For another output than {@value Preprocessing#FEATURES}. */
    public Images into(String output) {
        return new Images(columns().get(0), output, settings);
    }

    @Override
    Fitting fit(Tensors first) {
        RawColumn column = RawColumn.of(columns().get(0), first);
        boolean fits = column.dataType() == DataType.UINT8
                && (column.row().rank() == 3 || (column.row().rank() == 2 && !settings.channelsFirst));
        if (!fits) {
            throw new InvalidInputException("column " + Require.quote(column.name()) + ": " + column.dataType()
                    + column.batch() + " (expected: UINT8 [rows, height, width, channels] or [rows, height, width], or"
                    + " [rows, channels, height, width] with channelsFirst())");
        }
        int channels = channels(column.row());
        Require.that(
                settings.means.isEmpty() || settings.means.size() == channels,
                "means",
                settings.means.size(),
                "one for each of the " + channels + " channels");
        return new ImageFitting(column, output(), settings, channels);
    }

    private int channels(Shape row) {
        return row.rank() == 2 ? 1 : Math.toIntExact(row.size(settings.channelsFirst ? 0 : 2));
    }

    @Override
    String line() {
        return "images(" + columns().get(0) + ": " + settings + ")";
    }
}

package io.maas.training.metric;

import com.google.common.collect.ImmutableList;
import io.maas.error.Require;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How often each class was taken for each class. Counts are weights where rows are weighted.
 *
 * <p>Immutable and thread-safe.
 */
public final class ConfusionMatrix {
    private final List<String> names;
    private final double[][] counts;

    private ConfusionMatrix(List<String> names, double[][] counts) {
        this.names = names;
        this.counts = counts;
    }

    /** Measures the table of classes, or of no and yes. */
    public static Measure<ConfusionMatrix> measure() {
        return Sums::new;
    }

    /** As {@link #measure()}, with names for the classes, class 0 first. */
    public static Measure<ConfusionMatrix> measure(List<String> names) {
        List<String> kept = List.copyOf(names);
        return () -> new Measure.Running<>() {
            private final Sums sums = new Sums();

            @Override
            public void add(Portion portion) {
                sums.add(portion);
            }

            @Override
            public ConfusionMatrix value() {
                return sums.value().withNames(kept);
            }
        };
    }

    private static final class Sums implements Measure.Running<ConfusionMatrix> {
        private double[][] counts = {};

        @Override
        public void add(Portion portion) {
            grow(portion.width());
            double threshold = portion.threshold();
            if (portion.kind() == Portion.Kind.CLASSES) {
                portion.classes((scores, actual, weight) -> counts[actual][ClassCounts.highest(scores)] += weight);
            } else {
                portion.answers((label, score, actual, weight) -> {
                    Require.that(label == 0, "labels", portion.width(), "one question; measure the columns one by one");
                    counts[actual ? 1 : 0][score >= threshold ? 1 : 0] += weight;
                });
            }
        }

        private void grow(int classes) {
            if (counts.length < classes) {
                double[][] larger = new double[classes][classes];
                for (int i = 0; i < counts.length; i++) {
                    System.arraycopy(counts[i], 0, larger[i], 0, counts.length);
                }
                counts = larger;
            }
        }

        @Override
        public ConfusionMatrix value() {
            Mean.requireSome("confusion matrix", counts.length);
            List<String> numbers =
                    IntStream.range(0, counts.length).mapToObj(String::valueOf).toList();
            return new ConfusionMatrix(
                    numbers, Arrays.stream(counts).map(double[]::clone).toArray(double[][]::new));
        }
    }

    /**
     * With names for the classes, class 0 first.
     *
     * @throws IllegalArgumentException unless there is one for each class
     */
    public ConfusionMatrix withNames(List<String> others) {
        Require.that(others.size() == classes(), "names", others.size(), "one for each of " + classes() + " classes");
        return new ConfusionMatrix(ImmutableList.copyOf(others), counts);
    }

    /** The number of classes. */
    public int classes() {
        return counts.length;
    }

    /** The names of the classes; their numbers, unless others were given. */
    public List<String> names() {
        return names;
    }

    /** How often a class was taken for another, or for itself. */
    public double count(int actual, int predicted) {
        Require.in(0, actual, classes(), "actual");
        Require.in(0, predicted, classes(), "predicted");
        return counts[actual][predicted];
    }

    /** How often a class is true. */
    public double actual(int c) {
        Require.in(0, c, classes(), "class");
        return Arrays.stream(counts[c]).sum();
    }

    /** How often a class was predicted. */
    public double predicted(int c) {
        Require.in(0, c, classes(), "class");
        return Arrays.stream(counts).mapToDouble(row -> row[c]).sum();
    }

    /** All that was counted. */
    public double total() {
        return IntStream.range(0, classes()).mapToDouble(this::actual).sum();
    }

    /** The share that lies on the diagonal; 0 if nothing was counted. */
    public double accuracy() {
        return ClassCounts.ratio(
                IntStream.range(0, classes()).mapToDouble(c -> counts[c][c]).sum(), total());
    }

    /** The share of what was predicted as a class that is of it; 0 if nothing was. */
    public double precision(int c) {
        return ClassCounts.ratio(count(c, c), predicted(c));
    }

    /** The share of a class that was predicted as such; 0 if there is none of it. */
    public double recall(int c) {
        return ClassCounts.ratio(count(c, c), actual(c));
    }

    /** The harmonic mean of {@link #precision} and {@link #recall}; 0 without hits. */
    public double f1(int c) {
        return ClassCounts.ratio(2 * count(c, c), predicted(c) + actual(c));
    }

    /** A table for people: a row for each true class, a column for each predicted one, and the recall and precision of each. */
    public String table() {
        int width = names.stream().mapToInt(String::length).max().orElse(1);
        for (double[] row : counts) {
            for (double count : row) {
                width = Math.max(width, number(count).length());
            }
        }
        width = Math.max(width, "100.0 %".length());
        StringBuilder text = new StringBuilder();
        line(text, width, "true \\ said", names, "recall");
        for (int c = 0; c < classes(); c++) {
            line(
                    text,
                    width,
                    names.get(c),
                    Arrays.stream(counts[c]).mapToObj(ConfusionMatrix::number).toList(),
                    share(recall(c)));
        }
        List<String> precisions =
                IntStream.range(0, classes()).mapToObj(c -> share(precision(c))).toList();
        line(text, width, "precision", precisions, share(accuracy()));
        return text.toString();
    }

    private static void line(StringBuilder text, int width, String first, List<String> cells, String last) {
        int head = Math.max(width, "true \\ said".length());
        text.append(first).append(" ".repeat(Math.max(0, head - first.length())));
        cells.forEach(cell -> text.append("  ").append(pad(cell, width)));
        text.append("  ").append(pad(last, "100.0 %".length())).append('\n');
    }

    private static String pad(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    static String number(double count) {
        return count == Math.rint(count) ? String.valueOf((long) count) : String.format(Locale.ROOT, "%.2f", count);
    }

    private static String share(double value) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }

    /**
     * Draws the table as a PNG: the darker a cell, the larger the share of its true class.
     *
     * @throws IOException if it cannot be written
     */
    public void writePicture(Path png) throws IOException {
        Png.write(ConfusionPicture.draw(this), png);
    }

    /** {@link #table}. */
    @Override
    public String toString() {
        return table();
    }
}

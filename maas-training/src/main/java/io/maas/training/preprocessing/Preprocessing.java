package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import io.maas.training.data.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of what becomes of raw columns before a network sees them.
 *
 * <pre>{@code
 * Preprocessing recipe = Preprocessing.of(
 *                 Numbers.of("age", "fare").fillMedian().indicateMissing().standardize(),
 *                 Categories.of("sex", "embarked").unseen(Unseen.ALL_ZERO))
 *         .predicting(Target.classes("survived").withLabels());
 * FittedPreprocessing fitted = recipe.fit(train);       // statistics and vocabularies of the training rows alone
 * Trained trained = trainer.fit(fitted.apply(train), Fit.epochs(20).validateOn(fitted.apply(test)));
 * Artifact artifact = trained.withPreprocessing(fitted).toArtifact();   // takes raw columns
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class Preprocessing {
    /** The output that steps write to unless they name another: the first input of a network. */
    public static final String FEATURES = "features";

    /** The rows that are read at once; statistics do not depend on it. */
    private static final int PORTION = 1 << 12;

    private final List<Transformation> steps;
    private final @Nullable Target target;

    private Preprocessing(List<Transformation> steps, @Nullable Target target) {
        this.steps = List.copyOf(steps);
        this.target = target;
    }

    /** The steps in the order of their features. */
    public static Preprocessing of(Transformation... steps) {
        Require.that(steps.length > 0, "steps", 0, "at least one");
        return new Preprocessing(List.of(steps), null);
    }

    /** With one more step behind the others. */
    public Preprocessing with(Transformation step) {
        List<Transformation> more = new ArrayList<>(steps);
        more.add(step);
        return new Preprocessing(more, target);
    }

    /** With a column to predict. */
    public Preprocessing predicting(Target column) {
        return new Preprocessing(steps, column);
    }

    public List<Transformation> steps() {
        return steps;
    }

    /**
     * Learns statistics and vocabularies, in as many passes over the rows as the steps need: one for most, six for exact medians
     * and quantiles. Memory does not grow with the number of rows.
     *
     * @param train the training rows, and only those: whatever else is looked at here leaks into training
     * @throws InvalidInputException if there are no rows, a column is missing or of a type that its step does not take, or a cell
     *     is refused; the message names column and row
     */
    public FittedPreprocessing fit(Table train) {
        List<String> read = new ArrayList<>();
        steps.forEach(step -> read.addAll(step.columns()));
        if (target != null) {
            read.add(target.column());
        }
        return fit(Portions.of(train, read));
    }

    /**
     * As {@link #fit(Table)}, for rows in memory, and for images.
     *
     * @param train a tensor {@code [rows, …]} for each column: float64 with NaN for missing values, int64, text with the empty one for
     *     missing values, or uint8 images
     */
    public FittedPreprocessing fit(Tensors train) {
        return fit(Portions.of(train));
    }

    FittedPreprocessing fit(Portions train) {
        if (train.rows() == 0) {
            throw new InvalidInputException("training rows: 0 (expected: at least one to fit a preprocessing on)");
        }
        Tensors first = train.rows(0, Math.min(FittedPreprocessing.SAMPLE_ROWS, train.rows()));
        List<Fitting> fittings = steps.stream().map(step -> step.fit(first)).toList();
        @Nullable TargetFitting classes = target == null ? null : new TargetFitting(target, first);
        List<Fitting> wanting = fittings.stream().filter(Fitting::isWanting).toList();
        while (!wanting.isEmpty() || (classes != null && classes.isWanting())) {
            pass(train, wanting, classes);
            wanting = wanting.stream().filter(Fitting::isWanting).toList();
        }
        return FittedPreprocessing.of(
                fittings.stream().map(Fitting::fitted).toList(),
                classes == null ? null : classes.fitted(),
                first,
                toString());
    }

    private static void pass(Portions train, List<Fitting> wanting, @Nullable TargetFitting classes) {
        for (int from = 0; from < train.rows(); from += PORTION) {
            int firstRow = from;
            Tensors rows = train.rows(from, Math.min(train.rows(), from + PORTION));
            wanting.forEach(fitting -> fitting.see(rows, firstRow));
            if (classes != null && classes.isWanting()) {
                classes.see(rows);
            }
        }
        wanting.forEach(Fitting::endPass);
        if (classes != null) {
            classes.endPass();
        }
    }

    /** The steps in one line. */
    @Override
    public String toString() {
        return steps.stream().map(Transformation::line).collect(Collectors.joining(", "))
                + (target == null
                        ? ""
                        : " > " + target.kind().name().toLowerCase(java.util.Locale.ROOT) + " " + target.column());
    }
}

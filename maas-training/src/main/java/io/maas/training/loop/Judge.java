package io.maas.training.loop;

import io.maas.error.TrainingDivergedException;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says how good weights are: measures them on the rows of a training, and tells the listeners that want something measured.
 *
 * <p>Not thread-safe. What it is made of is the caller's to close.
 */
final class Judge {
    private final Evaluation evaluation;
    private final Fit fit;
    private final Dataset data;
    private final @Nullable Dataset validation;
    private final List<MeasureListener<?>> listeners;

    /** @param data the training set as the task reads it */
    Judge(
            Evaluation evaluation,
            Fit fit,
            Dataset data,
            @Nullable Dataset validation,
            List<MeasureListener<?>> listeners) {
        this.evaluation = evaluation;
        this.fit = fit;
        this.data = data;
        this.validation = validation;
        this.listeners = listeners;
    }

    /** What a listener waits for. */
    private record Awaited<T>(MeasureListener<T> listener, Pending<T> pending) {
        static <T> Awaited<T> of(MeasureListener<T> listener) {
            return new Awaited<>(listener, Pending.of(listener.measure()));
        }

        void tell(int epoch) {
            listener.onMeasured(epoch, pending.value());
        }
    }

    /**
     * Measures on the validation set, and tells listeners.
     *
     * @param steps that led to the weights
     * @return the scores; null without a validation set
     */
    @Nullable
    Scores held(Tensors weights, int epoch, long steps) {
        List<Awaited<?>> awaited = new ArrayList<>();
        listeners.forEach(listener -> awaited.add(Awaited.of(listener)));
        if (validation == null && awaited.isEmpty()) {
            return null;
        }
        Dataset held = validation;
        Scores scores = held == null
                ? scores(weights, data, awaited, "training", steps)
                : scores(weights, held, awaited, "validation", steps);
        awaited.forEach(each -> each.tell(epoch));
        return held == null ? null : scores;
    }

    /** Measures on the training set. */
    Scores train(Tensors weights, long steps) {
        return scores(weights, data, List.of(), "training", steps);
    }

    private Scores scores(Tensors weights, Dataset rows, List<Awaited<?>> awaited, String title, long steps) {
        List<Pending<Double>> metrics = Pending.of(fit.metrics());
        List<Pending<?>> all = new ArrayList<>(metrics);
        awaited.forEach(each -> all.add(each.pending));
        Evaluation.Finding finding = evaluation.of(weights, rows, all, fit.cancellation());
        Scores scores = finding.scores();
        if (!Double.isFinite(scores.loss())) {
            throw new TrainingDivergedException(steps, title + " loss", scores.loss()).because(finding.bad());
        }
        return new Scores(scores.loss(), scores.accuracy(), Pending.values(fit.metrics(), metrics));
    }
}

package io.maas.training.loop;

import com.google.common.base.Ticker;
import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.TrainingDivergedException;
import io.maas.tensor.Tensors;
import io.maas.training.data.Batches;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The epochs of a training: step by step through the batches, judged after each.
 *
 * <p>Not thread-safe. What it is made of is the caller's to close.
 */
final class Epochs {
    /** What takes part in a training. */
    record Parts(TrainingStep step, Judge judge, Checkpointing checkpoints, Audience audience) {}

    private final Parts parts;
    private final Fit fit;
    private final long seed;
    private final Ticker ticker;
    private final Map<String, String> recipe;
    private final Course course;
    private final Batches batches;
    private final Rewind rewind;
    private long epochStart;
    private boolean interrupted;

    /** @param recipe what makes the training what it is, for its checkpoints */
    Epochs(Parts parts, Trainer trainer, Fit fit, Batches batches, Map<String, String> recipe, Course course) {
        this.parts = parts;
        this.fit = fit;
        this.seed = trainer.seed();
        this.ticker = trainer.ticker();
        this.recipe = recipe;
        this.course = course;
        this.batches = batches;
        this.rewind = new Rewind(parts.step, parts.step.snapshot(), course, ticker);
    }

    /**
     * Runs what is left of the training.
     *
     * @return the weights to be kept
     * @throws CancelledException if it was cancelled; what can be kept is in a checkpoint
     * @throws TrainingDivergedException if a number stopped being finite
     */
    Tensors run() {
        epochStart = ticker.read();
        try {
            while (!course.isOver(fit.epochs())) {
                order(course.epoch());
                pass();
                finish(parts.step.weights());
            }
        } catch (RuntimeException e) {
            throw brokenOff(e);
        }
        Tensors best = course.kept();
        return best == null ? parts.step.weights() : best;
    }

    /** Whether the training ended because its thread was interrupted, which is no longer marked as such. */
    boolean wasInterrupted() {
        return interrupted;
    }

    private void order(int epoch) {
        batches.shuffle(Streams.of(seed, "shuffle/" + epoch));
    }

    private void pass() {
        while (course.batch() < batches.count()) {
            requireWanted();
            rewind.keep(course);
            Batches.Batch batch = batches.batch(course.batch());
            boolean last = course.batch() == batches.count() - 1;
            course.advance(parts.step.step(batch, last, fit.cancellation()), batch.rows());
            parts.audience.step(course);
            if (parts.checkpoints.isDue(course.step())) {
                parts.checkpoints.write(moment());
            }
        }
    }

    private void requireWanted() {
        fit.cancellation().check();
        if (Thread.interrupted()) {
            // Marked again when all is over: until then files have to be written, which an interrupted thread cannot
            // do.
            interrupted = true;
            throw new CancelledException("its thread was interrupted");
        }
    }

    /** Ends an epoch. */
    private void finish(Tensors weights) {
        Scores train = course.scores();
        Scores held = parts.judge.held(weights, course.epoch(), course.step());
        Duration duration = course.spent().plusNanos(ticker.read() - epochStart);
        EpochReport report = new EpochReport(course.epoch(), fit.epochs(), train, held, duration);
        parts.step.measured(held == null ? train.loss() : fit.selection().of(held));
        course.advance(report, weights);
        epochStart = ticker.read();
        parts.audience.epoch(report);
        if (parts.checkpoints.isDue(report.epoch(), course.isOver(fit.epochs()))) {
            parts.checkpoints.write(moment());
        }
    }

    private Checkpointing.Moment moment() {
        return new Checkpointing.Moment(recipe, course, parts.step, ticker, epochStart);
    }

    // ---- what ends a training early

    private RuntimeException brokenOff(RuntimeException cause) {
        if (cause instanceof TrainingDivergedException diverged) {
            return explained(diverged);
        }
        if (cause.getCause() instanceof ClosedByInterruptException) {
            interrupted |= Thread.interrupted();
            return cancelled(cause);
        }
        return cause instanceof CancelledException || cause instanceof DeadlineExceededException
                ? cancelled(cause)
                : cause;
    }

    private RuntimeException cancelled(RuntimeException cause) {
        parts.checkpoints.broken(moment(), cause);
        Path kept = parts.checkpoints.latest();
        String message = "training ended in epoch " + course.epoch() + ", after " + course.step() + " steps: "
                + cause.getMessage() + "; "
                + (kept == null ? "nothing of it is kept" : "call again to go on from checkpoint " + kept);
        return cause instanceof DeadlineExceededException
                ? new DeadlineExceededException(message, cause)
                : new CancelledException(message, cause);
    }

    private TrainingDivergedException explained(TrainingDivergedException diverged) {
        String bad = diverged.origin();
        if (bad == null && course.batch() < batches.count()) {
            bad = origin(diverged);
        }
        return diverged.because(bad).keeping(name(parts.checkpoints.latest()));
    }

    private @Nullable String origin(TrainingDivergedException diverged) {
        try {
            return rewind.find(course, batches, this::order);
        } catch (RuntimeException e) {
            // What the caller is to hear of is that it diverged.
            diverged.addSuppressed(e);
            return null;
        }
    }

    private static @Nullable String name(@Nullable Path file) {
        return file == null ? null : file.toString();
    }
}

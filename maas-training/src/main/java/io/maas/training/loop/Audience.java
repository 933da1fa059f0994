package io.maas.training.loop;

import io.maas.error.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one training, those that were told of its beginning.
 *
 * <p>Not thread-safe.
 */
final class Audience {
    private final List<TrainingListener> all;
    private final List<TrainingListener> started = new ArrayList<>();

    Audience(List<TrainingListener> all) {
        this.all = all;
    }

    void start(TrainingPlan plan) {
        for (TrainingListener listener : all) {
            started.add(listener);
            listener.onStart(plan);
        }
    }

    // A loop over indices: many times a second, and an iterator each time would be garbage.
    void step(StepReport report) {
        for (int i = 0; i < started.size(); i++) {
            started.get(i).onStep(report);
        }
    }

    void epoch(EpochReport report) {
        started.forEach(listener -> listener.onEpoch(report));
    }

    void checkpoint(Path file, long step) {
        started.forEach(listener -> listener.onCheckpoint(file, step));
    }

    void checkpointFailed(CheckpointException failure) {
        started.forEach(listener -> listener.onCheckpointFailure(failure));
    }

    /** Those that want something measured. */
    List<MeasureListener<?>> measuring() {
        List<MeasureListener<?>> measuring = new ArrayList<>();
        for (TrainingListener listener : all) {
            if (listener instanceof MeasureListener<?> one) {
                measuring.add(one);
            }
        }
        return measuring;
    }

    /**
     * Tells every listener, whatever others throw. What they throw is added to {@code cause}, or thrown by this where there is none.
     */
    void end(History history, @Nullable Throwable cause) {
        RuntimeException failure = tell(listener -> listener.onEnd(history, cause), cause);
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable RuntimeException tell(Consumer<TrainingListener> message, @Nullable Throwable cause) {
        Throwable noted = cause;
        RuntimeException first = null;
        for (TrainingListener listener : started) {
            try {
                message.accept(listener);
            } catch (RuntimeException e) {
                if (noted == null) {
                    noted = first = e;
                } else {
                    noted.addSuppressed(e);
                }
            }
        }
        return first;
    }
}

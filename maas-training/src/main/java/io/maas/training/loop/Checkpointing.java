package io.maas.training.loop;

import com.google.common.base.Ticker;
import io.maas.error.CheckpointException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes down how far one training has come when it is due, and goes on from there. Does nothing where nothing is to be kept.
 *
 * <p>Not thread-safe. Closes what it opened.
 */
final class Checkpointing implements AutoCloseable {
    private static final String RECIPE = "recipe.";
    private static final String COURSE = "course.";
    private static final String STEP = "step.";
    private static final String STATE = "state/";
    private static final String BEST = "best/";

    private final @Nullable Checkpoints settings;
    private final @Nullable CheckpointFolder folder;
    private final Audience audience;
    private @Nullable Path latest;
    private long written = -1;

    private Checkpointing(@Nullable Checkpoints settings, @Nullable CheckpointFolder folder, Audience audience) {
        this.settings = settings;
        this.folder = folder;
        this.audience = audience;
    }

    /** @param settings null where nothing is to be kept */
    static Checkpointing open(@Nullable Checkpoints settings, Audience audience) {
        return new Checkpointing(settings, settings == null ? null : CheckpointFolder.open(settings), audience);
    }

    /** The latest checkpoint that is safe; null if there is none. */
    @Nullable
    Path latest() {
        return latest;
    }

    /** Newer ones than that which training goes on from that were damaged. */
    List<Path> damaged() {
        return folder == null ? List.of() : folder.damaged();
    }

    /**
     * Brings a training to where it was broken off, if there is a checkpoint.
     *
     * @param recipe what makes the training what it is, by name
     * @throws CheckpointException if the checkpoint is that of another training; the message names what differs
     */
    void resume(Map<String, String> recipe, Course course, TrainingStep step, int epochs) {
        CheckpointFolder.Loaded loaded = folder == null ? null : folder.load();
        if (loaded == null) {
            return;
        }
        Facts facts = new Facts(loaded.content().texts());
        requireSame(loaded.file(), facts.part(RECIPE).texts(), recipe);
        Tensors best = part(loaded.content().tensors(), BEST);
        step.restore(StepFacts.snapshot(facts.part(STEP), part(loaded.content().tensors(), STATE)));
        course.restore(facts.part(COURSE), best.size() == 0 ? null : best);
        int done = course.history().epochs().size();
        if (done > epochs) {
            throw new CheckpointException("checkpoint " + loaded.file() + " is of a training of more epochs: " + done
                    + " are done (expected: at most " + epochs
                    + "); ask for at least as many, or choose another folder");
        }
        latest = loaded.file();
        written = course.step();
    }

    private static void requireSame(Path file, Map<String, String> there, Map<String, String> here) {
        List<String> differences = new ArrayList<>();
        here.forEach((name, text) -> {
            String other = there.get(name);
            if (!text.equals(other)) {
                differences.add(name + " is " + (other == null ? "not known" : other) + " there and " + text + " here");
            }
        });
        if (!differences.isEmpty()) {
            throw new CheckpointException("checkpoint " + file + " is of another training: "
                    + String.join("; ", differences)
                    + "; expected the same recipe, data and engine; choose another folder for this training");
        }
    }

    private static Tensors part(Tensors all, String prefix) {
        Map<String, Tensor> part = new LinkedHashMap<>();
        all.forEach(entry -> {
            if (entry.name().startsWith(prefix)) {
                part.put(entry.name().substring(prefix.length()), entry.tensor());
            }
        });
        return Tensors.copyOf(part);
    }

    // ---- writing

    /** What there is to be written, and the time that the epoch has taken so far. */
    record Moment(Map<String, String> recipe, Course course, TrainingStep step, Ticker ticker, long epochStart) {
        private SafeTensors.Content content() {
            Facts facts = new Facts();
            facts.putAll(RECIPE, new Facts(recipe));
            Duration running = course.spent().plusNanos(course.batch() == 0 ? 0 : ticker.read() - epochStart);
            facts.putAll(COURSE, course.facts(running));
            TrainingStep.Snapshot snapshot = step.snapshot();
            facts.putAll(STEP, StepFacts.of(snapshot));
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            snapshot.state().forEach(entry -> tensors.put(STATE + entry.name(), entry.tensor()));
            Tensors kept = course.kept();
            if (kept != null) {
                kept.forEach(entry -> tensors.put(BEST + entry.name(), entry.tensor()));
            }
            return new SafeTensors.Content(facts.texts(), Tensors.copyOf(tensors));
        }
    }

    /** Whether one is to be written after a step. */
    boolean isDue(long step) {
        return settings != null && settings.steps() > 0 && step % settings.steps() == 0;
    }

    /** Whether one is to be written after an epoch; after the last one in any case. */
    boolean isDue(int epoch, boolean last) {
        return settings != null && (last || (settings.epochs() > 0 && epoch % settings.epochs() == 0));
    }

    /**
     * When training is broken off: writes, unless the latest is of this step.
     *
     * @param cause gets to know why it cannot be written
     */
    void broken(Moment moment, Throwable cause) {
        if (folder == null || written == moment.course.step()) {
            return;
        }
        try {
            write(moment);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Writes one.
     *
     * @throws CheckpointException if that fails and training is not to go on then
     */
    void write(Moment moment) {
        try {
            latest = Objects.requireNonNull(folder).write(moment.content(), moment.course.step());
            written = moment.course.step();
        } catch (CheckpointException e) {
            if (settings == null || !settings.going()) {
                throw e;
            }
            audience.checkpointFailed(e);
            return;
        }
        audience.checkpoint(latest, written);
    }

    @Override
    public void close() {
        if (folder != null) {
            folder.close();
        }
    }
}

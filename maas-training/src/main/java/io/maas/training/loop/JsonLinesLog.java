package io.maas.training.loop;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.maas.error.CheckpointException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes what happens in a training to a file, one JSON object a line, each as soon as it has happened: {@code start}, {@code epoch},
 * {@code checkpoint}, {@code checkpointFailure} and {@code end}, told apart by the field {@code event}. A training that goes on after a
 * break appends.
 *
 * <p>For one training at a time.
 */
public final class JsonLinesLog implements TrainingListener {
    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final Clock clock;

    private JsonLinesLog(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
    }

    /** A listener that appends to this file; made if it is not there, but for its folder. */
    public static JsonLinesLog to(Path file) {
        return new JsonLinesLog(file, Clock.systemUTC());
    }

    static JsonLinesLog to(Path file, Clock clock) {
        return new JsonLinesLog(file, clock);
    }

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    /** @throws UncheckedIOException if the file cannot be written, as all other methods */
    @Override
    public void onStart(TrainingPlan plan) {
        write("start", out -> {
            out.writeNumberField("epoch", plan.epoch());
            out.writeNumberField("epochs", plan.epochs());
            out.writeNumberField("step", plan.step());
            out.writeNumberField("batches", plan.batches());
            out.writeNumberField("rows", plan.rows());
            Path resumed = plan.resumed();
            if (resumed != null) {
                out.writeStringField("resumed", resumed.toString());
            }
            out.writeObjectFieldStart("settings");
            for (Map.Entry<String, String> each : plan.settings().entrySet()) {
                out.writeStringField(each.getKey(), each.getValue());
            }
            out.writeEndObject();
        });
    }

    @Override
    public void onEpoch(EpochReport report) {
        write("epoch", out -> {
            out.writeNumberField("epoch", report.epoch());
            out.writeNumberField("seconds", report.duration().toNanos() / 1e9);
            scores(out, "train", report.train());
            Scores held = report.validation();
            if (held != null) {
                scores(out, "validation", held);
            }
        });
    }

    private static void scores(JsonGenerator out, String name, Scores scores) throws IOException {
        out.writeObjectFieldStart(name);
        for (Map.Entry<String, Double> each : scores.all().entrySet()) {
            out.writeNumberField(each.getKey(), each.getValue());
        }
        out.writeEndObject();
    }

    @Override
    public void onCheckpoint(Path checkpoint, long step) {
        write("checkpoint", out -> {
            out.writeNumberField("step", step);
            out.writeStringField("file", checkpoint.toString());
        });
    }

    @Override
    public void onCheckpointFailure(CheckpointException failure) {
        write("checkpointFailure", out -> out.writeStringField("failure", String.valueOf(failure.getMessage())));
    }

    @Override
    public void onEnd(History history, @Nullable Throwable failure) {
        write("end", out -> {
            out.writeNumberField("epochs", history.epochs().size());
            out.writeNumberField("keptEpoch", history.keptEpoch());
            if (failure != null) {
                out.writeStringField("failure", failure.toString());
            }
        });
    }

    private void write(String event, Body body) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            try (JsonGenerator out = JSON.createGenerator(line)) {
                out.writeStartObject();
                out.writeStringField("time", clock.instant().toString());
                out.writeStringField("event", event);
                body.write(out);
                out.writeEndObject();
            }
            line.write('\n');
            // One write a line: a kill leaves whole lines, but for the one under way.
            Files.write(file, line.toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("training log " + file + " cannot be written: " + e.getMessage(), e);
        }
    }
}

package io.maas.api.job;

import com.google.common.base.Ticker;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.api.wire.Documents;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Cancellation;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.error.CheckpointException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.GraphException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.NonFiniteException;
import io.maas.error.ShapeMismatchException;
import io.maas.error.TrainingDivergedException;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Publication;
import io.maas.storage.Storage;
import io.maas.training.data.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of one job, from its document to a published version or to the reason why there is none. */
final class JobRun {
    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);
    private static final int MAX_REASON = 2_000;

    /** The role of the uploaded file among the data of a lineage. */
    private static final String SOURCE = "source";

    /** What runs share. */
    record Frame(Job job, ModelRegistry registry, DataSets sets, JobOptions options, Ticker ticker) {
        Backend backend() {
            Backend given = options.backend();
            return given == null ? Backends.load().preferred() : given;
        }

        Storage storage() {
            return options.storage();
        }

        void deleteCheckpoints() {
            try {
                if (Files.exists(job.checkpoints())) {
                    MoreFiles.deleteRecursively(job.checkpoints(), RecursiveDeleteOption.ALLOW_INSECURE);
                }
            } catch (IOException e) {
                LOG.warn(
                        "checkpoints of job {} could not be removed", job.info().id(), e);
            }
        }
    }

    private final Frame frame;
    private final Job job;
    private final ScheduledExecutorService timer;

    JobRun(Frame frame, ScheduledExecutorService timer) {
        this.frame = frame;
        this.job = frame.job();
        this.timer = timer;
    }

    /** Runs it to its end, whatever that is. Nothing but a failure to write the end down is thrown. */
    void run() {
        Cancellation cancellation = job.start();
        if (cancellation == null) {
            return;
        }
        try {
            carryOut(cancellation);
        } catch (Throwable e) {
            // Also errors: the thread is for other jobs.
            failed(e);
        }
        if (job.state().equals(Job.SUCCEEDED)) {
            frame.deleteCheckpoints();
        }
    }

    private void carryOut(Cancellation cancellation) throws IOException {
        Recipe recipe = Recipe.read(
                job.request(),
                frame.sets().get(job.request().dataSet()),
                frame.options().budget());
        double left = recipe.budget().seconds() - job.spent();
        if (left <= 0) {
            throw outOfTime(recipe.budget());
        }
        ScheduledFuture<?> end = timer.schedule(
                () -> job.stop(Job.Stop.TIME),
                Duration.ofMillis((long) (left * 1000) + 1).toNanos(),
                TimeUnit.NANOSECONDS);
        try {
            Artifact artifact = train(recipe, cancellation);
            job.publishing();
            publish(artifact);
        } catch (RuntimeException | IOException e) {
            if (job.stopped() == Job.Stop.TIME) {
                throw outOfTime(recipe.budget());
            }
            throw e;
        } finally {
            end.cancel(false);
        }
    }

    private static BudgetExceededException outOfTime(JobBudget budget) {
        return new BudgetExceededException("seconds", "used up", budget.seconds());
    }

    private Artifact train(Recipe recipe, Cancellation cancellation) throws IOException {
        Table table = frame.sets().read(job.request().dataSet());
        job.checkWanted();
        TunePlan plan = recipe.tune();
        Artifact made = plan == null
                ? new NetworkRun(frame, recipe).run(table, cancellation)
                : new TuningRun(frame, recipe, plan).run(table, cancellation);
        String description = job.request().description();
        Artifact described = description == null ? made : made.withDescription(description);
        return described.withLineage(lineage(made.manifest().lineage(), recipe));
    }

    private Lineage lineage(Lineage made, Recipe recipe) {
        Map<String, String> settings = new LinkedHashMap<>(made.settings());
        settings.put("job", job.info().id());
        settings.put("submittedBy", job.info().who());
        settings.put("dataSet", job.request().dataSet());
        settings.put("split", recipe.split().toString());
        settings.put("request", new String(Documents.write(job.request()), StandardCharsets.UTF_8));
        Map<String, Lineage.Data> data = new LinkedHashMap<>(made.data());
        var source = frame.sets().get(job.request().dataSet());
        data.put(SOURCE, new Lineage.Data(source.sha256(), source.rows(), "data set " + source.id()));
        return made.withSettings(settings).withData(data);
    }

    private void publish(Artifact artifact) {
        int version;
        try {
            version = frame.registry()
                    .publish(
                            job.request().model(),
                            artifact,
                            Publication.by(
                                    job.info().who(),
                                    "training job " + job.info().id()))
                    .number();
        } catch (DuplicateVersionException e) {
            // The process died between this and the next line.
            version = e.existingVersion();
        }
        Map<String, Double> metrics =
                new LinkedHashMap<>(artifact.manifest().lineage().metrics());
        metrics.values().removeIf(value -> !Double.isFinite(value));
        job.succeeded(version, metrics);
    }

    // ---- what went wrong

    private void failed(Throwable e) {
        job.settle();
        Job.Stop stop = job.stopped();
        if (stop == Job.Stop.SHUTDOWN) {
            job.save();
            return;
        }
        if (stop == Job.Stop.CANCEL) {
            job.cancelled();
            return;
        }
        String code = code(e);
        if (code == null) {
            LOG.error("job {} failed", job.info().id(), e);
            job.failed("internal", "internal error; the server's log says more under the job's id", true);
            return;
        }
        boolean resumable = e instanceof CheckpointException || e instanceof BackendException;
        String reason = words(e);
        if (!resumable) {
            frame.deleteCheckpoints();
        }
        job.failed(code, reason, resumable);
    }

    /** What programs tell failures apart by; null for those that are the library's own. */
    private static @Nullable String code(Throwable e) {
        if (e instanceof BudgetExceededException) {
            return "budget_exceeded";
        }
        if (e instanceof TrainingDivergedException || e instanceof NonFiniteException) {
            return "not_finite";
        }
        if (e instanceof CheckpointException) {
            return "checkpoint_failed";
        }
        if (e instanceof ModelNotFoundException) {
            return "not_found";
        }
        if (e instanceof InvalidInputException
                || e instanceof ShapeMismatchException
                || e instanceof GraphException
                || e instanceof IllegalArgumentException) {
            return "invalid_input";
        }
        if (e instanceof ArtifactRejectedException) {
            return "artifact_rejected";
        }
        return e instanceof BackendException ? "engine_failed" : null;
    }

    /** Without what tells where this server keeps its files. */
    private String words(Throwable e) {
        String message = String.valueOf(e.getMessage())
                .replace(job.checkpoints().toAbsolutePath() + "/", "")
                .replace(job.folder().toAbsolutePath().toString(), "the job's folder");
        return message.length() > MAX_REASON ? message.substring(0, MAX_REASON) + "…" : message;
    }
}

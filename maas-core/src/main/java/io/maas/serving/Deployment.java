package io.maas.serving;

import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.pipeline.PipelineDefinition;
import io.maas.registry.Change;
import io.maas.registry.Journal;
import io.maas.registry.Version;
import io.maas.serving.DeploymentEvent.Action;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in service: one version answers, perhaps another one beside it on trial, and the one that answered before is kept warm
 * so that going back only moves a pointer. Requests under way when something changes end on the version that they began with.
 *
 * <p>A change loads what it needs, is recorded, and only then is seen by requests. Thread-safe. Changes wait for each other;
 * requests never wait for them.
 */
public final class Deployment {
    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

    private final String name;
    private final DeploymentContext context;
    private final Requests requests;
    /** Changed under the lock of this. */
    private final Installation installation;
    /** Whether a change may load pipelines; once so, always so. */
    private volatile boolean mayLoadPipelines;

    private final Object queue = new Object();
    /** The end of what rollouts have asked for so far; guarded by the queue. */
    private CompletableFuture<Void> automatic = CompletableFuture.completedFuture(null);

    Deployment(String name, DeploymentContext context) {
        this.name = name;
        this.context = context;
        this.requests =
                new Requests(name, context.options().quotas(), context.loader().ticker());
        this.installation = new Installation(name, context, requests, new RunningRollout.Listener() {
            @Override
            public void judged(RunningRollout running, int step, Evaluation.Verdict verdict) {
                whenJudged(running, step, verdict);
            }

            @Override
            public void exclusively(Runnable change) {
                synchronized (Deployment.this) {
                    change.run();
                }
            }
        });
    }

    // ---- what is there

    /** The name the model is published and called under. */
    public String name() {
        return name;
    }

    /**
     * The number of the version that answers by default.
     *
     * @throws ModelNotFoundException if the model is no longer deployed
     */
    public int version() {
        return requests.live().current().version().number();
    }

    /**
     * What the version that answers by default takes and gives.
     *
     * @throws ModelNotFoundException if the model is no longer deployed
     */
    public Signature signature() {
        return requests.live().current().signature();
    }

    /** The versions that requests may name, sorted. */
    public List<Integer> loadedVersions() {
        return requests.live().byNumber().keySet().asList();
    }

    /** The versions that a rollback goes back to, the nearest first. */
    public List<Integer> earlierVersions() {
        return state().earlier().reverse().stream().map(Target::version).toList();
    }

    /** The trial that is under way. */
    public Optional<RolloutStatus> rollout() {
        return Optional.ofNullable(requests.live().rollout()).map(RunningRollout::status);
    }

    /** Which versions are loaded beside the default. */
    public LoadPolicy loadPolicy() {
        return state().policy();
    }

    /**
     * Reports what became of a request, such as 1 for a purchase and 0 for none, for the version that answers its key.
     *
     * @param key what the request had as {@link io.maas.model.RequestOptions#withKey}
     * @throws IllegalStateException if no rollout is under way
     */
    public void record(String key, double outcome) {
        Require.that(Double.isFinite(outcome), "outcome", outcome, "a finite number");
        RunningRollout running = requests.live().rollout();
        if (running == null) {
            throw noRollout();
        }
        running.record(key, outcome);
    }

    /** Counts since the version that answers by default was loaded. */
    public Statistics statistics() {
        RequestCounts counts = requests.live().current().counts();
        return new Statistics(counts.requests.sum(), counts.failures.sum(), counts.executions.sum());
    }

    /**
     * Counts of one version.
     *
     * @param requests requests that came in
     * @param failures requests that ended with an error, refused ones included
     * @param executions runs of the engine or pipeline; fewer than requests where batches were formed
     */
    public record Statistics(long requests, long failures, long executions) {}

    /**
     * What a loaded version has done since it was loaded.
     *
     * @throws ModelNotFoundException if it is not one of {@link #loadedVersions}
     */
    public VersionStatistics statistics(int version) {
        LoadedVersion loaded = requests.live().named(version);
        // Pipelines are timed by the system's clock, as their steps are.
        long now = loaded.pipeline() == null ? context.loader().ticker().read() : System.nanoTime();
        return VersionStatistics.of(loaded, now);
    }

    /**
     * One of the loaded versions, as it was published.
     *
     * @throws ModelNotFoundException if it is not one of {@link #loadedVersions}
     */
    public Version loaded(int version) {
        return requests.live().named(version).version();
    }

    /**
     * What a loaded version takes and gives.
     *
     * @throws ModelNotFoundException if it is not one of {@link #loadedVersions}
     */
    public Signature signature(int version) {
        return requests.live().named(version).signature();
    }

    /**
     * How a loaded version is served.
     *
     * @throws ModelNotFoundException if it is not one of {@link #loadedVersions}
     */
    public DeployOptions options(int version) {
        return requests.live().named(version).options();
    }

    /** Whether a version answers now. */
    boolean isInService() {
        return requests.traffic() != null;
    }

    /** The definitions of the pipelines that requests may come to; none if nothing is in service, or models only. */
    List<PipelineDefinition> pipelines() {
        Traffic now = requests.traffic();
        return now == null
                ? List.of()
                : now.byNumber().values().stream()
                        .map(LoadedVersion::pipeline)
                        .filter(Objects::nonNull)
                        .map(ServedPipeline::definition)
                        .toList();
    }

    /** What is loaded, as rows for people; the version that answers by default comes first. */
    synchronized List<ServingStatus.Row> status() {
        Traffic now = requests.traffic();
        return now == null
                ? List.of()
                : installation.loaded().stream()
                        .sorted(Comparator.comparing(each -> each != now.current()))
                        .map(each -> ServingStatus.Row.of(each, now.has(each)))
                        .toList();
    }

    Requests requests() {
        return requests;
    }

    /** Versions that should be loaded and could not be, and why. */
    Map<String, String> failures() {
        return installation.failures();
    }

    private DeploymentState state() {
        return installation.state();
    }

    private IllegalStateException noRollout() {
        return new IllegalStateException(
                "model " + name + ": no rollout is under way (expected: one); start one first");
    }

    /** Does something while nobody else changes the deployment, nor any other one into which pipelines look as they are loaded. */
    private <T extends @Nullable Object> T alone(Supplier<T> action) {
        while (true) {
            if (mayLoadPipelines) {
                synchronized (context.pipelineChange()) {
                    synchronized (this) {
                        return action.get();
                    }
                }
            }
            synchronized (this) {
                if (!mayLoadPipelines) {
                    return action.get();
                }
            }
        }
    }

    private void expectPipelines(boolean expected) {
        if (expected) {
            mayLoadPipelines = true;
        }
    }

    /** A lease on one version, whichever answers; it is loaded if it is not. Who takes it releases it. */
    LoadedVersion pin(Version version) {
        expectPipelines(PipelineLoader.isPipeline(version));
        return alone(() -> installation.pin(version));
    }

    // ---- changes by hand

    /** Puts a version into service in place of the current one, which ends a rollout. */
    void deploy(Version version, DeployOptions options, Change change) {
        expectPipelines(PipelineLoader.isPipeline(version));
        Target target = new Target(version.number(), options);
        change(() -> {
            if (!target.equals(state().current()) || state().rollout() != null) {
                installation.change(Action.DEPLOY, version.number(), state().deployed(target), change);
            }
        });
    }

    private void change(Runnable change) {
        alone(() -> {
            change.run();
            return null;
        });
    }

    /** Ends the rollout, or if there is none puts the version before the current one back into service. */
    Version rollback(Change change) {
        return alone(() -> rolledBack(change));
    }

    private Version rolledBack(Change change) {
        Version current = requests.live().current().version();
        Rollout rollout = state().rollout();
        if (rollout != null) {
            installation.change(Action.ROLLBACK, rollout.version(), state().with(null, 0), change);
            return current;
        }
        if (state().earlier().isEmpty()) {
            throw new IllegalStateException("model " + name + ": no version before " + current.number()
                    + " was in service (expected: a deploy before the rollback)");
        }
        installation.change(Action.ROLLBACK, current.number(), state().rolledBack(), change);
        return requests.live().current().version();
    }

    /** Starts a rollout, or goes on with the one of the same version under other settings. */
    void rollout(Rollout next, Change change) {
        expectPipelines(PipelineLoader.isPipeline(context.registry().version(name, next.version())));
        change(() -> begin(next, change));
    }

    private void begin(Rollout next, Change change) {
        int current = version();
        Require.that(next.version() != current, "version", next.version(), "another one than answers already");
        Rollout running = state().rollout();
        if (running != null && running.version() != next.version()) {
            throw new IllegalStateException("model " + name + ": a rollout of version " + running.version()
                    + " is under way (expected: none); promote or abort it first");
        }
        installation.change(Action.ROLLOUT, next.version(), state().with(next, 0), change);
    }

    /** Changes the share of the version on trial, which ends its plan. */
    void setWeight(double weight, Change change) {
        change(() -> {
            Rollout changed = underWay().weight(weight);
            installation.change(Action.WEIGHT, changed.version(), state().with(changed, 0), change);
        });
    }

    /** Puts the version on trial into service for all. */
    Version promote(Change change) {
        return alone(() -> {
            promote(underWay(), change);
            return requests.live().current().version();
        });
    }

    private void promote(Rollout rollout, Change change) {
        Target candidate = Objects.requireNonNull(state().candidate());
        installation.change(Action.PROMOTE, rollout.version(), state().deployed(candidate), change);
    }

    /** Ends the trial; the stable version answers all. */
    Version abort(Change change) {
        return alone(() -> {
            installation.change(Action.ABORT, underWay().version(), state().with(null, 0), change);
            return requests.live().current().version();
        });
    }

    private Rollout underWay() {
        requests.live();
        Rollout rollout = state().rollout();
        if (rollout == null) {
            throw noRollout();
        }
        return rollout;
    }

    void setLoadPolicy(LoadPolicy policy, Change change) {
        // Such a policy loads what is published later, too.
        expectPipelines(!policy.isCurrentOnly());
        change(() -> installation.change(Action.LOAD_POLICY, version(), state().with(policy), change));
    }

    /** Takes the model out of service; requests under way end normally. */
    synchronized void undeploy(Change change) {
        installation.change(Action.UNDEPLOY, version(), DeploymentState.empty(), change);
    }

    // ---- changes by themselves

    /** Called on a request's thread, so it only sends for somebody. */
    private void whenJudged(RunningRollout running, int step, Evaluation.Verdict verdict) {
        synchronized (queue) {
            automatic = automatic.handleAsync(
                    (done, failure) -> alone(() -> act(running, step, verdict)), context.executor());
        }
    }

    /** The end of everything that rollouts have asked for so far. */
    CompletableFuture<Void> settled() {
        synchronized (queue) {
            return automatic;
        }
    }

    private @Nullable Void act(RunningRollout running, int step, Evaluation.Verdict verdict) {
        Traffic now = requests.traffic();
        Rollout rollout = state().rollout();
        if (installation.isClosed() || now == null || now.rollout() != running || rollout == null) {
            return null;
        }
        try {
            if (verdict.breach() != null) {
                installation.rollBack(state(), verdict.breach());
            } else if (step == state().step()
                    && step < rollout.steps().size()
                    && verdict.held() >= rollout.steps().get(step).windows()) {
                advance(rollout, step);
            }
        } catch (RuntimeException e) {
            LOG.warn("rollout of {}:{} could not go on and stays where it is", name, rollout.version(), e);
        }
        return null;
    }

    private void advance(Rollout rollout, int step) {
        Change change =
                Change.automatic("step " + (step + 1) + " of " + rollout.steps().size() + " held for "
                        + rollout.steps().get(step).windows() + " windows");
        if (step + 1 == rollout.steps().size()) {
            promote(rollout, change);
        } else {
            installation.change(Action.WEIGHT, rollout.version(), state().with(rollout.at(step + 1), step + 1), change);
        }
    }

    // ---- the process ends and begins

    /** Puts back into service what was when it was last recorded, as far as it can be loaded. */
    void restore() {
        expectPipelines(hasPipelines());
        change(this::restoreRecorded);
    }

    private boolean hasPipelines() {
        try {
            return context.registry().versions(name).stream().anyMatch(PipelineLoader::isPipeline);
        } catch (RegistryException e) {
            // Nothing can be loaded then, which to restore it says.
            return true;
        }
    }

    private void restoreRecorded() {
        try {
            List<Journal.Entry> entries =
                    isInService() ? List.of() : context.journal().entries(name);
            if (!entries.isEmpty()) {
                DeploymentState saved =
                        DeploymentState.of(entries.get(entries.size() - 1).fields());
                expectPipelines(!saved.policy().isCurrentOnly());
                installation.restore(saved);
            }
        } catch (RegistryException | IllegalArgumentException e) {
            installation.failed(name, e);
        }
    }

    /** Ends all service without recording it: after a restart it can be taken up again. */
    synchronized void close() {
        installation.close();
    }

    /** Waits for the last requests on versions that were given up; false if that took longer. */
    synchronized boolean awaitDrained(long nanos) {
        return installation.awaitDrained(nanos);
    }
}

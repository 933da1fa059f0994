package io.maas.serving;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.RegistryException;
import io.maas.model.SignatureDifference;
import io.maas.registry.Change;
import io.maas.registry.Version;
import io.maas.serving.DeploymentEvent.Action;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a deployment what its state says: what is needed is loaded, then the state is recorded, which is the moment of the change, then
 * requests are sent elsewhere, and what is needed no more is given up.
 *
 * <p>One thread at a time changes it; everybody may read its state.
 */
final class Installation {
    private static final Logger LOG = LoggerFactory.getLogger(Installation.class);

    /** How long after a rollback could not be recorded that is tried again. */
    private static final long RECORD_AGAIN_SECONDS = 10;

    private final String name;
    private final DeploymentContext context;
    private final Requests requests;
    private final RunningRollout.Listener listener;
    private final LoadedVersions versions;
    /** What answered last before the current version, still loaded. */
    private @Nullable Target spare;

    private volatile DeploymentState state = DeploymentState.empty();
    private volatile ImmutableMap<String, String> failures = ImmutableMap.of();
    private boolean closed;

    Installation(String name, DeploymentContext context, Requests requests, RunningRollout.Listener listener) {
        this.name = name;
        this.context = context;
        this.requests = requests;
        this.listener = listener;
        this.versions = new LoadedVersions(name, context);
    }

    DeploymentState state() {
        return state;
    }

    /** Versions that should be loaded and could not be, and why. */
    Map<String, String> failures() {
        return failures;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Changes the state; after an exception everything is as before.
     *
     * @param about the version that it is about
     */
    void change(Action action, int about, DeploymentState next, Change change) {
        if (closed) {
            throw new IllegalStateException("maas is closed (expected: open); open it again to go on");
        }
        Set<Target> before = versions.targets();
        try {
            load(next);
            if (action == Action.LOAD_POLICY) {
                for (Target target : sideTargets(next)) {
                    versions.load(target);
                }
            }
            record(action, about, next, change);
        } catch (Throwable t) {
            versions.retain(before);
            throw t;
        }
        installAndTell(action, next);
        LOG.info("{} {}:{}", DeploymentEvent.word(action), name, about);
    }

    /** Ends a rollout. Never fails because that cannot be recorded: callers come first. */
    void rollBack(DeploymentState from, String why) {
        int about = Objects.requireNonNull(from.rollout()).version();
        DeploymentState next = from.with(null, 0);
        LOG.warn("rolled back {}:{}: {}", name, about, why);
        recordRollback(about, next, Change.automatic(why));
        installAndTell(Action.AUTOMATIC_ROLLBACK, next);
    }

    private void recordRollback(int about, DeploymentState next, Change change) {
        try {
            record(Action.AUTOMATIC_ROLLBACK, about, next, change);
        } catch (RuntimeException e) {
            LOG.error("the rollback of {}:{} could not be recorded and is tried again", name, about, e);
            var unused = context.timer()
                    .schedule(
                            () -> context.executor().execute(() -> recordAgain(about, next, change)),
                            RECORD_AGAIN_SECONDS,
                            TimeUnit.SECONDS);
        }
    }

    /** Each record holds the whole state, so one that was made meanwhile has mended this. */
    private void recordAgain(int about, DeploymentState meant, Change change) {
        listener.exclusively(() -> {
            if (state.equals(meant) && !closed) {
                recordRollback(about, meant, change);
            }
        });
    }

    /** Puts back into service what was recorded, as far as it can be loaded. */
    void restore(DeploymentState saved) {
        Target current = saved.current();
        if (current == null) {
            return;
        }
        try {
            versions.load(current);
        } catch (RuntimeException e) {
            failed(name + ":" + current.version(), e);
            return;
        }
        try {
            load(saved);
            installAndTell(Action.DEPLOY, saved);
        } catch (RuntimeException e) {
            rollBack(saved, "it could not be loaded after a restart: " + e.getMessage());
        }
        LOG.info("restored {}:{}", name, current.version());
    }

    void failed(String title, RuntimeException failure) {
        LOG.warn("{} could not be put back into service", title, failure);
        failures = ImmutableMap.of(title, String.valueOf(failure.getMessage()));
    }

    /** Ends all service without recording it. */
    void close() {
        closed = true;
        install(DeploymentState.empty());
    }

    /** What is kept loaded, by number. */
    List<LoadedVersion> loaded() {
        return versions.all();
    }

    /** A lease on one version, whichever answers; it is loaded if it is not. Who takes it releases it. */
    LoadedVersion pin(Version version) {
        return versions.pin(version, requests.live().current().options());
    }

    boolean awaitDrained(long nanos) {
        return versions.awaitDrained(nanos);
    }

    // ---- the steps

    private void load(DeploymentState next) {
        Target target = next.current();
        if (target == null) {
            return;
        }
        LoadedVersion current = versions.load(target);
        Target candidate = next.candidate();
        if (candidate != null) {
            requireSameSignature(current, versions.load(candidate));
        }
    }

    private static void requireSameSignature(LoadedVersion stable, LoadedVersion candidate) {
        List<String> differences = SignatureDifference.between(stable.signature(), candidate.signature());
        if (!differences.isEmpty()) {
            throw new ArtifactRejectedException("version " + candidate.version().title() + " cannot stand in for "
                    + stable.version().title() + ": " + String.join("; ", differences)
                    + " (expected: the same inputs and outputs); deploy it under another name, or deploy it for all");
        }
    }

    private void record(Action action, int about, DeploymentState next, Change change) {
        Map<String, String> fields = next.toFields();
        DeploymentEvent.write(fields, about, change);
        context.journal().append(name, DeploymentEvent.word(action), fields);
    }

    private void installAndTell(Action action, DeploymentState next) {
        Traffic before = requests.traffic();
        install(next);
        ServingEvent event = event(action, before, requests.traffic());
        if (event != null) {
            Watch.tell(context.options().listener(), event);
        }
    }

    /** What it means for callers; null if the same versions go on. */
    private static @Nullable ServingEvent event(Action action, @Nullable Traffic before, @Nullable Traffic now) {
        if (before == null) {
            return now == null ? null : new ServingEvent.Deployed(now.current().version());
        }
        Version old = before.current().version();
        if (now == null) {
            return new ServingEvent.Undeployed(old);
        }
        Version next = now.current().version();
        if (before.current() != now.current()) {
            return action == Action.ROLLBACK
                    ? new ServingEvent.RolledBack(old, next)
                    : new ServingEvent.Swapped(old, next);
        }
        RunningRollout ended = before.rollout();
        return ended == null || now.rollout() != null
                ? null
                : new ServingEvent.RolledBack(ended.candidate().version(), next);
    }

    /** Sends requests to what is loaded for this state, and gives up the rest. */
    private void install(DeploymentState next) {
        Target before = state.current();
        Traffic old = requests.traffic();
        if (next.current() == null) {
            spare = null;
        } else if (!next.current().equals(before)) {
            spare = before;
        }
        Set<Target> inService = new HashSet<>();
        Traffic now = traffic(next, old, inService);
        state = next;
        requests.direct(now);
        if (old != null && old.rollout() != null && (now == null || now.rollout() != old.rollout())) {
            old.rollout().stop();
        }
        versions.meter(inService);
        Set<Target> wanted = new HashSet<>(inService);
        if (spare != null) {
            wanted.add(spare);
        }
        versions.retain(wanted);
    }

    private @Nullable Traffic traffic(DeploymentState next, @Nullable Traffic old, Set<Target> inService) {
        Target target = next.current();
        LoadedVersion current = versions.find(target);
        if (target == null || current == null) {
            failures = ImmutableMap.of();
            return null;
        }
        SortedMap<Integer, LoadedVersion> byNumber = sideVersions(next);
        byNumber.put(target.version(), current);
        Target candidate = next.candidate();
        LoadedVersion onTrial = versions.find(candidate);
        RunningRollout rollout = null;
        if (candidate != null && onTrial != null) {
            byNumber.put(candidate.version(), onTrial);
            rollout = running(next, old, current, onTrial);
        }
        byNumber.keySet().forEach(number -> inService.add(new Target(number, target.options())));
        return new Traffic(current, rollout, ImmutableSortedMap.copyOf(byNumber));
    }

    private RunningRollout running(
            DeploymentState next, @Nullable Traffic old, LoadedVersion stable, LoadedVersion candidate) {
        Rollout rollout = Objects.requireNonNull(next.rollout());
        RunningRollout known = old == null ? null : old.rollout();
        if (known != null && known.canMoveTo(rollout, stable, candidate)) {
            known.move(rollout, next.step());
            return known;
        }
        RunningRollout fresh = new RunningRollout(rollout, next.step(), stable, candidate, context, listener);
        fresh.start(context.timer());
        return fresh;
    }

    /** What the policy asks for and can be loaded: a change is not to fail because of a version beside it. */
    private SortedMap<Integer, LoadedVersion> sideVersions(DeploymentState next) {
        SortedMap<Integer, LoadedVersion> found = new TreeMap<>();
        ImmutableMap.Builder<String, String> failed = ImmutableMap.builder();
        try {
            for (Target target : sideTargets(next)) {
                String title = name + ":" + target.version();
                try {
                    found.put(target.version(), versions.load(target));
                } catch (RuntimeException e) {
                    LOG.warn("{} could not be loaded beside the current version", title, e);
                    failed.put(title, String.valueOf(e.getMessage()));
                }
            }
        } catch (RegistryException e) {
            LOG.warn("versions of {} could not be listed to load them beside the current one", name, e);
            failed.put(name, String.valueOf(e.getMessage()));
        }
        failures = failed.buildOrThrow();
        return found;
    }

    private List<Target> sideTargets(DeploymentState next) {
        Target current = next.current();
        if (current == null || next.policy().isCurrentOnly()) {
            return List.of();
        }
        List<Integer> published =
                context.registry().versions(name).stream().map(Version::number).toList();
        return next.policy().of(published).stream()
                .map(number -> new Target(number, current.options()))
                .toList();
    }
}

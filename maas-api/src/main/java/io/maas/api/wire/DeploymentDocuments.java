package io.maas.api.wire;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.serving.BatchOptions;
import io.maas.serving.DeployOptions;
import io.maas.serving.DeploymentEvent;
import io.maas.serving.Guard;
import io.maas.serving.LoadPolicy;
import io.maas.serving.Loading;
import io.maas.serving.NanPolicy;
import io.maas.serving.Rollout;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of deployments and what is said about them. Lengths of time are in seconds.
 *
 * <p>The records are immutable and thread-safe. What makes something of them throws {@link IllegalArgumentException} if they say nothing
 * that there is.
 */
public final class DeploymentDocuments {
    /** Longer ones do not fit a count of nanoseconds. */
    private static final double MAX_SECONDS = 1e9;

    private DeploymentDocuments() {}

    /**
     * What is to be put into service.
     *
     * @param version a number, an alias or {@code latest}, as a text or, if it is one, as a number; null for the latest
     * @param options null for the server's own
     */
    public record Deploy(@Nullable Object version, @Nullable Options options) {
        public Deploy {
            version = version instanceof Integer ? version.toString() : version;
            if (version != null && !(version instanceof String)) {
                throw Require.failure("version", "of the wrong kind", "a number, an alias or latest");
            }
        }
    }

    /** {@link DeployOptions}; what is null is as the server has it. */
    public record Options(
            @Nullable String backend,
            @Nullable Integer threads,
            @Nullable Boolean spinning,
            @Nullable Boolean flushDenormals,
            @Nullable Boolean plannedMemory,
            @Nullable Integer instances,
            @Nullable Integer maxRows,
            @Nullable Long maxElements,
            @Nullable List<Integer> preferredRows,
            @Nullable Double latencyTarget,
            @Nullable Boolean dependentRows,
            @Nullable Boolean packing,
            @Nullable Integer maxQueue,
            @Nullable Long maxQueueBytes,
            @Nullable Long cacheBytes,
            @Nullable String nanPolicy,
            @Nullable String outputNanPolicy,
            @Nullable String loading) {
        public static Options of(DeployOptions options) {
            ProgramOptions program = options.program();
            BatchOptions batching = options.batching();
            Duration target = batching.latencyTarget();
            return new Options(
                    options.backend(),
                    program.threads(),
                    program.spinning(),
                    program.flushDenormals(),
                    program.plannedMemory(),
                    options.instances(),
                    batching.maxRows(),
                    batching.maxElements(),
                    batching.preferredRows().asList(),
                    target == null ? null : seconds(target),
                    batching.dependentRows(),
                    batching.packing(),
                    options.maxQueue(),
                    options.maxQueueBytes(),
                    options.cacheBytes(),
                    Words.of(options.nanPolicy()),
                    Words.of(options.outputNanPolicy()),
                    Words.of(options.loading()));
        }

        public DeployOptions options() {
            return inDocument(this::read);
        }

        private DeployOptions read() {
            DeployOptions own = DeployOptions.defaults();
            ProgramOptions program = own.program();
            BatchOptions batching = own.batching();
            return new DeployOptions(
                    backend,
                    new ProgramOptions(
                            or(threads, program.threads()),
                            or(spinning, program.spinning()),
                            or(flushDenormals, program.flushDenormals()),
                            or(plannedMemory, program.plannedMemory())),
                    or(instances, own.instances()),
                    new BatchOptions(
                            or(maxRows, batching.maxRows()),
                            or(maxElements, batching.maxElements()),
                            preferredRows == null ? batching.preferredRows() : ImmutableSortedSet.copyOf(preferredRows),
                            latencyTarget == null ? null : target(latencyTarget),
                            or(dependentRows, batching.dependentRows()),
                            or(packing, batching.packing())),
                    or(maxQueue, own.maxQueue()),
                    or(maxQueueBytes, own.maxQueueBytes()),
                    or(cacheBytes, own.cacheBytes()),
                    nanPolicy == null ? own.nanPolicy() : Words.read(NanPolicy.class, "nan_policy", nanPolicy),
                    outputNanPolicy == null
                            ? own.outputNanPolicy()
                            : Words.read(NanPolicy.class, "output_nan_policy", outputNanPolicy),
                    loading == null ? own.loading() : Words.read(Loading.class, "loading", loading));
        }

        private static Duration target(double seconds) {
            Require.positive(seconds, "latency_target");
            return duration("latency_target", seconds);
        }

        private static <T> T or(@Nullable T given, T own) {
            return given == null ? own : given;
        }
    }

    /** A part of a plan. */
    public record Step(double weight, int windows) {}

    /**
     * A bound, as in {@link Guard}.
     *
     * @param percentile null for measures other than {@code latency}
     * @param comparison null for {@code absolute}
     */
    public record GuardInfo(
            String measure,
            @Nullable Double percentile,
            double bound,
            @Nullable String comparison) {
        static GuardInfo of(Guard guard) {
            return new GuardInfo(
                    Words.of(guard.measure()), guard.percentile(), guard.bound(), Words.of(guard.comparison()));
        }

        Guard guard() {
            return new Guard(
                    Words.read(Guard.Measure.class, "measure", measure),
                    percentile == null ? 0 : percentile,
                    bound,
                    comparison == null
                            ? Guard.Comparison.ABSOLUTE
                            : Words.read(Guard.Comparison.class, "comparison", comparison));
        }
    }

    /** An evaluation window. */
    public record Window(double duration, long requests, long minimum) {}

    /** How many breaches within how many windows end a trial. */
    public record Patience(int breaches, int windows) {}

    /**
     * {@link Rollout}; what is null is as of {@link Rollout#canary}, {@link Rollout#shadow} or {@link Rollout#ab}.
     *
     * @param mode {@code canary}, {@code shadow} or {@code ab}
     */
    public record RolloutSettings(
            String mode,
            int version,
            @Nullable Double weight,
            @Nullable List<Step> steps,
            @Nullable List<GuardInfo> guards,
            @Nullable Window window,
            @Nullable Patience patience) {
        public static RolloutSettings of(Rollout rollout) {
            return new RolloutSettings(
                    Words.of(rollout.mode()),
                    rollout.version(),
                    rollout.weight(),
                    rollout.steps().stream()
                            .map(step -> new Step(step.weight(), step.windows()))
                            .toList(),
                    rollout.guards().stream().map(GuardInfo::of).toList(),
                    new Window(
                            seconds(rollout.window().duration()),
                            rollout.window().requests(),
                            rollout.window().minimum()),
                    new Patience(
                            rollout.patience().breaches(), rollout.patience().windows()));
        }

        public Rollout rollout() {
            return inDocument(this::read);
        }

        private Rollout read() {
            Rollout plain = switch (Words.read(Rollout.Mode.class, "mode", mode)) {
                case CANARY -> Rollout.canary(version);
                case SHADOW -> Rollout.shadow(version);
                case AB -> Rollout.ab(version);
            };
            ImmutableList<Rollout.Step> plan = steps == null
                    ? plain.steps()
                    : steps.stream()
                            .map(step -> new Rollout.Step(step.weight, step.windows))
                            .collect(ImmutableList.toImmutableList());
            double first = plan.isEmpty() ? plain.weight() : plan.get(0).weight();
            return new Rollout(
                    plain.mode(),
                    version,
                    weight == null ? first : weight,
                    plan,
                    guards == null
                            ? plain.guards()
                            : guards.stream().map(GuardInfo::guard).collect(ImmutableList.toImmutableList()),
                    window == null
                            ? plain.window()
                            : new Rollout.Window(
                                    duration("duration", window.duration), window.requests, window.minimum),
                    patience == null ? plain.patience() : new Rollout.Patience(patience.breaches, patience.windows));
        }
    }

    /** The share of a version on trial. */
    public record Weight(double weight) {}

    /** {@link LoadPolicy}. */
    public record Policy(int latest, List<Integer> pinned) {
        public static Policy of(LoadPolicy policy) {
            return new Policy(policy.latest(), policy.pinned().asList());
        }

        public LoadPolicy policy() {
            return new LoadPolicy(latest, ImmutableSortedSet.copyOf(pinned));
        }
    }

    /** The version that answers now. */
    public record Answering(int version) {}

    /** A change of a deployment. */
    public record Event(String at, String action, int version, String by, String why) {
        public static Event of(DeploymentEvent event) {
            return new Event(
                    event.at().toString(), Words.of(event.action()), event.version(), event.who(), event.why());
        }

        public DeploymentEvent event() {
            return new DeploymentEvent(
                    VersionDocuments.instant("at", at),
                    Words.read(DeploymentEvent.Action.class, "action", action),
                    version,
                    by,
                    why);
        }
    }

    /** What happened to a deployment, oldest first. */
    public record DeploymentHistory(List<Event> events) {}

    /**
     * How a deployment stands.
     *
     * @param earlierVersions those that a rollback goes back to, the nearest first
     * @param statistics of the version that answers
     * @param rollout the trial under way, null if there is none
     * @param failures what should be loaded and could not be, and why
     */
    public record DeploymentInfo(
            String model,
            int version,
            List<Integer> loadedVersions,
            List<Integer> earlierVersions,
            Policy loadPolicy,
            StatisticsInfo statistics,
            @Nullable RolloutInfo rollout,
            Map<String, String> failures) {}

    /** Counts of one version, as in {@link io.maas.serving.Deployment.Statistics}. */
    public record StatisticsInfo(long requests, long failures, long executions) {}

    /** All deployments; failures also of what is not in service at all. */
    public record DeploymentList(List<DeploymentInfo> deployments, Map<String, String> failures) {}

    /** What {@code make} gives, with its refusal in the words of documents. */
    private static <T> T inDocument(Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(Documents.inDocument(String.valueOf(e.getMessage())), e);
        }
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    static Duration duration(String what, double seconds) {
        Require.that(seconds >= 0 && seconds <= MAX_SECONDS, what, seconds, "0 to " + MAX_SECONDS + " seconds");
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }
}

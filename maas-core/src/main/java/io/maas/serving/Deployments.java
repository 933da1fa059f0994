package io.maas.serving;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.maas.backend.Backends;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.PipelineHost;
import io.maas.pipeline.Pipelines;
import io.maas.pipeline.Work;
import io.maas.registry.Change;
import io.maas.registry.Journal;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All models that one process has in service.
 *
 * <p>Thread-safe. Who opens it closes it.
 */
public final class Deployments implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);

    /** How long {@link #close} waits for requests under way before it leaves the rest to their threads. */
    private static final Duration DRAIN = Duration.ofSeconds(30);

    private static final Pattern NAME_AND_VERSION = Pattern.compile("(.*):([1-9][0-9]{0,8})");

    private final ConcurrentHashMap<String, Deployment> byName = new ConcurrentHashMap<>();
    private final ModelRegistry registry;
    private final ExecutorService executor;
    private final ScheduledThreadPoolExecutor timer;
    private final Pipelines pipelines;
    /** Of pipelines that were not deployed. */
    private final Pins pins;

    private final DeploymentContext context;
    private volatile boolean closed;

    /** Deployments that are watched by meters alone and end with the process. */
    public Deployments(ModelRegistry registry, Backends backends, Ticker ticker, MeterRegistry meters) {
        this(registry, backends, ticker, ServingOptions.defaults().withMeters(meters));
    }

    /** Deployments that end with the process. */
    public Deployments(ModelRegistry registry, Backends backends, Ticker ticker, ServingOptions options) {
        this(registry, backends, ticker, options, Journal.inMemory(Clock.systemUTC()));
    }

    /**
     * Deployments that {@link #restore} can take up again.
     *
     * @param ticker the clock that deadlines and evaluation windows are measured with
     * @param journal where each change is recorded; of one process at a time
     */
    public Deployments(
            ModelRegistry registry, Backends backends, Ticker ticker, ServingOptions options, Journal journal) {
        this.registry = registry;
        // Unbounded but small: at most one thread an instance of a model is ever busy.
        executor = Executors.newCachedThreadPool(threads("maas-serving-%d"));
        timer = new ScheduledThreadPoolExecutor(1, threads("maas-deadlines"));
        timer.setRemoveOnCancelPolicy(true);
        pins = new Pins(registry, this::deployment, this::followed);
        pipelines =
                new Pipelines(new PipelineHost(pins::model, this::graph, executor, timer, ticker, options.meters()));
        VersionLoader loader = new VersionLoader(
                registry,
                backends,
                executor,
                timer,
                ticker,
                options,
                new PipelineLoader(registry, pipelines, this::deployment, this::followed, this::pipelinesInService));
        context = new DeploymentContext(registry, loader, journal, options, executor, timer, new Object());
    }

    private static java.util.concurrent.ThreadFactory threads(String format) {
        return new ThreadFactoryBuilder().setNameFormat(format).setDaemon(true).build();
    }

    /**
     * Puts a version into service, in place of the one that is.
     *
     * @param reference as {@link ModelRegistry#resolve} takes it: a number, an alias, or {@code latest}
     * @throws ModelNotFoundException if there is no such version
     * @throws io.maas.error.ArtifactRejectedException if it is damaged or fails its golden sample; the old one goes on
     */
    public Deployment deploy(String name, String reference, DeployOptions options, Change change) {
        requireOpen();
        Version version = registry.resolve(name, reference);
        Deployment deployment = any(name);
        deployment.deploy(version, options, change);
        return deployment;
    }

    /** {@link #deploy(String, String, DeployOptions, Change)} by nobody in particular. */
    public Deployment deploy(String name, String reference, DeployOptions options) {
        return deploy(name, reference, options, Change.unsaid());
    }

    /** The deployment of that name, in service or not. */
    private Deployment any(String name) {
        Deployment deployment = byName.computeIfAbsent(name, fresh -> new Deployment(fresh, context));
        // What was added after it was closed would never be.
        requireOpen();
        return deployment;
    }

    /**
     * Ends the rollout that is under way, or if there is none puts the version that answered before the current one back into service.
     *
     * @return the version that answers now
     * @throws IllegalStateException if there is none before it
     */
    public Version rollback(String name, Change change) {
        return deployment(name).rollback(change);
    }

    /** {@link #rollback(String, Change)} by nobody in particular. */
    public Version rollback(String name) {
        return rollback(name, Change.unsaid());
    }

    /**
     * Tries a version out beside the one that answers, or goes on with other settings if it is tried out already.
     *
     * @throws io.maas.error.ArtifactRejectedException if its inputs or outputs are other ones
     * @throws IllegalStateException if another version is tried out
     */
    public void rollout(String name, Rollout rollout, Change change) {
        deployment(name).rollout(rollout, change);
    }

    /**
     * Changes the share of the version on trial; it stays until somebody changes it again.
     *
     * @throws IllegalStateException if no rollout is under way
     */
    public void setWeight(String name, double weight, Change change) {
        deployment(name).setWeight(weight, change);
    }

    /**
     * Puts the version on trial into service for all.
     *
     * @throws IllegalStateException if no rollout is under way
     */
    public Version promote(String name, Change change) {
        return deployment(name).promote(change);
    }

    /**
     * Ends the trial; the stable version answers all.
     *
     * @throws IllegalStateException if no rollout is under way
     */
    public Version abort(String name, Change change) {
        return deployment(name).abort(change);
    }

    /**
     * Loads further versions beside the one that answers, and gives up those that the policy does not have.
     *
     * @throws RuntimeException if one of them cannot be loaded; then nothing changes
     */
    public void setLoadPolicy(String name, LoadPolicy policy, Change change) {
        deployment(name).setLoadPolicy(policy, change);
    }

    /** Takes a model out of service; requests under way end normally. */
    public void undeploy(String name, Change change) {
        deployment(name).undeploy(change);
    }

    /** {@link #undeploy(String, Change)} by nobody in particular. */
    public void undeploy(String name) {
        undeploy(name, Change.unsaid());
    }

    /**
     * Puts back into service what was when the process ended: versions with their options, rollouts at their step, and what a rollback
     * goes back to. What is in service already stays as it is; what cannot be loaded keeps nobody else out.
     *
     * @return {@link #failures}
     */
    public Map<String, String> restore() {
        requireOpen();
        for (String name : RestoreOrder.of(context)) {
            any(name).restore();
        }
        return failures();
    }

    /** Versions that should be in service or loaded and could not be, such as {@code digits:2}, and why; sorted. */
    public Map<String, String> failures() {
        requireOpen();
        Map<String, String> all = new TreeMap<>();
        byName.values().forEach(deployment -> all.putAll(deployment.failures()));
        return all;
    }

    /** What is loaded and how it does, as a table for people. */
    public ServingStatus status() {
        return new ServingStatus(all().stream()
                .flatMap(deployment -> deployment.status().stream())
                .collect(ImmutableList.toImmutableList()));
    }

    /** What happened to a deployment, oldest first; nothing if there never was one of that name. */
    public List<DeploymentEvent> history(String name) {
        requireOpen();
        return context.journal().entries(name).stream()
                .map(DeploymentEvent::read)
                .toList();
    }

    /**
     * The deployment of that name.
     *
     * @throws ModelNotFoundException if there is none
     */
    public Deployment deployment(String name) {
        requireOpen();
        Deployment deployment = byName.get(name);
        if (deployment == null || !deployment.isInService()) {
            String what = "no model " + Require.quote(name) + " is deployed; ";
            List<String> deployed = all().stream().map(Deployment::name).toList();
            throw new ModelNotFoundException(
                    what + "deployed: " + deployed + "; deploy it first", what + "deploy it first", null);
        }
        return deployment;
    }

    /** All deployments, by name. */
    public List<Deployment> all() {
        requireOpen();
        return byName.values().stream()
                .filter(Deployment::isInService)
                .sorted(Comparator.comparing(Deployment::name))
                .toList();
    }

    /**
     * A model to call. It follows its name: after an undeploy and a new deploy it works again.
     *
     * @param name the name, or a name and one of the loaded versions such as {@code digits:2}
     * @throws ModelNotFoundException if no model of that name is deployed now
     */
    public Model model(String name) {
        if (name.indexOf(':') < 0) { // As nearly all are: to look for a pattern takes every request some time.
            return followed(name);
        }
        Matcher named = NAME_AND_VERSION.matcher(name);
        return named.matches() ? model(named.group(1), Integer.parseInt(named.group(2))) : followed(name);
    }

    /**
     * One version of a model to call, as long as it is loaded: the current one, the one on trial, and those of the load policy.
     *
     * @throws ModelNotFoundException if it is not loaded now
     */
    public Model model(String name, int version) {
        Model model = new LocalModel(deployment(name), version);
        Signature unused = model.signature();
        return model;
    }

    private Model followed(String name) {
        return new LocalModel(deployment(name), null);
    }

    /** Several models together: definitions of pipelines and the functions that they call. */
    public Pipelines pipelines() {
        requireOpen();
        return pipelines;
    }

    private List<PipelineDefinition> pipelinesInService(String name) {
        Deployment deployment = byName.get(name);
        return deployment == null ? List.of() : deployment.pipelines();
    }

    /** The graph of a deployed model, or of one of its versions. */
    private Graph graph(String reference) {
        Work.CallModel call = Work.model(reference);
        Integer number = call.version();
        Deployment deployment = deployment(call.model());
        Version version = registry.version(call.model(), number == null ? deployment.version() : number);
        Artifact artifact = registry.load(version);
        if (artifact.isPipeline()) {
            throw new MaasException("model " + version.title() + " is a pipeline (expected: an ONNX model)");
        }
        return OnnxReader.read(artifact.model());
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("maas is closed (expected: open); open it again to go on");
        }
    }

    /** Takes everything out of service and waits for the requests under way. Idempotent. */
    @Override
    public void close() {
        closed = true;
        List<Deployment> all = List.copyOf(byName.values());
        pins.close();
        all.forEach(Deployment::close);
        for (Deployment deployment : all) {
            if (!deployment.awaitDrained(DRAIN.toNanos())) {
                LOG.warn("requests to {} are still running; their memory is freed when they end", deployment.name());
            }
        }
        executor.shutdown();
        timer.shutdown();
    }

    private final class LocalModel implements Model {
        private final Deployment deployment;
        private final @Nullable Integer number;

        LocalModel(Deployment deployment, @Nullable Integer number) {
            this.deployment = deployment;
            this.number = number;
        }

        private Requests requests() {
            requireOpen();
            return deployment.requests();
        }

        @Override
        public String name() {
            return deployment.name();
        }

        @Override
        public Signature signature() {
            Traffic now = requests().live();
            return (number == null ? now.current() : now.named(number)).signature();
        }

        @Override
        public Prediction predict(Tensors inputs, RequestOptions options) {
            return requests().predict(inputs, options, number);
        }

        @Override
        public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
            try {
                return requests().predictAsync(inputs, options, number);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }
}

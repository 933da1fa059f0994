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
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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

    private final ConcurrentHashMap<String, Deployment> byName = new ConcurrentHashMap<>();
    private final ModelRegistry registry;
    private final ExecutorService executor;
    private final ScheduledThreadPoolExecutor timer;
    private final VersionLoader loader;
    private final Pipelines pipelines;
    /** Of pipelines that were not deployed. */
    private final Pins pins;
    /**
     * Taken before any deployment's own lock while a pipeline comes into service, since it looks into those of its models: so no two
     * wait for each other, and no two close a cycle together.
     */
    private final Object pipelineChange = new Object();

    private final ServingOptions options;
    private volatile boolean closed;

    /** Deployments that are watched by meters alone. */
    public Deployments(ModelRegistry registry, Backends backends, Ticker ticker, MeterRegistry meters) {
        this(registry, backends, ticker, ServingOptions.defaults().withMeters(meters));
    }

    /** @param ticker the clock that deadlines are measured with */
    public Deployments(ModelRegistry registry, Backends backends, Ticker ticker, ServingOptions options) {
        this.registry = registry;
        this.options = options;
        // Unbounded but small: at most one thread an instance of a model is ever busy.
        executor = Executors.newCachedThreadPool(threads("maas-serving-%d"));
        timer = new ScheduledThreadPoolExecutor(1, threads("maas-deadlines"));
        timer.setRemoveOnCancelPolicy(true);
        pins = new Pins(registry, this::deployment, LocalModel::new);
        pipelines =
                new Pipelines(new PipelineHost(pins::model, this::graph, executor, timer, ticker, options.meters()));
        loader = new VersionLoader(
                registry,
                backends,
                executor,
                timer,
                ticker,
                options,
                new PipelineLoader(registry, pipelines, this::deployment, LocalModel::new, this::pipelineInService));
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
    public Deployment deploy(String name, String reference, DeployOptions wishes) {
        requireOpen();
        Version version = registry.resolve(name, reference);
        Deployment deployment = byName.computeIfAbsent(name, fresh -> new Deployment(fresh, loader, options.meters()));
        Version before = deployment.answering();
        try {
            if (version.manifest().files().containsKey(Artifact.PIPELINE_FILE)) {
                synchronized (pipelineChange) {
                    deployment.swap(version, wishes);
                }
            } else {
                deployment.swap(version, wishes);
            }
        } catch (Throwable t) {
            byName.computeIfPresent(name, (key, found) -> found.isInService() ? found : null);
            throw t;
        }
        LOG.info("deployed {}", version.title());
        tell(before == null ? new ServingEvent.Deployed(version) : new ServingEvent.Swapped(before, version));
        return deployment;
    }

    /**
     * Puts the version that answered before the current one back into service.
     *
     * @return the version that answers now
     * @throws IllegalStateException if there is none before it
     */
    public Version rollback(String name) {
        requireOpen();
        Deployment deployment = deployment(name);
        Version before = deployment.answering();
        Version version;
        if (deployment.pipeline() != null) {
            synchronized (pipelineChange) {
                version = deployment.rollback();
            }
        } else {
            version = deployment.rollback();
        }
        LOG.info("rolled back to {}", version.title());
        if (before != null) {
            tell(new ServingEvent.RolledBack(before, version));
        }
        return version;
    }

    /** Takes a model out of service; requests under way end normally. */
    public void undeploy(String name) {
        requireOpen();
        Deployment deployment = deployment(name);
        Version before = deployment.answering();
        byName.remove(name, deployment);
        deployment.retireAll();
        LOG.info("undeployed {}", name);
        if (before != null) {
            tell(new ServingEvent.Undeployed(before));
        }
    }

    private void tell(ServingEvent event) {
        Watch.tell(options.listener(), event);
    }

    /** What is loaded and how it does, as a table for people. */
    public ServingStatus status() {
        ImmutableList.Builder<ServingStatus.Row> rows = ImmutableList.builder();
        for (Deployment deployment : all()) {
            Version answering = deployment.answering();
            for (LoadedVersion loaded : deployment.loaded()) {
                rows.add(ServingStatus.Row.of(loaded, loaded.version().equals(answering)));
            }
        }
        return new ServingStatus(rows.build());
    }

    /**
     * The deployment of that name.
     *
     * @throws ModelNotFoundException if there is none
     */
    public Deployment deployment(String name) {
        requireOpen();
        Deployment deployment = byName.get(name);
        if (deployment == null) {
            throw new ModelNotFoundException("no model " + Require.quote(name) + " is deployed; deployed: "
                    + byName.keySet().stream().sorted().toList() + "; deploy it first");
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
     * @throws ModelNotFoundException if no model of that name is deployed now
     */
    public Model model(String name) {
        return new LocalModel(deployment(name).name());
    }

    /** Several models together: definitions of pipelines and the functions that they call. */
    public Pipelines pipelines() {
        requireOpen();
        return pipelines;
    }

    private @Nullable PipelineDefinition pipelineInService(String name) {
        Deployment deployment = byName.get(name);
        return deployment == null ? null : deployment.pipeline();
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
        byName.clear();
        pins.close();
        all.forEach(Deployment::retireAll);
        for (Deployment deployment : all) {
            if (!deployment.awaitDrained(DRAIN.toNanos())) {
                LOG.warn("requests to {} are still running; their memory is freed when they end", deployment.name());
            }
        }
        executor.shutdown();
        timer.shutdown();
    }

    private final class LocalModel implements Model {
        private final String name;

        LocalModel(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Signature signature() {
            return deployment(name).signature();
        }

        @Override
        public Prediction predict(Tensors inputs, RequestOptions options) {
            return deployment(name).predict(inputs, options);
        }

        @Override
        public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
            try {
                return deployment(name).predictAsync(inputs, options);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }
}

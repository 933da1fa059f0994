package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.LengthPadding;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * Makes a published version ready to answer: verified bytes, an engine's program, the golden sample still right, warmed up.
 * Only then may traffic reach it.
 */
final class VersionLoader {
    /** Enough for an engine to settle its buffers; engines compile nothing lazily beyond that. */
    private static final int WARM_UP_RUNS = 3;

    private final ModelRegistry registry;
    private final Backends backends;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Ticker ticker;
    private final PipelineLoader pipelines;
    private final ServingOptions serving;
    private final SharedPrograms programs;
    private final BudgetedLoads loads;

    VersionLoader(
            ModelRegistry registry,
            Backends backends,
            Executor executor,
            ScheduledExecutorService timer,
            Ticker ticker,
            ServingOptions serving,
            PipelineLoader pipelines) {
        this.registry = registry;
        this.backends = backends;
        this.executor = executor;
        this.timer = timer;
        this.ticker = ticker;
        this.pipelines = pipelines;
        this.serving = serving;
        this.programs = new SharedPrograms(new MemoryBudget(serving.memoryBudget()), executor, ticker);
        this.loads = new BudgetedLoads(serving.loadBudget(), executor, timer);
    }

    Ticker ticker() {
        return ticker;
    }

    /**
     * Loads a version: a model, or a pipeline out of models that are deployed.
     *
     * @throws ArtifactRejectedException if its bytes are damaged or it no longer gives its golden outputs
     */
    LoadedVersion load(Version version, DeployOptions options) {
        Watch watch = new Watch(version, serving);
        try {
            LoadedVersion loaded = load(version, options, watch);
            if (options.loading() == Loading.AT_ONCE) {
                watch.tell(new ServingEvent.Loaded(version));
            }
            return loaded;
        } catch (Throwable t) {
            watch.tell(new ServingEvent.Refused(version, t));
            throw t;
        }
    }

    private LoadedVersion load(Version version, DeployOptions options, Watch watch) {
        Artifact artifact = registry.load(version);
        if (artifact.isPipeline()) {
            return loadPipeline(version, artifact, options);
        }
        String name = options.backend();
        Backend backend = name == null ? backends.preferred() : backends.named(name);
        ServedProgram program = open(version, artifact, backend, options, watch);
        try {
            if (options.loading() == Loading.AT_ONCE) {
                prove(version, artifact, program);
            }
            LengthPadding padding = artifact.signature().padding();
            Batcher batcher = new Batcher(program, watch, padding, options, executor, timer, ticker);
            return new LoadedVersion(watch, program, options, batcher, padding);
        } catch (Throwable t) {
            program.close();
            throw t;
        }
    }

    /** Its models are warm, and were checked against their own golden samples; its own holds the whole against them. */
    private LoadedVersion loadPipeline(Version version, Artifact artifact, DeployOptions options) {
        ServedPipeline pipeline = pipelines.load(version, artifact, options);
        try {
            Optional<GoldenSample> golden = artifact.golden();
            if (golden.isPresent()) {
                Prediction answer = pipeline.predict(golden.get().inputs(), RequestOptions.none());
                if (!answer.fallbacks().isEmpty()) {
                    throw new ArtifactRejectedException("golden sample of " + version.title() + ": steps "
                            + answer.fallbacks() + " fell back (expected: none); mend what they call");
                }
                check(version, golden.get(), answer.outputs());
            }
            return new LoadedVersion(version, pipeline, options);
        } catch (Throwable t) {
            pipeline.close();
            throw t;
        }
    }

    /**
     * Looks at a version that was loaded before.
     *
     * @throws ArtifactRejectedException if it is a pipeline that would call itself by way of what is in service now
     */
    void requireNoCycle(LoadedVersion version) {
        ServedPipeline pipeline = version.pipeline();
        if (pipeline != null) {
            pipelines.requireNoCycle(version.version(), pipeline.definition());
        }
    }

    private ServedProgram open(
            Version version, Artifact artifact, Backend backend, DeployOptions options, Watch watch) {
        StoredModel model = new StoredModel(version, artifact);
        boolean packing = options.batching().packing();
        SharedPrograms.Key key = new SharedPrograms.Key(
                model.sha256(), backend, options.program(), artifact.signature().padding(), packing);
        long bytes = backend.residentBytes(model.bytes());
        Supplier<Program> loader =
                () -> loads.load(version.title(), () -> model.load(backend, options.program(), packing, serving));
        return options.loading() == Loading.AT_ONCE
                ? programs.pin(key, bytes, loader)
                : programs.onDemand(
                        key, bytes, loader, artifact.signature(), watch, program -> prove(version, artifact, program));
    }

    /** Holds it to the golden sample, if there is one, and warms it up, within the time of a load. */
    private void prove(Version version, Artifact artifact, Program program) {
        Optional<GoldenSample> golden = artifact.golden();
        if (golden.isPresent()) {
            program.signature().check(version.title(), golden.get().inputs());
            Cancellation end = Cancellation.after(serving.loadBudget().time(), timer);
            check(version, golden.get(), program.run(golden.get().inputs(), end));
            for (int i = 1; i < WARM_UP_RUNS; i++) {
                program.run(golden.get().inputs(), end);
            }
        }
    }

    private static void check(Version version, GoldenSample golden, Tensors actual) {
        for (Tensors.Entry expected : golden.outputs()) {
            Tensor found = actual.find(expected.name());
            double difference = found == null ? Double.POSITIVE_INFINITY : difference(expected.tensor(), found);
            // Written so that NaN, which compares with nothing, is refused too.
            if (!(difference <= golden.tolerance())) {
                throw new ArtifactRejectedException("golden sample of " + version.title() + ": output "
                        + expected.name() + " differs by " + difference + " (expected: at most " + golden.tolerance()
                        + "); the model or the engine is not the one it was published with");
            }
        }
    }

    /** The largest absolute difference of floating-point tensors; 0 or infinity for all others. */
    private static double difference(Tensor expected, Tensor actual) {
        if (expected.dataType() != actual.dataType() || !expected.shape().equals(actual.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        if (!expected.dataType().isFloating() || expected.equals(actual)) {
            return expected.equals(actual) ? 0 : Double.POSITIVE_INFINITY;
        }
        double[] left = expected.toDoubleArray();
        double[] right = actual.toDoubleArray();
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            // Equal infinities and NaNs are no difference, and would be NaN if subtracted.
            if (Double.compare(left[i], right[i]) != 0) {
                double difference = Math.abs(left[i] - right[i]);
                largest = difference <= largest ? largest : difference;
            }
        }
        return largest;
    }
}

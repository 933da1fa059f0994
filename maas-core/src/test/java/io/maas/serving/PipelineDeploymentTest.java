package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.Backends;
import io.maas.backend.Cancellation;
import io.maas.backend.PlainBackend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.Session;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.StepException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.PipelineFunction;
import io.maas.pipeline.Step;
import io.maas.pipeline.Work;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PipelineDeploymentTest {
    private static final DeployOptions OPTIONS = DeployOptions.defaults();

    /** Multiplies by the one constant that a model has; counts what is open. */
    private static final class ScalingBackend extends PlainBackend {
        final AtomicInteger open = new AtomicInteger();
        /** A permit a close. */
        final Semaphore closes = new Semaphore(0);

        ScalingBackend() {
            super("scaling");
        }

        @Override
        public Program compile(Graph graph, ProgramOptions options) {
            open.incrementAndGet();
            return new Scaling(
                    Signature.of(graph),
                    graph.constants().values().iterator().next().item(),
                    this);
        }
    }

    private record Scaling(Signature signature, double factor, ScalingBackend backend, AtomicBoolean closed)
            implements Program {
        Scaling(Signature signature, double factor, ScalingBackend backend) {
            this(signature, factor, backend, new AtomicBoolean());
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            if (closed.get()) {
                throw new IllegalStateException("run after close");
            }
            Tensor x = inputs.get("x");
            double[] values = x.toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor;
            }
            return Tensors.of("y", Tensor.of(DataType.FLOAT32, values, x.shape()));
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            throw new IllegalStateException("not used here");
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                backend.open.decrementAndGet();
                backend.closes.release();
            }
        }
    }

    @TempDir
    Path folder;

    private final ScalingBackend backend = new ScalingBackend();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private StoredModelRegistry registry;
    private Deployments deployments;

    @BeforeEach
    void open() {
        registry = StoredModelRegistry.open(folder.resolve("models"));
        deployments = open(meters);
        registry.publish("a", scaling(2));
        registry.publish("a", scaling(3));
        registry.publish("b", scaling(10));
        deployments.deploy("a", "1", OPTIONS);
        deployments.deploy("b", "latest", OPTIONS);
    }

    private Deployments open(SimpleMeterRegistry registryOfMeters) {
        return new Deployments(registry, Backends.of(backend), Ticker.systemTicker(), registryOfMeters);
    }

    @AfterEach
    void close() {
        deployments.close();
        assertThat(backend.open).hasValue(0);
    }

    private static Artifact scaling(double factor) {
        GraphBuilder b = new GraphBuilder("scaling");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch"));
        b.output("y", b.mul(x, factor));
        return Artifact.of(b.build());
    }

    /** A chain of models and functions ({@code #name}), each from {@code x} to {@code y}. */
    private static PipelineDefinition chain(String... works) {
        PipelineDefinition.Builder builder = PipelineDefinition.builder().input("x", DataType.FLOAT32, "batch");
        String last = "x";
        for (int i = 0; i < works.length; i++) {
            Work work = works[i].startsWith("#") ? Work.function(works[i].substring(1)) : Work.model(works[i]);
            builder.step(Step.of("s" + i, work, Map.of("x", last)));
            last = "s" + i + ".y";
        }
        return builder.output("y", last).build();
    }

    private Version publish(String name, String... works) {
        return registry.publish(
                name, deployments.pipelines().of(name, chain(works)).toArtifact());
    }

    private static Tensors x(double value) {
        return Tensors.of("x", Tensor.of(DataType.FLOAT32, new double[] {value}, Shape.of(1)));
    }

    private static double answer(Model model) {
        return model.predict(x(1)).get("y").item();
    }

    private void registerNegation(Deployments where) {
        TensorSpec spec = new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("n"));
        Signature signature =
                new Signature(List.of(spec), List.of(new TensorSpec("y", DataType.FLOAT32, spec.shape())));
        where.pipelines().register(new PipelineFunction("negate", signature, inputs -> {
            Tensor x = inputs.get("x");
            double[] values = x.toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                values[i] = -values[i];
            }
            return Tensors.of("y", Tensor.of(DataType.FLOAT32, values, x.shape()));
        }));
    }

    @Test
    void aPipelineIsPublishedDeployedAndRolledBackAsOne() {
        registerNegation(deployments);
        publish("p", "a", "b", "#negate");
        publish("p", "b", "b");
        deployments.deploy("p", "1", OPTIONS);
        Model model = deployments.model("p");
        Prediction first = model.predict(x(1));

        assertThat(first.get("y").item()).isEqualTo(-20);
        assertThat(first.version()).isEqualTo(1);
        deployments.deploy("p", "2", OPTIONS);
        assertThat(answer(model)).isEqualTo(100);
        assertThat(deployments.rollback("p").number()).isEqualTo(1);
        assertThat(answer(model)).isEqualTo(-20);
        assertThat(model.predictAsync(x(2)).join().get("y").item()).isEqualTo(-40);
        assertThat(deployments.deployment("p").statistics().requests()).isEqualTo(3);
    }

    @Test
    void namesAreFollowedAndVersionsPinned() {
        publish("follows", "a");
        publish("pins", "a:1");
        publish("pins-another", "a:2");
        for (String name : List.of("follows", "pins", "pins-another")) {
            deployments.deploy(name, "latest", OPTIONS);
        }
        assertThat(answer(deployments.model("pins-another"))).isEqualTo(3);
        deployments.deploy("a", "2", OPTIONS);
        registry.publish("a", scaling(5));
        deployments.deploy("a", "3", OPTIONS);

        assertThat(answer(deployments.model("follows"))).isEqualTo(5);
        assertThat(answer(deployments.model("pins"))).isEqualTo(2);
        assertThat(answer(deployments.model("pins-another"))).isEqualTo(3);
        assertThat(deployments.model("pins").predictAsync(x(1)).join().get("y").item())
                .isEqualTo(2);
    }

    @Test
    void aPinnedVersionIsFreedWithItsLastPipeline() {
        publish("one", "a:1");
        deployments.deploy("one", "latest", OPTIONS);
        deployments.close();
        deployments = open(new SimpleMeterRegistry());
        deployments.deploy("a", "2", OPTIONS);
        deployments.deploy("one", "latest", OPTIONS);
        assertThat(backend.open).hasValue(2);

        deployments.undeploy("one");
        assertThat(backend.open).hasValue(1);
    }

    @Test
    void whatIsNotDeployedOrRegisteredIsRefusedAndTheOldOneGoesOn() {
        registerNegation(deployments);
        publish("p", "b");
        publish("p", "b", "#negate");
        publish("p", "a:1");
        deployments.close();
        deployments = open(new SimpleMeterRegistry());
        deployments.deploy("b", "latest", OPTIONS);
        deployments.deploy("p", "1", OPTIONS);

        assertThatThrownBy(() -> deployments.deploy("p", "2", OPTIONS))
                .isInstanceOf(StepException.class)
                .hasMessageStartingWith("step \"s1\" calls function \"negate\", which is not registered here");
        assertThatThrownBy(() -> deployments.deploy("p", "3", OPTIONS))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("step \"s0\": no model \"a\" is deployed; deployed: [b, p]; deploy it first");
        assertThat(answer(deployments.model("p"))).isEqualTo(10);
    }

    @Test
    void theGoldenSampleHoldsTheWhole() {
        GoldenSample golden = GoldenSample.of(x(1), Tensors.of("y", x(20).get("x")));
        registry.publish(
                "p",
                deployments.pipelines().of("p", chain("a", "b")).toArtifact().withGolden(golden));
        deployments.deploy("p", "latest", OPTIONS);
        deployments.undeploy("p");
        deployments.deploy("a", "2", OPTIONS);

        assertThatThrownBy(() -> deployments.deploy("p", "latest", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("golden sample of p:1: output y differs by 10.0 (expected: at most 2.0E-4)");
    }

    @Test
    void aModelThatHasBecomeAnotherIsRefused() {
        publish("p", "a");
        GraphBuilder b = new GraphBuilder("long");
        b.output("y", b.cast(b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch")), 2), DataType.INT64));
        registry.publish("a", Artifact.of(b.build()));
        deployments.deploy("a", "3", OPTIONS);

        assertThatThrownBy(() -> deployments.deploy("p", "latest", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "pipeline p:1 was published with outputs [y: float32[batch]], and with the models of now it gives"
                                + " [y: int64[batch]]; deploy the models that it was made of, or publish it again");
    }

    @Test
    void pipelinesThatWouldCallThemselvesAreRefused() {
        publish("p", "a");
        publish("q", "a");
        deployments.deploy("p", "1", OPTIONS);
        deployments.deploy("q", "1", OPTIONS);
        publish("q", "p", "b");
        deployments.deploy("q", "2", OPTIONS);
        assertThat(answer(deployments.model("q"))).isEqualTo(20);
        publish("p", "q");
        publish("p", "p", "b");

        assertThatThrownBy(() -> deployments.deploy("p", "2", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "pipeline p:2 would call itself: p calls q calls p (expected: no cycle); let one of them call"
                                + " another model");
        assertThatThrownBy(() -> deployments.deploy("p", "3", OPTIONS)).hasMessageContaining("p calls p");
        assertThat(answer(deployments.model("q"))).isEqualTo(20);
    }

    /** A function that answers when the future does. */
    private CompletableFuture<Tensors> registerWaiting() {
        CompletableFuture<Tensors> release = new CompletableFuture<>();
        TensorSpec spec = new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("n"));
        deployments
                .pipelines()
                .register(new PipelineFunction(
                        "wait",
                        new Signature(List.of(spec), List.of(new TensorSpec("y", DataType.FLOAT32, spec.shape()))),
                        inputs -> release.join()));
        return release;
    }

    @Test
    void tooManyRequestsAtOnceAreRefused() throws Exception {
        CompletableFuture<Tensors> release = registerWaiting();
        publish("p", "#wait");
        deployments.deploy("p", "latest", OPTIONS.withMaxQueue(1));
        CompletableFuture<Prediction> first = deployments.model("p").predictAsync(x(1));

        assertThatThrownBy(() -> deployments.model("p").predict(x(1)))
                .isInstanceOf(OverloadedException.class)
                .hasMessageStartingWith("pipeline p has 1 requests under way (expected: fewer); try again in");
        release.complete(Tensors.of("y", x(7).get("x")));
        assertThat(first.get().get("y").item()).isEqualTo(7);
        assertThat(deployments.deployment("p").statistics()).isEqualTo(new Deployment.Statistics(2, 1, 1));
    }

    @Test
    void aRequestThatIsGivenUpKeepsNothingLoaded() throws Exception {
        CompletableFuture<Tensors> release = registerWaiting();
        publish("p", "#wait", "a");
        deployments.deploy("p", "latest", OPTIONS);
        CompletableFuture<Prediction> unwanted = deployments.model("p").predictAsync(x(1));

        int loaded = backend.open.get();
        backend.closes.drainPermits();
        unwanted.cancel(false);
        release.complete(Tensors.of("y", x(7).get("x")));
        List.of("p", "a", "b").forEach(deployments::undeploy);

        assertThat(backend.closes.tryAcquire(loaded, 20, TimeUnit.SECONDS))
                .as("%d closed", loaded)
                .isTrue();
        assertThat(backend.open).hasValue(0);
    }

    @Test
    void stepsAreCountedAsLongAsTheVersionIsLoaded() {
        publish("p", "a", "b");
        deployments.deploy("p", "latest", OPTIONS);
        answer(deployments.model("p"));
        assertThat(meters.get("maas.pipeline.step")
                        .tags("pipeline", "p", "version", "1", "step", "s1")
                        .timer()
                        .count())
                .isEqualTo(1);

        deployments.undeploy("p");
        assertThat(meters.find("maas.pipeline.step").tag("version", "1").timers())
                .isEmpty();
    }

    @Test
    void swapsUnderneathFailNoRequest() throws Exception {
        registerNegation(deployments);
        publish("p", "a", "b", "#negate");
        publish("p", "b", "a:1");
        deployments.deploy("p", "1", OPTIONS);
        Model model = deployments.model("p");
        AtomicBoolean over = new AtomicBoolean();
        Callable<Integer> caller = () -> {
            int answers = 0;
            while (!over.get() || answers == 0) {
                Prediction prediction = answers % 2 == 0
                        ? model.predict(x(1))
                        : model.predictAsync(x(1)).get();
                double y = prediction.get("y").item();
                // Version 2 pins the model of factor 2; version 1 follows whichever is in service.
                assertThat(y).isIn(prediction.version() == 2 ? List.of(20.0) : List.of(-20.0, -30.0));
                answers++;
            }
            return answers;
        };
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try {
            List<Future<Integer>> callers = java.util.stream.Stream.generate(() -> threads.submit(caller))
                    .limit(64)
                    .toList();
            for (int i = 0; i < 60; i++) {
                deployments.deploy("a", i % 2 == 0 ? "2" : "1", OPTIONS);
                if (i % 3 == 0) {
                    deployments.deploy("p", i % 2 == 0 ? "2" : "1", OPTIONS);
                } else if (i % 7 == 0) {
                    deployments.rollback("p");
                }
            }
            over.set(true);
            for (Future<Integer> each : callers) {
                assertThat(each.get()).isPositive();
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }
}

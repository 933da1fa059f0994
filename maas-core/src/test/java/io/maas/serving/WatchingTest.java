package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.Backends;
import io.maas.backend.PlainBackend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.error.InvalidInputException;
import io.maas.error.OverloadedException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WatchingTest {
    private static final DeployOptions OPTIONS =
            DeployOptions.defaults().withInstances(1).withMaxQueue(4);

    @TempDir
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<ServingEvent> events = new CopyOnWriteArrayList<>();
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final List<Observation.Context> observed = new CopyOnWriteArrayList<>();
    private final DoublingBackend backend = new DoublingBackend();
    private StoredModelRegistry registry;
    private Deployments deployments;

    private static final class DoublingBackend extends PlainBackend {
        volatile DoublingProgram program = new DoublingProgram();
        volatile @Nullable RuntimeException broken;

        DoublingBackend() {
            super("doubling");
        }

        @Override
        public Program compile(Graph graph, ProgramOptions options) {
            if (broken != null) {
                throw broken;
            }
            program = new DoublingProgram();
            return program;
        }
    }

    @BeforeEach
    void open() {
        observations.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                observed.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        registry = StoredModelRegistry.open(folder.resolve("models"));
        for (int i = 1; i <= 2; i++) {
            GraphBuilder b = new GraphBuilder("m" + i);
            Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "width"));
            b.output("y", b.mul(x, 2));
            registry.publish("m", Artifact.of(b.build()));
        }
        deployments = new Deployments(
                registry,
                Backends.of(backend),
                Ticker.systemTicker(),
                ServingOptions.defaults()
                        .withMeters(meters)
                        .withObservations(observations)
                        .withListener(events::add));
    }

    @AfterEach
    void close() {
        deployments.close();
    }

    private Model deploy(String version) {
        deployments.deploy("m", version, OPTIONS);
        return deployments.model("m");
    }

    private double count(String name, String... tags) {
        return meters.get(name)
                .tags("model", "m", "version", "1")
                .tags(tags)
                .functionCounter()
                .count();
    }

    /** Holds the engine in a run. */
    private CompletableFuture<Prediction> occupy(Model model) throws InterruptedException {
        backend.program.entered.drainPermits();
        backend.program.held = true;
        CompletableFuture<Prediction> busy = model.predictAsync(DoublingProgram.row(0));
        backend.program.entered.acquire();
        return busy;
    }

    private void release() {
        backend.program.held = false;
        backend.program.gate.release();
    }

    @Test
    void errorsAreCountedByKind() throws Exception {
        Model model = deploy("1");
        assertThatThrownBy(() -> model.predict(Tensors.none())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> model.predict(DoublingProgram.row(-1))).hasMessage("poison");
        CompletableFuture<Prediction> busy = occupy(model);
        CompletableFuture<Prediction> left = model.predictAsync(DoublingProgram.row(1));
        left.cancel(false);
        release();
        busy.get();

        assertThat(count("maas.errors", "kind", "invalid")).isEqualTo(1);
        assertThat(count("maas.errors", "kind", "error")).isEqualTo(1);
        assertThat(count("maas.errors", "kind", "cancelled")).isEqualTo(1);
        assertThat(count("maas.errors", "kind", "engine")).isZero();
        assertThat(count("maas.failures")).isEqualTo(3);
        assertThat(count("maas.requests")).isEqualTo(4);
    }

    @Test
    void queueRunsAndBatchesAreMeasured() throws Exception {
        Model model = deploy("1");
        CompletableFuture<Prediction> busy = occupy(model);
        List<CompletableFuture<Prediction>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(model.predictAsync(DoublingProgram.row(i)));
        }
        assertThat(meters.get("maas.queue.length").gauge().value()).isEqualTo(3);
        release();
        busy.get();
        for (CompletableFuture<Prediction> each : waiting) {
            each.get();
        }

        assertThat(count("maas.rows")).isEqualTo(4);
        assertThat(meters.get("maas.run").functionTimer().count()).isEqualTo(count("maas.executions"));
        assertThat(meters.get("maas.queue").functionTimer().count()).isEqualTo(4);
        assertThat(meters.get("maas.latency").tag("quantile", "0.99").gauge().value())
                .isPositive();
        assertThat(meters.get("maas.resident").gauge().value()).isPositive();
        assertThat(deployments.status().rows())
                .singleElement()
                .satisfies(row -> assertThat(row.meanBatch()).isEqualTo(4 / count("maas.executions")));
    }

    @Test
    void aRequestIsAnObservationWithTheRowsItRanWith() throws Exception {
        Model model = deploy("1");
        model.predict(DoublingProgram.row(1));
        CompletableFuture<Prediction> busy = occupy(model);
        CompletableFuture<Prediction> first = model.predictAsync(DoublingProgram.row(1));
        CompletableFuture<Prediction> second = model.predictAsync(DoublingProgram.row(2));
        release();
        busy.get();
        first.get();
        second.get();
        while (observed.size() < 4) {
            // An answer may be there a moment before its observation ends.
            Thread.onSpinWait();
        }
        assertThatThrownBy(() -> model.predict(DoublingProgram.row(-1))).hasMessage("poison");

        assertThat(observed).hasSize(5).allSatisfy(context -> {
            assertThat(context.getName()).isEqualTo("maas.predict");
            assertThat(context.getLowCardinalityKeyValue("model").getValue()).isEqualTo("m");
            assertThat(context.getLowCardinalityKeyValue("version").getValue()).isEqualTo("1");
        });
        assertThat(observed.subList(0, 4))
                .extracting(context ->
                        context.getHighCardinalityKeyValue("batch.rows").getValue())
                .containsExactlyInAnyOrder("1", "1", "2", "2");
        assertThat(observed.get(4).getError()).hasMessage("poison");
    }

    @Test
    void theListenerHearsOfTheLifeOfVersions() {
        deploy("1");
        deploy("2");
        deployments.rollback("m");
        deployments.undeploy("m");
        backend.broken = new BackendException("doubling", "no memory");
        assertThatThrownBy(() -> deploy("1")).isSameAs(backend.broken);

        assertThat(events)
                .extracting(event ->
                        event.getClass().getSimpleName() + event.version().number())
                .containsExactly(
                        "Loaded1",
                        "Deployed1",
                        "Loaded2",
                        "Swapped2",
                        "RolledBack1",
                        "Unloaded1",
                        "Unloaded2",
                        "Undeployed1",
                        "Refused1");
    }

    @Test
    void overloadBeginsOnceAndEndsWhenHalfOfTheQueueIsFree() throws Exception {
        Model model = deploy("1");
        CompletableFuture<Prediction> busy = occupy(model);
        List<CompletableFuture<Prediction>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(model.predictAsync(DoublingProgram.row(i)));
        }
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> model.predict(DoublingProgram.row(9))).isInstanceOf(OverloadedException.class);
        }
        assertThat(deployments.status().rows().get(0).state()).isEqualTo("overloaded");
        release();
        busy.get();
        for (CompletableFuture<Prediction> each : waiting) {
            each.get();
        }

        assertThat(events)
                .filteredOn(event -> event.getClass().getSimpleName().startsWith("Overload"))
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("OverloadBegan", "OverloadEnded");
        assertThat(count("maas.errors", "kind", "overloaded")).isEqualTo(2);
    }

    @Test
    void anErrorOfTheEngineIsToldAndAListenerThatFailsHarmsNobody() {
        Model model = deploy("1");
        backend.program.error = new StackOverflowError();
        assertThatThrownBy(() -> model.predict(DoublingProgram.row(1))).isInstanceOf(StackOverflowError.class);
        assertThat(events).last().isInstanceOf(ServingEvent.WorkerFailed.class);

        try (Deployments others = new Deployments(
                registry,
                Backends.of(backend),
                Ticker.systemTicker(),
                ServingOptions.defaults().withListener(event -> {
                    throw new IllegalStateException("listener");
                }))) {
            others.deploy("m", "1", OPTIONS);
            assertThat(others.model("m").predict(DoublingProgram.row(1)).version())
                    .isEqualTo(1);
        }
    }

    @Test
    void theStatusIsATable() {
        Model model = deploy("1");
        model.predict(DoublingProgram.row(1));
        deploy("2");

        String[] lines = deployments.status().toString().split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[0]).matches("model +version +state +requests +errors +p50 +p99 +batch +waste +queue +memory");
        assertThat(lines[1]).matches("m +2 +serving +0 +0.0 % .* +0.\\d KiB");
        assertThat(lines[2]).matches("m +1 +warm +1 +0.0 % .* +1.0 +0.0 % +0 +0.\\d KiB");
        assertThat(lines[1]).hasSameSizeAs(lines[0]);
    }
}

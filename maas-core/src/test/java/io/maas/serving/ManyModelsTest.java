package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import com.google.common.io.ByteSource;
import io.maas.backend.Backends;
import io.maas.backend.FakeBackends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DeadlineExceededException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.RequestOptions;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ManyModelsTest {
    /** Publishing, not serving, is what takes the time. */
    private static final int MODELS = Boolean.getBoolean("maas.nightly") ? 1_000 : 200;

    private static final int RESIDENT = MODELS / 20;
    private static final DeployOptions ON_DEMAND = DeployOptions.defaults().withLoading(Loading.ON_DEMAND);

    @TempDir
    Path folder;

    private final List<DoublingProgram> programs = new CopyOnWriteArrayList<>();
    private final List<ServingEvent> events = new CopyOnWriteArrayList<>();
    private CountDownLatch gate = new CountDownLatch(0);
    private StoredModelRegistry registry;
    private Deployments deployments;

    /** Each program takes one byte of the budget. */
    private final class CountingBackend extends FakeBackends.Working {
        @Override
        public Program load(ByteSource onnx, ProgramOptions options) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            DoublingProgram program = new DoublingProgram();
            programs.add(program);
            return program;
        }

        @Override
        public long residentBytes(long modelBytes) {
            return 1;
        }
    }

    @BeforeEach
    void open() {
        registry = StoredModelRegistry.open(folder.resolve("models"));
        deployments = new Deployments(
                registry,
                Backends.of(new CountingBackend()),
                Ticker.systemTicker(),
                ServingOptions.defaults().withMemoryBudget(RESIDENT).withListener(events::add));
    }

    @AfterEach
    void close() {
        gate.countDown();
        deployments.close();
        assertThat(programs).allMatch(program -> program.closes.get() == 1);
    }

    private static Artifact artifact(int number) {
        GraphBuilder b = new GraphBuilder("m" + number);
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "width"));
        b.output("y", b.mul(x, 2));
        return Artifact.of(b.build());
    }

    private void deploy(String name, Artifact artifact, DeployOptions options) {
        registry.publish(name, artifact);
        deployments.deploy(name, "latest", options);
    }

    private float ask(String name, float value) {
        Tensors outputs =
                deployments.model(name).predict(DoublingProgram.row(value)).outputs();
        return DoublingProgram.doubled(outputs)[0];
    }

    private long open(List<DoublingProgram> all) {
        return all.stream().filter(program -> program.closes.get() == 0).count();
    }

    @Test
    void aTwentiethOfTheModelsIsInMemoryAndAllAnswer() {
        deploy("pinned", artifact(1_000_000), DeployOptions.defaults());
        for (int i = 0; i < MODELS; i++) {
            deploy("m" + i, artifact(i), ON_DEMAND);
        }
        assertThat(programs).hasSize(1);
        Random random = new Random(5);
        for (int i = 0; i < 3_000; i++) {
            assertThat(ask("m" + random.nextInt(MODELS), i)).isEqualTo(2f * i);
            assertThat(open(programs)).isLessThanOrEqualTo(RESIDENT);
        }

        assertThat(programs.get(0).closes).hasValue(0);
        assertThat(deployments.status().rows().stream()
                        .filter(row -> row.state().equals("unloaded")))
                .hasSize(MODELS + 1 - RESIDENT);
        assertThat(events.stream().filter(event -> event instanceof ServingEvent.Loaded))
                .hasSize(programs.size());
    }

    @Test
    void aRequestDoesNotWaitForALoadBeyondItsDeadline() {
        deploy("slow", artifact(1), ON_DEMAND);
        gate = new CountDownLatch(1);

        assertThatThrownBy(() -> deployments
                        .model("slow")
                        .predict(DoublingProgram.row(1), RequestOptions.timeout(Duration.ofMillis(20))))
                .isInstanceOf(DeadlineExceededException.class);
        gate.countDown();
        assertThat(ask("slow", 3)).isEqualTo(6);
        assertThat(programs).hasSize(1);
    }

    @Test
    void namesWithTheSameBytesShareOneProgram() {
        deploy("one", artifact(1), DeployOptions.defaults());
        deploy("two", artifact(1), DeployOptions.defaults());
        deploy("three", artifact(1), DeployOptions.defaults().withProgram(ProgramOptions.training()));
        assertThat(programs).hasSize(2);

        deployments.undeploy("one");
        assertThat(ask("two", 1)).isEqualTo(2);
        deployments.undeploy("two");
        assertThat(programs.get(0).closes).hasValue(1);
    }

    @Test
    void aGoldenSampleIsHeldToBeforeTheFirstAnswer() {
        Artifact wrong = artifact(1)
                .withGolden(new GoldenSample(
                        DoublingProgram.row(1), Tensors.of("y", Tensor.of(new float[] {3}, 1, 1)), 1e-6));
        deploy("wrong", wrong, ON_DEMAND);

        assertThatThrownBy(() -> ask("wrong", 1))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("golden sample of wrong:1");
        assertThat(events).last().isInstanceOf(ServingEvent.Refused.class);
    }
}

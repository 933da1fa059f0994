package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.Backends;
import io.maas.backend.PlainBackend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.NonFiniteException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DeploymentsTest {
    /** Gives out doubling programs and remembers them, whatever the model says. */
    private static final class DoublingBackend extends PlainBackend {
        final List<DoublingProgram> programs = new CopyOnWriteArrayList<>();

        DoublingBackend() {
            super("doubling");
        }

        @Override
        public Program compile(Graph graph, ProgramOptions options) {
            DoublingProgram program = new DoublingProgram();
            programs.add(program);
            return program;
        }
    }

    private static final DeployOptions OPTIONS = DeployOptions.defaults().withInstances(1);

    @TempDir
    Path folder;

    private final DoublingBackend backend = new DoublingBackend();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private StoredModelRegistry registry;
    private Deployments deployments;

    @BeforeEach
    void open() {
        registry = StoredModelRegistry.open(folder.resolve("models"));
        deployments = new Deployments(registry, Backends.of(backend), Ticker.systemTicker(), meters);
        for (int i = 1; i <= 3; i++) {
            registry.publish("m", artifact(i, 2));
        }
    }

    @AfterEach
    void close() {
        deployments.close();
    }

    /** A model that multiplies by two, with golden outputs of {@code factor} times the inputs. */
    private static Artifact artifact(int number, float factor) {
        GraphBuilder b = new GraphBuilder("m" + number);
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "width"));
        b.output("y", b.mul(x, 2));
        return Artifact.of(b.build())
                .withGolden(new GoldenSample(
                        DoublingProgram.row(1, 3),
                        Tensors.of("y", Tensor.of(new float[] {factor, 3 * factor}, 1, 2)),
                        1e-6));
    }

    private int answering(Model model) {
        return model.predict(DoublingProgram.row(5)).version();
    }

    @Test
    void deploysSwapsAndWalksBack() {
        deployments.deploy("m", "1", OPTIONS);
        Model model = deployments.model("m");
        assertThat(answering(model)).isEqualTo(1);
        deployments.deploy("m", "latest", OPTIONS);
        assertThat(answering(model)).isEqualTo(3);
        deployments.deploy("m", "2", OPTIONS);
        assertThat(deployments.deployment("m").earlierVersions()).containsExactly(3, 1);

        assertThat(deployments.rollback("m")).extracting(Version::number).isEqualTo(3);
        assertThat(answering(model)).isEqualTo(3);
        assertThat(deployments.rollback("m").number()).isEqualTo(1);
        assertThatThrownBy(() -> deployments.rollback("m"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("model m: no version before 1 was in service (expected: a deploy before the rollback)");
        assertThat(answering(model)).isEqualTo(1);
    }

    @Test
    void theVersionBeforeStaysWarm() {
        deployments.deploy("m", "1", OPTIONS);
        deployments.deploy("m", "2", OPTIONS);
        int loaded = backend.programs.size();
        deployments.rollback("m");
        deployments.deploy("m", "2", OPTIONS);
        deployments.deploy("m", "2", OPTIONS);

        assertThat(backend.programs).hasSize(loaded).allMatch(program -> program.closes.get() == 0);
        deployments.deploy("m", "3", OPTIONS);
        assertThat(backend.programs.get(0).closes).hasValue(1);
    }

    @Test
    void aRequestUnderWayEndsOnTheVersionItBeganWith() throws Exception {
        deployments.deploy("m", "1", OPTIONS);
        DoublingProgram first = backend.programs.get(0);
        first.held = true;
        first.entered.drainPermits();
        CompletableFuture<Prediction> slow = deployments.model("m").predictAsync(DoublingProgram.row(4));
        first.entered.acquire();
        deployments.deploy("m", "2", OPTIONS);
        deployments.deploy("m", "3", OPTIONS);

        assertThat(first.closes).hasValue(0);
        assertThat(answering(deployments.model("m"))).isEqualTo(3);
        first.held = false;
        first.gate.release();
        assertThat(slow.get().version()).isEqualTo(1);
        assertThat(DoublingProgram.doubled(slow.get().outputs())).containsExactly(8);
        assertThat(first.closes).hasValue(1);
    }

    @Test
    @Timeout(60)
    void aRunThatNobodyWaitsForIsNotClosedUnder() throws Exception {
        deployments.deploy("m", "1", OPTIONS);
        DoublingProgram first = backend.programs.get(0);
        first.held = true;
        first.entered.drainPermits();
        CompletableFuture<Prediction> unwanted = deployments.model("m").predictAsync(DoublingProgram.row(4));
        first.entered.acquire();
        unwanted.cancel(false);
        deployments.undeploy("m");

        assertThat(first.closes).hasValue(0);
        first.gate.release();
        assertThat(first.closed.tryAcquire(20, TimeUnit.SECONDS)).as("closed").isTrue();
    }

    @Test
    void countsWhatAVersionDoesAsLongAsItIsInService() {
        deployments.deploy("m", "1", OPTIONS);
        answering(deployments.model("m"));
        answering(deployments.model("m"));
        assertThat(meters.get("maas.requests")
                        .tags("model", "m", "version", "1")
                        .functionCounter()
                        .count())
                .isEqualTo(2);
        assertThat(deployments.deployment("m").statistics().requests()).isEqualTo(2);

        deployments.undeploy("m");
        assertThat(meters.getMeters()).isEmpty();
    }

    @Test
    void aVersionThatFailsItsGoldenSampleGetsNoTraffic() {
        deployments.deploy("m", "1", OPTIONS);
        registry.publish("m", artifact(4, 2.5f));

        assertThatThrownBy(() -> deployments.deploy("m", "4", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(
                        "golden sample of m:4: output y differs by 1.5 (expected: at most 1.0E-6); the model or the engine"
                                + " is not the one it was published with");
        assertThat(answering(deployments.model("m"))).isEqualTo(1);
        assertThat(backend.programs.get(1).closes).hasValue(1);
    }

    @Test
    void aFirstDeployThatFailsLeavesNothingDeployed() {
        registry.publish("bad", artifact(1, 9));

        assertThatThrownBy(() -> deployments.deploy("bad", "latest", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class);
        assertThat(deployments.all()).isEmpty();
        assertThatThrownBy(() -> deployments.model("bad"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no model \"bad\" is deployed; deployed: []; deploy it first");
    }

    @Test
    void namesWhatThereIsNot() {
        deployments.deploy("m", "1", OPTIONS);

        assertThatThrownBy(() -> deployments.deploy("none", "latest", OPTIONS))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> deployments.deploy("m", "9", OPTIONS)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> deployments.deploy("m", "champion", OPTIONS))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("champion");
        assertThatThrownBy(() -> deployments.deploy("m", "1", OPTIONS.withBackend("nd4j")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "backend \"nd4j\": no such backend; found: [doubling]; add io.maas:maas-backend-nd4j to the class"
                                + " path");
        assertThatThrownBy(() -> deployments.rollback("other")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> deployments.undeploy("other")).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void inputsAreCheckedAgainstTheSignature() {
        deployments.deploy("m", "1", OPTIONS);
        Model model = deployments.model("m");

        assertThatThrownBy(() -> model.predict(Tensors.of("z", Tensor.of(new float[] {1}, 1, 1))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\" of model m:1 is missing: got [\"z\"], expected x: float32[batch, width]");
        assertThatThrownBy(() -> model.predict(Tensors.of("x", Tensor.of(new double[] {1}, 1, 1))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\" does not fit model m:1: got float64[1, 1], expected x: float32[batch, width];"
                        + " convert the values to float32");
        assertThatThrownBy(() -> model.predict(Tensors.of("x", Tensor.of(new float[] {1}))))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "input \"x\" does not fit model m:1: got [1], expected [batch, width]; a single row needs the"
                                + " first axis too: reshape it to [1, 1]");
        Tensor row = Tensor.of(new float[] {1}, 1, 1);
        assertThatThrownBy(() -> model.predict(Tensors.of("x", row, "extra", row)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("input [\"extra\"] is not one of model m:1");
        assertThatThrownBy(() -> model.predictAsync(Tensors.none()).get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InvalidInputException.class);
    }

    @Test
    void nanIsRefusedWhereThePolicySaysSo() {
        Tensors missing = DoublingProgram.row(1, Float.NaN);
        deployments.deploy("m", "1", OPTIONS);
        assertThat(DoublingProgram.doubled(
                        deployments.model("m").predict(missing).outputs()))
                .containsExactly(2, Float.NaN);

        deployments.deploy("m", "1", OPTIONS.withNanPolicy(NanPolicy.REJECT));
        assertThatThrownBy(() -> deployments.model("m").predict(missing))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\" of model m:1 holds NaN at element 1 (expected: numbers, as it is deployed with"
                        + " NanPolicy.REJECT); fill in missing values");
    }

    @Test
    void answersThatHoldNanAreRefusedWhereTheDeploymentSaysSo() {
        deployments.deploy(
                "m", "1", OPTIONS.withOutputNanPolicy(NanPolicy.REJECT).withInstances(1));
        Tensors missing = Tensors.of("x", Tensor.of(new float[] {1, Float.NaN}, 1, 2));
        String message =
                "output \"y\" of model m:1 holds NaN at element 1 (expected: numbers, as it is deployed with an"
                        + " outputNanPolicy of REJECT); look at the inputs of this request, or put an earlier version back into"
                        + " service";

        assertThatThrownBy(() -> deployments.model("m").predict(missing))
                .isInstanceOf(NonFiniteException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> deployments.model("m").predictAsync(missing).join())
                .hasCauseInstanceOf(NonFiniteException.class)
                .hasRootCauseMessage(message);
        assertThat(DoublingProgram.doubled(
                        deployments.model("m").predict(DoublingProgram.row(3)).outputs()))
                .containsExactly(6);
    }

    @Test
    void undeployedModelsSayWhatToDoAndComeBackUnderTheSameHandle() {
        deployments.deploy("m", "1", OPTIONS);
        Model model = deployments.model("m");
        deployments.undeploy("m");

        assertThatThrownBy(() -> answering(model)).isInstanceOf(ModelNotFoundException.class);
        assertThat(backend.programs.get(0).closes).hasValue(1);
        deployments.deploy("m", "2", OPTIONS);
        assertThat(answering(model)).isEqualTo(2);
    }

    @Test
    void closedIsClosed() {
        deployments.deploy("m", "1", OPTIONS);
        Model model = deployments.model("m");
        deployments.close();
        deployments.close();

        assertThatThrownBy(() -> answering(model))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("maas is closed (expected: open); open it again to go on");
        assertThat(model.predictAsync(DoublingProgram.row(1))).isCompletedExceptionally();
        assertThatThrownBy(() -> deployments.deploy("m", "1", OPTIONS)).isInstanceOf(IllegalStateException.class);
        assertThat(backend.programs).allMatch(program -> program.closes.get() == 1);
    }

    @Test
    void aTimeoutThatHasPassedIsADeadlineExceeded() {
        deployments.deploy("m", "1", OPTIONS);
        RequestOptions hurried = RequestOptions.timeout(Duration.ofNanos(1));

        assertThatThrownBy(() -> deployments.model("m").predict(DoublingProgram.row(1), hurried))
                .isInstanceOf(DeadlineExceededException.class);
        assertThatThrownBy(() -> RequestOptions.timeout(Duration.ZERO))
                .hasMessage("timeout: PT0S (expected: timeout > 0)");
    }
}

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
import io.maas.error.Rule;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.onnx.AdmissionPolicy;
import io.maas.model.Artifact;
import io.maas.registry.FileModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a host lets in when it deploys. */
@Timeout(60)
class AdmissionTest {
    @TempDir
    Path folder;

    private final AtomicInteger loads = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile boolean stuck;
    private FileModelRegistry registry;

    private final class CountingBackend extends FakeBackends.Working {
        @Override
        public Program load(ByteSource onnx, ProgramOptions options) {
            loads.incrementAndGet();
            try {
                if (stuck) {
                    gate.await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new DoublingProgram();
        }
    }

    @BeforeEach
    void open() {
        registry = FileModelRegistry.open(folder.resolve("models"));
    }

    @AfterEach
    void release() {
        gate.countDown();
    }

    private Deployments deployments(ServingOptions options) {
        return new Deployments(registry, Backends.of(new CountingBackend()), Ticker.systemTicker(), options);
    }

    private static Artifact foreign() {
        GraphBuilder b = new GraphBuilder("foreign");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "width"));
        GraphBuilder.Result result = new GraphBuilder.Result(DataType.FLOAT32, x.shape());
        b.output("y", b.foreign("com.acme", 1, "Double", Attributes.none(), result, x));
        return Artifact.of(b.build());
    }

    private static Artifact doubling() {
        GraphBuilder b = new GraphBuilder("doubling");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "width")), 2));
        return Artifact.of(b.build());
    }

    private static Artifact withConstant() {
        GraphBuilder b = new GraphBuilder("constant");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 250));
        b.output("y", b.add(x, b.constant(Tensor.of(new float[250], 250))));
        return Artifact.of(b.build());
    }

    private void assertRefused(ServingOptions options, Loading loading, Rule rule, String message) {
        try (Deployments deployments = deployments(options)) {
            DeployOptions deploy = DeployOptions.defaults().withLoading(loading);
            assertThatThrownBy(() -> {
                        deployments.deploy("m", "1", deploy);
                        deployments.model("m").predict(DoublingProgram.row(1));
                    })
                    .isInstanceOfSatisfying(
                            ArtifactRejectedException.class, e -> assertThat(e.rule()).isEqualTo(rule))
                    .hasMessageContaining(message);
            gate.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource(Loading.class)
    void theEngineSeesNoModelThatTheHostDoesNotLetIn(Loading loading) {
        registry.publish("m", foreign());
        ServingOptions options = ServingOptions.defaults();
        assertRefused(options, loading, Rule.UNKNOWN_DOMAIN, "an operator of domain \"com.acme\"");
        assertThat(loads).hasValue(0);
        AdmissionPolicy wide = AdmissionPolicy.defaults().withDomain("com.acme");
        try (Deployments deployments = deployments(options.withAdmission(wide))) {
            deployments.deploy("m", "1", DeployOptions.defaults().withLoading(loading));
            assertThat(DoublingProgram.doubled(deployments.model("m").predict(DoublingProgram.row(3)).outputs()))
                    .containsExactly(6);
        }
        assertThat(loads).hasValue(1);
    }

    @Test
    void theBudgetOfALoadHoldsByTheEstimate() {
        registry.publish("m", withConstant());
        LoadBudget small = LoadBudget.defaults().withBytes(999);
        assertRefused(
                ServingOptions.defaults().withLoadBudget(small),
                Loading.AT_ONCE,
                Rule.LOAD_BYTES,
                "load of m:1: its values come to 1000 bytes, 0 of them computed from constants (expected: at most 999)");
        assertThat(loads).hasValue(0);
        try (Deployments deployments = deployments(ServingOptions.defaults().withLoadBudget(small.withBytes(1000)))) {
            deployments.deploy("m", "1", DeployOptions.defaults());
        }
        assertThat(loads).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Loading.class)
    void aLoadThatDoesNotEndIsGivenUp(Loading loading) {
        registry.publish("m", doubling());
        stuck = true;
        LoadBudget brief = LoadBudget.defaults().withTime(Duration.ofMillis(20));
        assertRefused(ServingOptions.defaults().withLoadBudget(brief), loading, Rule.LOAD_TIME, "load of m:1: not done after PT0.02S");
    }
}

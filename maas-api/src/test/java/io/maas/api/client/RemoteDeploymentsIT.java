package io.maas.api.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.registry.Change;
import io.maas.serving.DeployOptions;
import io.maas.serving.DeploymentEvent;
import io.maas.serving.DeploymentEvent.Action;
import io.maas.serving.Guard;
import io.maas.serving.LoadPolicy;
import io.maas.serving.NanPolicy;
import io.maas.serving.Rollout;
import io.maas.serving.RolloutStatus;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model is put into service, tried out and taken back from elsewhere. */
@Timeout(60)
class RemoteDeploymentsIT {
    private static final Tensors ROW = Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));

    private Service service;
    private MaasClient client;
    private RemoteDeployments deployments;

    @BeforeEach
    void start() {
        service = Service.start();
        client = MaasClient.connect(service.uri());
        deployments = client.deployments();
        for (int i = 1; i <= 3; i++) {
            client.registry().publish("digits", Models.affine(i));
        }
    }

    @AfterEach
    void close() {
        client.close();
        service.close();
    }

    private static Change because(String why) {
        return new Change("", why);
    }

    @Test
    void deploysRollsBackAndTellsWhy() {
        DeployOptions options = DeployOptions.defaults()
                .withInstances(1)
                .withMaxRows(7)
                .withNanPolicy(NanPolicy.REJECT)
                .withCacheBytes(1 << 20);
        assertThat(deployments.deploy("digits", "1", options, because("first")).version())
                .isEqualTo(1);
        assertThat(client.model("digits").predict(ROW).version()).isEqualTo(1);
        Tensors missing = Tensors.of("x", Tensor.of(new float[] {Float.NaN, 0, 0}, 1, 3));
        assertThatThrownBy(() -> service.maas().model("digits").predict(missing))
                .hasMessageContaining("NaN");

        assertThat(deployments.deploy("digits").version()).isEqualTo(3);
        DeploymentStatus status = deployments.status("digits");
        assertThat(status.earlierVersions()).containsExactly(1);
        assertThat(status.rollout()).isNull();
        assertThat(deployments.all()).hasSize(1).first().isEqualTo(status);
        assertThat(deployments.failures()).isEmpty();
        assertThat(deployments.table()).contains("digits", "serving");

        assertThat(deployments.rollback("digits", because("worse"))).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> deployments.rollback("digits", Change.unsaid()));
        assertThat(deployments.history("digits"))
                .extracting(DeploymentEvent::action)
                .containsExactly(Action.DEPLOY, Action.DEPLOY, Action.ROLLBACK);
        assertThat(deployments.history("digits"))
                .extracting(DeploymentEvent::why)
                .containsExactly("first", "", "worse");
        assertThat(service.maas().history("digits")).isEqualTo(deployments.history("digits"));

        deployments.undeploy("digits", because("done"));
        assertThatThrownBy(() -> deployments.status("digits")).isInstanceOf(ModelNotFoundException.class);
    }

    private static RolloutStatus underWay(DeploymentStatus status) {
        return requireNonNull(status.rollout());
    }

    @Test
    void triesAVersionOut() {
        deployments.deploy("digits", "1", null, Change.unsaid());
        Rollout rollout = Rollout.canary(2)
                .step(0.25, 2)
                .step(0.5, 3)
                .guard(Guard.errorRate(0.01), Guard.p99(Duration.ofSeconds(20)), Guard.drift(9))
                .window(Duration.ofMinutes(5), 5000, 70)
                .patience(2, 5);
        RolloutStatus begun = underWay(deployments.rollout("digits", rollout, because("new")));
        assertThat(begun.rollout()).isEqualTo(rollout);
        assertThat(begun.candidate().version()).isEqualTo(2);
        assertThat(begun)
                .isEqualTo(service.maas().deployment("digits").rollout().orElseThrow());

        assertThat(underWay(deployments.setWeight("digits", 1, Change.unsaid()))
                        .rollout()
                        .weight())
                .isEqualTo(1);
        assertThat(client.model("digits").predict(ROW).version()).isEqualTo(2);
        assertThat(underWay(deployments.status("digits")).candidate().requests())
                .isEqualTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> deployments.rollout("digits", Rollout.shadow(3), Change.unsaid()))
                .withMessageContaining("is under way");
        assertThat(deployments.promote("digits", Change.unsaid())).isEqualTo(2);
        assertThatIllegalStateException().isThrownBy(() -> deployments.promote("digits", Change.unsaid()));

        deployments.rollout("digits", Rollout.ab(3), Change.unsaid());
        assertThat(deployments.abort("digits", Change.unsaid())).isEqualTo(2);
        assertThatIllegalStateException().isThrownBy(() -> deployments.setWeight("digits", 0.5, Change.unsaid()));
    }

    @Test
    void loadsFurtherVersions() {
        deployments.deploy("digits", "1", null, Change.unsaid());
        DeploymentStatus status = deployments.setLoadPolicy("digits", LoadPolicy.pinned(2, 3), Change.unsaid());
        assertThat(status.loadedVersions()).containsExactly(1, 2, 3);
        assertThat(status.loadPolicy()).isEqualTo(LoadPolicy.pinned(2, 3));
    }

    @Test
    void saysWhatCannotBe() {
        assertThatThrownBy(() -> deployments.deploy("nothing")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> deployments.deploy("digits", "9", null, Change.unsaid()))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> deployments.undeploy("digits", Change.unsaid()))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> deployments.deploy("../digits"));
        deployments.deploy("digits", "1", null, Change.unsaid());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> deployments.rollout("digits", Rollout.canary(1), Change.unsaid()));
        client.registry().publish("digits", Models.identity(DataType.FLOAT32));
        assertThatThrownBy(() -> deployments.rollout("digits", Rollout.canary(4), Change.unsaid()))
                .isInstanceOf(ArtifactRejectedException.class);
    }

    @Test
    void aBackendThatTheServerDoesNotHaveIsSaid() {
        assertThatThrownBy(() -> deployments.deploy(
                        "digits", "1", DeployOptions.defaults().withBackend("tpu"), Change.unsaid()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("backend \"tpu\": no such backend; found: [");
    }
}

package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.BackendException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import org.junit.jupiter.api.Test;

class LoadPolicyTest extends RolloutTestBase {
    private void set(LoadPolicy policy) {
        deployments.setLoadPolicy("m", policy, ANNA);
    }

    private int answer(Model model) {
        return model.predict(ScriptedBackend.row(1)).version();
    }

    @Test
    void requestsMayNameALoadedVersion() {
        set(LoadPolicy.latest(2));

        assertThat(deployment().loadedVersions()).containsExactly(1, 2, 3);
        assertThat(answer(deployments.model("m"))).isEqualTo(1);
        assertThat(answer(deployments.model("m", 2))).isEqualTo(2);
        assertThat(answer(deployments.model("m:3"))).isEqualTo(3);
        assertThat(deployments.model("m:3").name()).isEqualTo("m");
        set(LoadPolicy.current());
        assertThat(deployment().loadedVersions()).containsExactly(1);
        assertThat(backend.script(2).open).hasValue(0);
    }

    @Test
    void allAndPinned() {
        set(LoadPolicy.all());
        assertThat(deployment().loadedVersions()).containsExactly(1, 2, 3);
        set(LoadPolicy.pinned(2));
        assertThat(deployment().loadedVersions()).containsExactly(1, 2);
        deployments.deploy("m", "3", OPTIONS);
        assertThat(deployment().loadedVersions()).containsExactly(2, 3);
        assertThat(backend.script(2).open).hasValue(1);
    }

    @Test
    void aVersionOnTrialMayBeNamedAndIsNotCountedThen() {
        rollout(Rollout.canary(2).weight(0));

        assertThat(answer(deployments.model("m", 2))).isEqualTo(2);
        assertThat(status().candidate().requests()).isZero();
    }

    @Test
    void saysWhichVersionsAreLoaded() {
        set(LoadPolicy.pinned(3));
        Model third = deployments.model("m", 3);
        assertThatThrownBy(() -> deployments.model("m", 2))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage(
                        "version 2 of model m is not loaded (expected: one of [1, 3]); set a load policy that has it,"
                                + " or deploy it");
        set(LoadPolicy.current());
        assertThatThrownBy(() -> answer(third)).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void aPolicyThatCannotBeMetChangesNothing() {
        backend.script(3).isBroken = true;
        assertThatThrownBy(() -> set(LoadPolicy.all())).isInstanceOf(BackendException.class);
        assertThat(deployment().loadPolicy()).isEqualTo(LoadPolicy.current());
        assertThat(backend.script(2).open).hasValue(0);
        assertThatThrownBy(() -> set(LoadPolicy.pinned(9))).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void aVersionBesideDoesNotKeepADeployFromHappening() {
        set(LoadPolicy.latest(1));
        backend.script(4).isBroken = true;
        registry.publish("m", ScriptedBackend.artifact(4));
        deployments.deploy("m", "2", OPTIONS);

        assertThat(deployment().loadedVersions()).containsExactly(2);
        assertThat(deployments.failures()).hasSize(1).containsKey("m:4");
        backend.script(4).isBroken = false;
        deployments.deploy("m", "1", OPTIONS);
        assertThat(deployments.failures()).isEmpty();
        assertThat(deployment().loadedVersions()).containsExactly(1, 4);
    }
}

package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ArtifactRejectedException;
import io.maas.model.Model;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.Step;
import io.maas.pipeline.Work;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beside model {@code m} the models {@code k} and {@code n}, and pipelines that call them. */
class PipelineRolloutTest extends RolloutTestBase {
    @BeforeEach
    void deployModels() {
        registry.publish("k", ScriptedBackend.artifact(2));
        registry.publish("n", ScriptedBackend.artifact(3));
        deployments.deploy("k", "1", OPTIONS);
        deployments.deploy("n", "1", OPTIONS);
    }

    private Version publish(String name, String calls) {
        PipelineDefinition definition = PipelineDefinition.builder()
                .input("x", DataType.FLOAT32, "batch", "width")
                .step(Step.of("s", Work.model(calls), Map.of("x", "x")))
                .output("y", "s.y")
                .build();
        return registry.publish(
                name, deployments.pipelines().of(name, definition).toArtifact());
    }

    private int askPipeline(String name) {
        return deployments.model(name).predict(ScriptedBackend.row(1, 2)).version();
    }

    private Deployment pipeline() {
        return deployments.deployment("p");
    }

    @Test
    void aPipelineIsTriedOutAndPromotedLikeAModel() {
        publish("p", "k");
        publish("p", "n");
        deployments.deploy("p", "1", OPTIONS);
        deployments.rollout("p", Rollout.canary(2).weight(0.5), ANNA);
        Model model = deployments.model("p");
        for (int i = 0; i < 100; i++) {
            model.predictAsync(ScriptedBackend.row(1, 2)).join();
        }
        RolloutStatus status = pipeline().rollout().orElseThrow();
        assertThat(status.candidate().requests()).isBetween(49L, 51L);
        assertThat(status.stable().requests() + status.candidate().requests()).isEqualTo(100);

        assertThat(deployments.promote("p", ANNA).number()).isEqualTo(2);
        assertThat(askPipeline("p")).isEqualTo(2);
        assertThat(deployments.rollback("p").number()).isEqualTo(1);
    }

    @Test
    void aShadowOfAPipelineIsCompared() {
        publish("p", "k");
        publish("p", "n");
        deployments.deploy("p", "1", OPTIONS);
        backend.script(3).error = 3;
        deployments.rollout("p", Rollout.shadow(2), ANNA);
        for (int i = 0; i < 10; i++) {
            assertThat(askPipeline("p")).isEqualTo(1);
        }
        await(() -> pipeline().rollout().orElseThrow().comparison().count() == 10);

        RolloutStatus.Comparison comparison = pipeline().rollout().orElseThrow().comparison();
        assertThat(Objects.requireNonNull(comparison.outputs().get("y")).max()).isEqualTo(3);
    }

    @Test
    void aPipelineOnTrialCannotCloseACircle() {
        publish("p", "k");
        publish("q", "n");
        deployments.deploy("p", "1", OPTIONS);
        deployments.deploy("q", "1", OPTIONS);
        publish("p", "q");
        publish("q", "p");
        deployments.rollout("p", Rollout.canary(2).weight(0.1), ANNA);

        assertThatThrownBy(() -> deployments.deploy("q", "2", OPTIONS))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("pipeline q:2 would call itself: q calls p calls q");
        deployments.abort("p", ANNA);
        deployments.deploy("q", "2", OPTIONS);
        assertThatThrownBy(() -> deployments.rollout("p", Rollout.canary(2), ANNA))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("pipeline p:2 would call itself: p calls q calls p");
        assertThat(askPipeline("q")).isEqualTo(2);
    }

    @Test
    void aWarmPipelineThatWouldCallItselfNowIsNotRolledBackTo() {
        publish("q", "n");
        deployments.deploy("q", "1", OPTIONS);
        publish("p", "q");
        publish("p", "k");
        deployments.deploy("p", "1", OPTIONS);
        deployments.deploy("p", "2", OPTIONS);
        publish("q", "p");
        deployments.deploy("q", "2", OPTIONS);

        assertThatThrownBy(() -> deployments.rollback("p"))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("pipeline p:1 would call itself: p calls q calls p");
        assertThat(askPipeline("q")).isEqualTo(2);
    }

    @Test
    void aPipelineIsRestoredAfterTheModelsThatItCalls() {
        publish("b", "m:2");
        deployments.deploy("b", "1", OPTIONS);
        publish("a", "b");
        publish("a", "n");
        deployments.deploy("a", "1", OPTIONS);
        deployments.rollout("a", Rollout.canary(2).weight(0.5), ANNA);
        deployments.close();
        deployments = start();

        assertThat(deployments.restore()).isEmpty();
        assertThat(deployments.all()).extracting(Deployment::name).containsExactly("a", "b", "k", "m", "n");
        assertThat(deployments.deployment("a").rollout()).isPresent();
        assertThat(List.of(askPipeline("a"), askPipeline("a"))).containsExactlyInAnyOrder(1, 2);
    }
}

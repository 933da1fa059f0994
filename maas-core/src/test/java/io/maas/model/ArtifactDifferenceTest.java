package io.maas.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.ArtifactDifference.Changed;
import io.maas.model.ArtifactDifference.WeightDistance;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArtifactDifferenceTest {
    private static Artifact model(int outputs, float first, String bias) {
        GraphBuilder b = new GraphBuilder("g");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2));
        float[] weights = new float[2 * outputs];
        weights[0] = first;
        weights[1] = 4;
        Value w = b.constant("w", Tensor.of(weights, 2, outputs));
        Value sum = b.add(b.matmul(x, w), b.constant(bias, Tensor.of(new float[outputs], outputs)));
        b.output("y", sum);
        return Artifact.of(b.build());
    }

    private static Artifact described(Artifact artifact, String rate, double accuracy) {
        return artifact.withLineage(Lineage.unknown()
                .withSettings(Map.of("rate", rate, "seed", "1"))
                .withMetrics(Map.of("accuracy", accuracy, "loss", Double.NaN)));
    }

    @Test
    void listsWhatIsAnotherAndNothingElse() {
        Artifact before =
                described(model(2, 3, "b"), "0.1", 0.9).withTag("team", "a").withTag("stage", "test");
        Artifact after = described(model(2, 3.5f, "b"), "0.2", 0.95)
                .withTag("team", "a")
                .withDescription("better")
                .withFile("notes.txt", ByteSource.wrap(new byte[3]));

        ArtifactDifference difference = ArtifactDifference.between(before, after);

        assertThat(difference.signature()).isEmpty();
        assertThat(difference.description()).isEqualTo(new Changed<>("", "better"));
        assertThat(difference.tags()).isEqualTo(Map.of("stage", new Changed<>("test", null)));
        assertThat(difference.settings()).isEqualTo(Map.of("rate", new Changed<>("0.1", "0.2")));
        assertThat(difference.metrics()).isEqualTo(Map.of("accuracy", new Changed<>(0.9, 0.95)));
        assertThat(difference.files().keySet()).containsExactly("model.onnx", "notes.txt");
        // From (3, 4, 0, 0), which is 5 long, by 0.5.
        assertThat(difference.weights()).extracting(WeightDistance::name).containsExactly("w");
        assertThat(difference.weights().get(0).relative()).isCloseTo(0.1, within(1e-7));
        assertThat(difference).hasToString("""
                        description:  -> better
                        tag stage: test -> none
                        setting rate: 0.1 -> 0.2
                        metric accuracy: 0.9 -> 0.95
                        file model.onnx: other bytes
                        file notes.txt: new
                        weights w: moved by 0.100 of their length
                        """);
    }

    @Test
    void tensorsOfOtherShapesAndNamesAreInfinitelyFar() {
        ArtifactDifference difference = ArtifactDifference.between(model(2, 3, "b"), model(3, 3, "c"));
        assertThat(difference.signature())
                .containsExactly("output is y: float32[batch, 3] instead of y: float32[batch, 2]");
        assertThat(difference.weights())
                .containsExactly(
                        new WeightDistance("w", Double.POSITIVE_INFINITY),
                        new WeightDistance("b", Double.POSITIVE_INFINITY),
                        new WeightDistance("c", Double.POSITIVE_INFINITY));
    }

    @Test
    void equalArtifactsDifferInNothing() {
        Artifact one = described(model(2, 3, "b"), "0.1", 0.9);
        assertThat(ArtifactDifference.between(one, described(model(2, 3, "b"), "0.1", 0.9))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void pipelinesHaveNoWeights() {
        Artifact pipeline = Artifact.ofPipeline(model(2, 3, "b").signature(), new byte[] {'{', '}'});
        ArtifactDifference difference = ArtifactDifference.between(model(2, 3, "b"), pipeline);
        assertThat(difference.weights()).isEqualTo(List.of());
        assertThat(difference.files().keySet()).containsExactly("model.onnx", "pipeline.json");
    }
}

package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.error.StepException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.pipeline.Pipeline;
import io.maas.pipeline.PipelineDefinition;
import io.maas.pipeline.PipelineFunction;
import io.maas.pipeline.Step;
import io.maas.pipeline.Work;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ensembles, cascades, routers and fusion with real models. */
@Timeout(120)
class SeveralModelsTest {
    private static final int ROWS = 37;
    private static final int FEATURES = 5;
    private static final int CLASSES = 3;
    private static final List<String> MEMBERS = List.of("a", "b", "c");
    private static final Work.Unsure UNSURE = new Work.Unsure(Work.Confidence.PROBABILITY, 0.6);

    @TempDir
    Path folder;

    private Maas maas;
    private final Random random = new Random(11);
    private final Tensors rows = Tensors.of("x", floats(ROWS, FEATURES));

    @BeforeEach
    void deploy() {
        maas = Maas.open(StoredModelRegistry.open(folder.resolve("models")), Backends.of(new OnnxRuntimeBackend()));
        for (String name : MEMBERS) {
            deploy(name, classifier(FEATURES));
        }
        deploy("top", classifier(MEMBERS.size() * CLASSES));
        deploy("scaling", scaling());
    }

    private void deploy(String name, Artifact artifact) {
        maas.registry().publish(name, artifact);
        maas.deploy(name);
    }

    @AfterEach
    void close() {
        maas.close();
    }

    private Tensor floats(int... sizes) {
        float[] values = new float[sizes[0] * sizes[1]];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(values, sizes[0], sizes[1]);
    }

    /** Logistic regression with random weights: {@code p}, and its {@code label}. */
    private Artifact classifier(int features) {
        GraphBuilder b = new GraphBuilder("classifier");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", features));
        Value p = b.softmax(b.matmul(x, b.constant("weights", floats(features, CLASSES))), 1);
        b.output("p", p);
        b.output("label", b.argMax(p, 1));
        return Artifact.of(b.build());
    }

    /** Under names that the classifiers have too, and a symbol that they do not. */
    private Artifact scaling() {
        GraphBuilder b = new GraphBuilder("scaling");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("n", FEATURES));
        b.output("p", b.mul(x, b.constant("weights", Tensor.of(new float[] {1, 2, 3, 4, 5}))));
        return Artifact.of(b.build());
    }

    private double[] alone(String model, String output) {
        return maas.model(model).predict(rows).get(output).toDoubleArray();
    }

    private Tensor run(PipelineDefinition definition, String output) {
        return maas.pipelines().of("together", definition).predict(rows).get(output);
    }

    private static void assertClose(Tensor actual, double... expected) {
        assertThat(actual.toDoubleArray()).containsExactly(expected, within(1e-6));
    }

    @Test
    void theMeanOfMembersWithAndWithoutWeights() {
        double[] plain = new double[ROWS * CLASSES];
        double[] weighted = new double[ROWS * CLASSES];
        double[] weights = {1, 2, 5};
        for (int m = 0; m < MEMBERS.size(); m++) {
            double[] p = alone(MEMBERS.get(m), "p");
            for (int i = 0; i < p.length; i++) {
                plain[i] += p[i] / 3;
                weighted[i] += weights[m] * p[i] / 8;
            }
        }

        assertClose(run(maas.pipelines().mean("p", MEMBERS), "p"), plain);
        assertClose(run(maas.pipelines().mean("p", Map.of("a", 1.0, "b", 2.0, "c", 5.0)), "p"), weighted);
    }

    @Test
    void votingByLabelsAndByScoresIsTheSame() {
        Tensor byLabel = run(maas.pipelines().vote("label", MEMBERS), "label");

        assertThat(run(maas.pipelines().vote("p", MEMBERS), "label")).isEqualTo(byLabel);
        double[] a = alone("a", "label");
        double[] b = alone("b", "label");
        double[] c = alone("c", "label");
        for (int i = 0; i < ROWS; i++) {
            assertThat(byLabel.toLongArray()[i]).isEqualTo((long) (b[i] == c[i] ? b[i] : a[i]));
        }
    }

    @Test
    void aModelOnTopTakesWhatMembersGive() {
        float[] joined = new float[ROWS * 9];
        for (int m = 0; m < 3; m++) {
            double[] p = alone(MEMBERS.get(m), "p");
            for (int i = 0; i < p.length; i++) {
                joined[i / CLASSES * 9 + m * CLASSES + i % CLASSES] = (float) p[i];
            }
        }
        Tensor expected = maas.model("top")
                .predict(Tensors.of("x", Tensor.of(joined, ROWS, 9)))
                .get("p");

        assertClose(run(maas.pipelines().stacked("p", MEMBERS, "top"), "p"), expected.toDoubleArray());
    }

    @Test
    void aCascadeAsksTheLargeModelForUnsureRowsOnly() {
        double[] small = alone("a", "p");
        double[] large = alone("b", "p");
        double[] expected = small.clone();
        int asked = 0;
        for (int row = 0; row < ROWS; row++) {
            int at = row * CLASSES;
            if (Math.max(small[at], Math.max(small[at + 1], small[at + 2])) < UNSURE.below()) {
                System.arraycopy(large, at, expected, at, CLASSES);
                asked++;
            }
        }
        assertThat(asked).isBetween(1, ROWS - 1);

        assertClose(run(maas.pipelines().cascade("p", UNSURE, List.of("a", "b")), "p"), expected);
    }

    @Test
    void aPublishedCascadeAnswersManyAtOnceInOrder() throws Exception {
        Pipeline cascade = maas.pipelines().of("cascade", maas.pipelines().cascade("p", UNSURE, MEMBERS));
        Prediction whole = cascade.predict(rows);
        deploy("cascade", cascade.toArtifact().withGolden(GoldenSample.of(rows, whole.outputs())));
        Model model = maas.model("cascade");
        List<CompletableFuture<Prediction>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(model.predictAsync(rows.rows(i % ROWS, i % ROWS + 1)));
        }

        for (int i = 0; i < answers.size(); i++) {
            Tensor expected = whole.get("p").rows(i % ROWS, i % ROWS + 1);
            assertClose(answers.get(i).get().get("p"), expected.toDoubleArray());
        }
        assertThat(answers.get(0).get())
                .extracting(Prediction::model, Prediction::version)
                .containsExactly("cascade", 1);
    }

    @Test
    void aRouterAsksTheModelOfEachRow() {
        TensorSpec x = new TensorSpec("x", DataType.FLOAT32, Shape.symbolic("n", FEATURES));
        TensorSpec sign = new TensorSpec("sign", DataType.BOOL, Shape.symbolic("n"));
        maas.pipelines().register(new PipelineFunction("sign", new Signature(List.of(x), List.of(sign)), inputs -> {
            float[] values = inputs.get("x").toFloatArray();
            boolean[] positive = new boolean[values.length / FEATURES];
            for (int i = 0; i < positive.length; i++) {
                positive[i] = values[i * FEATURES] > 0;
            }
            return Tensors.of("sign", Tensor.of(positive));
        }));
        double[] expected = alone("b", "label");
        for (int i = 0; i < ROWS; i++) {
            expected[i] = rows.get("x").toFloatArray()[i * FEATURES] > 0 ? alone("a", "label")[i] : expected[i];
        }

        assertClose(run(maas.pipelines().route("sign", Map.of("true", "a", "false", "b")), "label"), expected);
    }

    // ---- fusion

    private static PipelineDefinition.Builder taking() {
        return PipelineDefinition.builder().input("x", DataType.FLOAT32, "rows", FEATURES);
    }

    private static Step call(String name, String model, String source) {
        return Step.of(name, Work.model(model), Map.of("x", source));
    }

    private PipelineDefinition wide() {
        return taking().step(call("first", "scaling", "x"))
                .step(call("a", "a", "first.p"))
                .step(call("b", "b:1", "first.p"))
                .step(call("c", "c", "x"))
                .step(Step.of("mean", new Work.Mean(Map.of("l", 1.0, "r", 3.0)), Map.of("l", "a.p", "r", "b.p")))
                .step(Step.of("join", new Work.Join(), Map.of("1", "a.p", "2", "mean.mean", "3", "c.p")))
                .step(call("top", "top", "join.joined"))
                .step(Step.of("same", new Work.Pass(Map.of("label", "l")), Map.of("l", "c.label")))
                .output("p", "top.p")
                .output("x-scaled", "first.p")
                .output("label", "same.label")
                .build();
    }

    @Test
    void fusedAndInStepsGiveTheSame() {
        Pipeline steps = maas.pipelines().of("steps", wide());
        Artifact fused = maas.pipelines().fuse(wide());
        deploy("fused", fused);
        Prediction expected = steps.predict(rows);
        Prediction actual = maas.model("fused").predict(rows);

        assertThat(fused.isPipeline()).isFalse();
        assertThat(maas.model("fused").signature()).isEqualTo(steps.signature());
        assertThat(actual.outputs().names()).isEqualTo(expected.outputs().names());
        for (String output : actual.outputs().names()) {
            assertThat(actual.get(output).dataType())
                    .isEqualTo(expected.get(output).dataType());
            assertClose(actual.get(output), expected.get(output).toDoubleArray());
        }
        assertThat(fused.manifest().lineage().settings())
                .containsEntry("step.b", "b:1")
                .containsEntry("step.a", "a");
    }

    @Test
    void randomPipelinesOfModelsAreFusedToTheSame() {
        for (int seed = 0; seed < 15; seed++) {
            Random choices = new Random(seed);
            PipelineDefinition.Builder builder = taking();
            List<String> sources = new ArrayList<>(List.of("x"));
            for (int i = 0; i < 6; i++) {
                String source = sources.get(choices.nextInt(sources.size()));
                if (choices.nextBoolean()) {
                    builder.step(call("s" + i, "scaling", source)).output("y" + i, "s" + i + ".p");
                    sources.add("s" + i + ".p");
                } else {
                    String other = sources.get(choices.nextInt(sources.size()));
                    builder.step(Step.of("s" + i, new Work.Mean(Map.of()), Map.of("l", source, "r", other)))
                            .output("y" + i, "s" + i + ".mean");
                    sources.add("s" + i + ".mean");
                }
            }
            PipelineDefinition definition = builder.build();
            String name = "fused-" + seed;
            deploy(name, maas.pipelines().fuse(definition));
            Prediction expected = maas.pipelines().of("steps", definition).predict(rows);
            Prediction actual = maas.model(name).predict(rows);
            for (String output : expected.outputs().names()) {
                double[] values = expected.get(output).toDoubleArray();
                double largest =
                        java.util.Arrays.stream(values).map(Math::abs).max().orElse(0);
                assertThat(actual.get(output).toDoubleArray())
                        .as("seed %d, output %s", seed, output)
                        .containsExactly(values, within(1e-6 * Math.max(1, largest)));
            }
        }
    }

    @Test
    void whatPreventsFusionIsNamed() {
        deploy("chain", maas.pipelines().of("chain", wide()).toArtifact());
        PipelineDefinition nested = taking().step(call("inner", "chain", "x"))
                .output("p", "inner.p")
                .build();
        PipelineDefinition timed = taking().step(call("slow", "a", "x").withTimeout(Duration.ofSeconds(1)))
                .output("p", "slow.p")
                .build();

        assertThatThrownBy(() -> maas.pipelines().fuse(maas.pipelines().vote("p", MEMBERS)))
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.step()).isEqualTo("vote"))
                .hasMessage(
                        "step \"vote\" cannot be part of one graph: what it does is Java, not a graph: Vote[]; run the"
                                + " pipeline in steps");
        assertThatThrownBy(() -> maas.pipelines().fuse(timed))
                .hasMessageStartingWith("step \"slow\" cannot be part of one graph: it has a timeout or a fallback");
        assertThatThrownBy(() -> maas.pipelines().fuse(nested))
                .hasMessage("step \"inner\" cannot be part of one graph: model chain:1 is a pipeline (expected: an ONNX"
                        + " model); run the pipeline in steps");
    }
}

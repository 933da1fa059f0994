package io.maas.pipeline;

import static io.maas.pipeline.Models.column;
import static io.maas.pipeline.Models.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.error.StepException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What works that need no model compute, and how they are put together to what is often wanted. */
@Timeout(60)
class WorksTest {
    private static final float NAN = Float.NaN;

    private final Models models = new Models();

    @AfterEach
    void close() {
        models.close();
    }

    private static TensorSpec spec(String name, DataType type, Object... shape) {
        return new TensorSpec(name, type, Shape.symbolic(shape));
    }

    /** Runs one work on its own; inputs by name, each of its own type with a first axis that varies. */
    private Tensors run(Work work, Tensors inputs, String output) {
        PipelineDefinition.Builder builder = PipelineDefinition.builder();
        Map<String, String> bound = new java.util.TreeMap<>();
        for (Tensors.Entry entry : inputs) {
            Shape shape = entry.tensor().shape();
            builder.input(new TensorSpec(
                    entry.name(), entry.tensor().dataType(), shape.rank() == 0 ? shape : shape.with(0, "batch")));
            bound.put(entry.name(), entry.name());
        }
        PipelineDefinition definition = builder.step(Step.of("w", work, bound))
                .output("out", "w." + output)
                .build();
        return models.pipelines.of("p", definition).predict(inputs).outputs();
    }

    @Test
    void joinPutsColumnsSideBySideInTheOrderOfNames() {
        Tensor wide = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor flat = Tensor.of(new float[] {5, 6}, 2);

        Tensor joined =
                run(new Work.Join(), Tensors.of("b", flat, "a", wide), "joined").get("out");

        assertThat(joined).isEqualTo(Tensor.of(new float[] {1, 2, 5, 3, 4, 6}, 2, 3));
    }

    @Test
    void theMostSaidLabelWinsAndTiesGoToTheFirst() {
        Tensor a = Tensor.of(new String[] {"x", "x", "p"}, 3);
        Tensor b = Tensor.of(new String[] {"y", "y", "q"}, 3);
        Tensor c = Tensor.of(new String[] {"y", "x", "r"}, 3);

        assertThat(run(new Work.Vote(), Tensors.of("a", a, "b", b, "c", c), "label")
                        .get("out")
                        .strings())
                .containsExactly("y", "x", "p");
    }

    @Test
    void scoresVoteByTheirLargest() {
        Tensor scores = Tensor.of(new float[] {0.1f, 0.9f, 0.5f, 0.5f}, 2, 2);
        Tensor labels = Tensor.of(new long[] {1, 1}, 2);

        assertThat(run(new Work.Vote(), Tensors.of("a", scores, "b", labels), "label")
                        .get("out")
                        .toLongArray())
                .containsExactly(1, 0);
    }

    @Test
    void unsureAreRowsBelowTheThresholdAndNan() {
        Tensors scores =
                Tensors.of("scores", Tensor.of(new float[] {0.5f, 0.5f, 0.8f, 0.2f, 0.25f, 0.75f, NAN, 1}, 4, 2));

        assertThat(flags(Work.Confidence.PROBABILITY, 0.8, scores)).containsExactly(1, 0, 1, 1);
        assertThat(flags(Work.Confidence.MARGIN, 0.5, scores)).containsExactly(1, 0, 0, 1);
    }

    private double[] flags(Work.Confidence measure, double below, Tensors scores) {
        return run(new Work.Unsure(measure, below), scores, "unsure").get("out").toDoubleArray();
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedNamingTheStep() {
        Tensor numbers = Tensor.of(new float[] {1, 2}, 2);
        Tensor texts = Tensor.of(new String[] {"x", "y"}, 2);

        assertThatThrownBy(() -> run(new Work.Mean(Map.of()), Tensors.of("a", numbers, "b", texts), "mean"))
                .isInstanceOf(StepException.class)
                .hasMessage(
                        "step \"w\" takes the mean of a: float32[batch] and b: string[batch] (expected: floating-point"
                                + " numbers of one type and shape)");
        assertThatThrownBy(() -> run(new Work.Join(), Tensors.of("a", numbers, "b", texts), "joined"))
                .hasMessageStartingWith("step \"w\" joins a: float32[batch] and b: string[batch] (expected: numbers");
        assertThatThrownBy(() -> run(new Work.Vote(), Tensors.of("a", numbers), "label"))
                .hasMessageStartingWith("step \"w\" counts a: float32[batch] (expected: labels");
        assertThatThrownBy(() -> run(new Work.Unsure(Work.Confidence.MARGIN, 1), Tensors.of("s", numbers), "unsure"))
                .hasMessageStartingWith("step \"w\" reads input \"scores\", to which nothing is bound (bound are [s])");
        assertThatThrownBy(() -> run(new Work.Mean(Map.of("a", 2.0)), Tensors.of("b", numbers), "mean"))
                .hasMessage("step \"w\" weighs [a] (expected: each of its inputs [b])");
    }

    // ---- choosing

    private Tensor chosen(Tensor by, Map<String, Work> cases, Tensor x, Tensor other) {
        return run(new Work.Choose(cases), Tensors.of("by", by, "x", x, "z", other), "y")
                .get("out");
    }

    @Test
    void rowsGoToTheCaseOfTheirOwnAndComeBackInOrder() {
        Models.Fake twice = models.model("twice", x -> 2 * x);
        twice.held = true;
        Models.Fake negative = models.model("negative", x -> -x);
        Tensor by = Tensor.of(new long[] {7, 1, 7, 0, 1}, 5);
        Map<String, Work> cases = Map.of(
                "7", Work.model("twice"), "0", new Work.Pass(Map.of("y", "z")), "otherwise", Work.model("negative"));
        var answer = java.util.concurrent.CompletableFuture.supplyAsync(
                () -> chosen(by, cases, column(1, 2, 3, 4, 5), column(6, 7, 8, 9, 10)));
        while (twice.open.isEmpty()) {
            Thread.onSpinWait();
        }
        twice.answer(0);

        assertThat(answer.join().toDoubleArray()).containsExactly(2, -2, 6, 9, -5);
        assertThat(twice.requests.get(0).get("x")).isEqualTo(column(1, 3));
        assertThat(negative.requests.get(0).get("x")).isEqualTo(column(2, 5));
    }

    @Test
    void theWholeRequestGoesToOneCase() {
        Models.Fake twice = models.model("twice", x -> 2 * x);
        models.model("negative", x -> -x);
        Map<String, Work> cases = Map.of("fr", Work.model("twice"), "en", Work.model("negative"));
        PipelineDefinition definition = PipelineDefinition.builder()
                .input("x", DataType.FLOAT32, "batch", 1)
                .input("language", DataType.STRING, 1)
                .step(Step.of("w", new Work.Choose(cases), Map.of("by", "language", "x", "x")))
                .output("y", "w.y")
                .build();
        Pipeline pipeline = models.pipelines.of("p", definition);
        Tensors french = Tensors.of("x", column(1, 2), "language", Tensor.of(new String[] {"fr"}, 1));

        assertThat(pipeline.predict(french).get("y").toDoubleArray()).containsExactly(2, 4);
        assertThat(twice.requests).hasSize(1);
        Tensors latin = Tensors.of("x", column(1), "language", Tensor.of(new String[] {"la"}, 1));
        assertThatThrownBy(() -> pipeline.predict(latin))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "step \"w\" of pipeline p: step \"w\" has no case \"la\" (expected: one of [en, fr]); add it, or"
                                + " one called otherwise");
    }

    @Test
    void noRowsAreNoTrouble() {
        models.model("twice", x -> 2 * x);
        Map<String, Work> cases = Map.of("true", Work.model("twice"), "false", new Work.Pass(Map.of("y", "z")));

        assertThat(chosen(Tensor.of(new boolean[0], 0), cases, column(), column())
                        .shape())
                .isEqualTo(Shape.of(0, 1));
    }

    @Test
    void choicesThatCannotBeMadeAreRefused() {
        models.model("twice", x -> 2 * x);
        models.model(
                "sum",
                new Signature(List.of(floats("x", "n", 1)), List.of(floats("y", 1))),
                inputs -> Tensors.of("y", column(0)));
        Map<String, Work> sum = Map.of("true", Work.model("sum"));

        assertThatThrownBy(() -> chosen(column(1), sum, column(1), column(1)))
                .hasMessageStartingWith(
                        "step \"w\" chooses by by: float32[batch, 1] (expected: a bool, int64 or string");
        assertThatThrownBy(() -> chosen(Tensor.of(new boolean[] {true}, 1), sum, column(1), column(1)))
                .hasMessage(
                        "step \"w\" chooses by rows [batch], and gives y: float32[1], which does not begin with them;"
                                + " choose for the whole request, or leave that output out");
        assertThatThrownBy(() -> chosen(
                        Tensor.of(new boolean[] {true}, 1),
                        Map.of("true", Work.model("twice"), "false", Work.model("sum")),
                        column(1),
                        column(1)))
                .hasMessageContaining("gives y: float32[1] in case false and y: float32[batch, 1] in case true");
    }

    // ---- what is often wanted

    @Test
    void onlyUnsureRowsGoOnAndAnswersStayInOrder() {
        Signature signature =
                new Signature(List.of(floats("x", "n", 1)), List.of(floats("p", "n", 2), floats("by-the-way")));
        for (String name : List.of("small", "middle", "large")) {
            double floor = name.equals("small") ? 0.5 : name.equals("middle") ? 0.2 : 0;
            models.model(name, signature, inputs -> {
                double[] x = inputs.get("x").toDoubleArray();
                double[] p = new double[2 * x.length];
                for (int i = 0; i < x.length; i++) {
                    p[2 * i] = x[i] >= floor ? 1 - floor / 100 : 0.5;
                    p[2 * i + 1] = 1 - p[2 * i];
                }
                return Tensors.of(
                        "p", Tensor.of(DataType.FLOAT32, p, Shape.of(x.length, 2)), "by-the-way", Tensor.scalar(1f));
            });
        }
        PipelineDefinition cascade = models.pipelines.cascade(
                "p", new Work.Unsure(Work.Confidence.PROBABILITY, 0.9), List.of("small", "middle", "large"));

        Tensors answer = models.pipelines
                .of("p", cascade)
                .predict(Tensors.of("x", column(0.1, 0.6, 0.3, 0.7, 0.05)))
                .outputs();

        assertThat(answer.names()).containsExactly("p");
        assertThat(Stream.of(0, 2, 4, 6, 8).map(i -> (float) answer.get("p").toDoubleArray()[i]))
                .containsExactly(1f, 0.995f, 0.998f, 0.995f, 1f);
        assertThat(models.named("middle").requests.get(0).get("x")).isEqualTo(column(0.1, 0.3, 0.05));
        assertThat(models.named("large").requests.get(0).get("x")).isEqualTo(column(0.1, 0.05));
    }

    @Test
    void aRouterSendsEachRowWhereItsFunctionSays() {
        models.model("twice", x -> 2 * x);
        models.model("negative", x -> -x);
        models.pipelines.register(new PipelineFunction(
                "language",
                new Signature(
                        List.of(spec("text", DataType.STRING, "rows")), List.of(spec("code", DataType.STRING, "rows"))),
                inputs -> Tensors.of(
                        "code",
                        Tensor.of(inputs.get("text").strings().stream()
                                .map(text -> text.substring(0, 2))
                                .toArray(String[]::new)))));
        PipelineDefinition router = models.pipelines.route("language", Map.of("fr", "twice", "en", "negative"));
        Tensor texts = Tensor.of(new String[] {"french", "english", "frisian"}, 3);

        assertThat(models.pipelines
                        .of("p", router)
                        .predict(Tensors.of("text", texts, "x", column(1, 2, 3)))
                        .get("y")
                        .toDoubleArray())
                .containsExactly(2, -2, 6);
    }

    @Test
    void membersMayHaveAnyName() {
        for (String name : List.of("mean", "vote", "join", "top")) {
            models.model(name, x -> x);
        }
        List<String> members = List.of("vote", "mean", "join", "top");
        Tensors x = Tensors.of("x", column(3));

        assertThat(models.pipelines
                        .of("p", models.pipelines.mean("y", members))
                        .predict(x)
                        .get("y")
                        .item())
                .isEqualTo(3);
        assertThat(models.pipelines
                        .of("p", models.pipelines.stacked("y", List.of("join"), "top"))
                        .predict(x)
                        .get("y")
                        .item())
                .isEqualTo(3);
    }
}

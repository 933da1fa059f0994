package io.maas.pipeline;

import static io.maas.pipeline.Models.column;
import static io.maas.pipeline.Models.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.StepException;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PipelineTest {
    private static final Duration SOON = Duration.ofMillis(1);

    private final Models models = new Models();
    private Models.Fake twice;
    private Models.Fake plusOne;

    @BeforeEach
    void deploy() {
        twice = models.model("twice", x -> 2 * x);
        plusOne = models.model("plus-one", x -> x + 1);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private static PipelineDefinition.Builder taking() {
        return PipelineDefinition.builder().input("x", DataType.FLOAT32, "batch", 1);
    }

    private static Step call(String name, String model, String source) {
        return Step.of(name, Work.model(model), Map.of("x", source));
    }

    private void register(String name, UnaryOperator<Tensors> body) {
        Signature signature = new Signature(List.of(floats("x", "n", 1)), List.of(floats("y", "n", 1)));
        models.pipelines.register(new PipelineFunction(name, signature, body));
    }

    private Pipeline pipeline(PipelineDefinition.Builder builder) {
        return models.pipelines.of("p", builder.build());
    }

    private static double[] y(Prediction prediction) {
        return prediction.get("y").toDoubleArray();
    }

    private static Tensors x(double... values) {
        return Tensors.of("x", column(values));
    }

    @Test
    void whoWaitsIsNotAskedToRunSteps() {
        Pipeline pipeline = oneStep(step -> step);
        RequestOptions own = RequestOptions.none().withExecutor(task -> {});

        pipeline.predict(x(1), own);
        pipeline.predictAsync(x(1), own).join();

        assertThat(twice.options).extracting(RequestOptions::executor).containsExactly(null, own.executor());
    }

    private Pipeline oneStep(UnaryOperator<Step> settings) {
        return pipeline(taking().step(settings.apply(call("a", "twice", "x"))).output("y", "a.y"));
    }

    @Test
    void chainsAndBranchesComeTogether() {
        Pipeline pipeline = pipeline(
                taking().step(Step.of("sum", new Work.Mean(Map.of("l", 3.0, "r", 1.0)), Map.of("l", "b.y", "r", "c.y")))
                        .step(call("b", "plus-one", "a.y"))
                        .step(call("a", "twice", "x"))
                        .step(call("c", "twice", "a.y"))
                        .output("y", "sum.mean")
                        .output("half-way", "a.y"));

        Prediction answer = pipeline.predict(x(1, 5));

        assertThat(y(answer)).containsExactly((3 * 3 + 4) / 4.0, (3 * 11 + 20) / 4.0);
        assertThat(answer.get("half-way").toDoubleArray()).containsExactly(2, 10);
        assertThat(answer)
                .extracting(Prediction::model, Prediction::version, Prediction::fallbacks)
                .containsExactly("p", 0, List.of());
        assertThat(pipeline.signature().toString())
                .isEqualTo("Signature[inputs=[x: float32[batch, 1]], outputs=[y: float32[batch, 1], half-way:"
                        + " float32[batch, 1]], rowsIndependent=true, padding=null]");
    }

    @Test
    void branchesAreBegunTogetherAndNoThreadWaits() {
        twice.held = true;
        plusOne.held = true;
        Pipeline pipeline = pipeline(taking().step(call("a", "twice", "x"))
                .step(call("b", "plus-one", "x"))
                .step(Step.of("mean", new Work.Mean(Map.of()), Map.of("l", "a.y", "r", "b.y")))
                .output("y", "mean.mean"));

        CompletableFuture<Prediction> answer = pipeline.predictAsync(x(3));

        assertThat(twice.open).hasSize(1);
        assertThat(plusOne.open).hasSize(1);
        plusOne.answer(0);
        assertThat(answer).isNotDone();
        twice.answer(0);
        assertThat(y(answer.join())).containsExactly(5);
    }

    @Test
    void aLongChainNeedsNoDeepStack() {
        PipelineDefinition.Builder builder = taking().step(call("s0", "plus-one", "x"));
        for (int i = 1; i < 3000; i++) {
            builder.step(call("s" + i, "plus-one", "s" + (i - 1) + ".y"));
        }

        assertThat(y(pipeline(builder.output("y", "s2999.y")).predict(x(0)))).containsExactly(3000);
    }

    @Test
    void aThrowingFunctionFailsItsRequestAlone() {
        register("picky", inputs -> {
            if (inputs.get("x").item() < 0) {
                throw new IllegalStateException("no roots of negative numbers");
            }
            return Tensors.of("y", inputs.get("x"));
        });
        Pipeline pipeline = pipeline(taking().step(Step.of("root", Work.function("picky"), Map.of("x", "x")))
                .output("y", "root.y"));
        CompletableFuture<Prediction> good = pipeline.predictAsync(x(4));

        assertThatThrownBy(() -> pipeline.predict(x(-1)))
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.step()).isEqualTo("root"))
                .hasMessage("step \"root\" of pipeline p: no roots of negative numbers")
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(y(good.join())).containsExactly(4);
        assertThat(models.meters
                        .get("maas.pipeline.step.failures")
                        .tag("step", "root")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(models.meters
                        .get("maas.pipeline.step")
                        .tags("pipeline", "p", "step", "root")
                        .timer()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void aFunctionThatBreaksItsWordIsToldSo() {
        register("liar", inputs -> Tensors.of("y", Tensor.of(new long[] {1}, 1, 1)));
        register("silent", inputs -> null);

        assertThatThrownBy(() -> function("liar").predict(x(1)))
                .isInstanceOf(StepException.class)
                .hasMessageStartingWith("step \"f\" gave int64[1, 1] (expected: y: float32[batch, 1])");
        assertThatThrownBy(() -> function("silent").predict(x(1)))
                .hasMessage("step \"f\" of pipeline p: function \"silent\" gave null (expected: tensors)");
    }

    private Pipeline function(String name) {
        return pipeline(taking().step(Step.of("f", Work.function(name), Map.of("x", "x")))
                .output("y", "f.y"));
    }

    @Test
    void whatCallersCanActOnKeepsItsKind() {
        Pipeline pipeline = oneStep(step -> step);
        twice.body = inputs -> {
            throw new OverloadedException("full", Duration.ofMillis(7));
        };
        assertThatThrownBy(() -> pipeline.predict(x(1)))
                .isInstanceOfSatisfying(
                        OverloadedException.class,
                        e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(7)))
                .hasMessage("step \"a\" of pipeline p: full");
        twice.body = inputs -> {
            throw new InvalidInputException("out of range");
        };
        assertThatThrownBy(() -> pipeline.predict(x(1))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> pipeline.predict(Tensors.none()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("input \"x\" of model p is missing");
    }

    @Test
    void aFallbackStandsInAndIsNamed() {
        Pipeline pipeline = oneStep(step -> step.withFallback(Work.model("plus-one")));
        twice.body = inputs -> {
            throw new IllegalStateException("broken");
        };

        Prediction answer = pipeline.predict(x(4));

        assertThat(y(answer)).containsExactly(5);
        assertThat(answer.fallbacks()).containsExactly("a");
        assertThat(models.meters.get("maas.pipeline.step.fallbacks").counter().count())
                .isEqualTo(1);
        plusOne.body = twice.body;
        assertThatThrownBy(() -> pipeline.predict(x(4))).isInstanceOf(StepException.class);
    }

    @Test
    void aConstantStandsInForEachRow() {
        Work nothing = new Work.Give(Tensors.of("y", column(-7)));
        Pipeline pipeline = oneStep(step -> step.withTimeout(SOON).withFallback(nothing));
        twice.held = true;

        Prediction answer = pipeline.predict(x(1, 2, 3));

        assertThat(y(answer)).containsExactly(-7, -7, -7);
        assertThat(answer.fallbacks()).containsExactly("a");
        // None if the time was over before the step began, on a busy machine.
        assertThat(twice.open).allMatch(CompletableFuture::isCancelled);
    }

    @Test
    void fallbacksOfAPipelineInAPipelineAreNamedToo() {
        Models.Fake outer = models.model("outer", x -> x);
        outer.held = true;
        Pipeline pipeline = pipeline(taking().step(call("inner", "outer", "x")).output("y", "inner.y"));
        CompletableFuture<Prediction> answer = pipeline.predictAsync(x(1));
        outer.open.get(0).complete(new Prediction("outer", 1, Tensors.of("y", column(1)), List.of("embed")));

        assertThat(answer.join().fallbacks()).containsExactly("inner/embed");
    }

    @Test
    void aStepThatTakesTooLongEndsItsRequest() {
        Pipeline pipeline = oneStep(step -> step.withTimeout(SOON));
        twice.held = true;

        assertThatThrownBy(() -> pipeline.predict(x(1)))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessage("step \"a\" of pipeline p: it took longer than PT0.001S");
    }

    @Test
    void theDeadlineIsPassedOnAndEndsTheRequest() {
        Pipeline pipeline = oneStep(step -> step.withFallback(Work.model("plus-one")));
        twice.held = true;
        Duration time = Duration.ofMillis(50);

        assertThatThrownBy(() -> pipeline.predict(x(1), RequestOptions.timeout(time)))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageStartingWith("deadline of a request to pipeline p passed before all steps had answered");
        assertThat(twice.options.get(0).timeout()).isBetween(Duration.ofNanos(1), time);
        assertThat(plusOne.requests).isEmpty();
    }

    @Test
    void cancellingTheWholeCancelsTheSteps() {
        Pipeline pipeline = oneStep(step -> step);
        twice.held = true;
        CompletableFuture<Prediction> answer = pipeline.predictAsync(x(1));
        answer.cancel(true);

        assertThat(twice.open.get(0)).isCancelled();
    }

    @Test
    void aFailureCancelsTheOtherSteps() {
        Pipeline pipeline = pipeline(taking().step(call("a", "twice", "x"))
                .step(call("b", "plus-one", "x"))
                .step(Step.of("mean", new Work.Mean(Map.of()), Map.of("l", "a.y", "r", "b.y")))
                .output("y", "mean.mean"));
        twice.held = true;
        plusOne.held = true;
        CompletableFuture<Prediction> answer = pipeline.predictAsync(x(1));
        plusOne.open.get(0).completeExceptionally(new IllegalStateException("broken"));

        assertThatThrownBy(answer::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(StepException.class);
        assertThat(twice.open.get(0)).isCancelled();
    }

    @Test
    void aFunctionThatIsGivenUpIsInterrupted() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        register("endless", inputs -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return inputs;
        });
        Pipeline pipeline = pipeline(taking().step(Step.of("f", Work.function("endless"), Map.of("x", "x"))
                        .withTimeout(Duration.ofMillis(20))
                        .withFallback(Work.model("twice")))
                .output("y", "f.y"));

        assertThat(y(pipeline.predict(x(2)))).containsExactly(4);
        interrupted.await();
    }

    @Test
    void stepsThatDoNotFitAreRefusedNamingBoth() {
        models.model(
                "wide",
                new Signature(List.of(floats("x", "rows", 10)), List.of(floats("y", "rows"))),
                UnaryOperator.identity());

        assertThatThrownBy(() -> pipeline(taking().step(call("a", "twice", "x"))
                        .step(call("b", "wide", "a.y"))
                        .output("y", "b.y")))
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.step()).isEqualTo("b"))
                .hasMessage(
                        "step \"b\" takes x: float32[rows, 10], and step \"a\" gives y: float32[batch, 1] to it; bind what"
                                + " fits, or put a function in between");
        assertThatThrownBy(() -> pipeline(PipelineDefinition.builder()
                        .input("x", DataType.FLOAT64, "batch", 1)
                        .step(call("a", "twice", "x"))
                        .output("y", "a.y")))
                .hasMessageStartingWith(
                        "step \"a\" takes x: float32[batch, 1], and the pipeline's input gives x: float64");
        assertThatThrownBy(() -> oneStep(step -> step.withFallback(Work.model("wide"))))
                .hasMessageStartingWith("step \"a\" takes x: float32[rows, 10], and the pipeline's input gives");
        assertThatThrownBy(() -> oneStep(step -> step.withFallback(new Work.Give(Tensors.of("z", column(1))))))
                .hasMessageStartingWith(
                        "step \"a\" gives y: float32[batch, 1], and its fallback gives [z: float32[1, 1]] instead");
    }

    @Test
    void namesWhatIsNotThere() {
        assertThatThrownBy(() -> pipeline(taking().step(call("a", "none", "x")).output("y", "a.y")))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("step \"a\": no model \"none\" is deployed");
        assertThatThrownBy(() -> function("none"))
                .isInstanceOf(StepException.class)
                .hasMessage(
                        "step \"f\" calls function \"none\", which is not registered here; register it under that name"
                                + " before the pipeline is loaded");
        assertThatThrownBy(() -> pipeline(taking().step(Step.of("a", Work.model("twice"), Map.of()))
                        .output("y", "a.y")))
                .hasMessageStartingWith("step \"a\": nothing is bound to its input x: float32[batch, 1]");
        assertThatThrownBy(() -> pipeline(taking().step(Step.of("a", Work.model("twice"), Map.of("x", "x", "z", "x")))
                        .output("y", "a.y")))
                .hasMessage("step \"a\" takes no input \"z\" (it takes [x]); leave it out");
        assertThatThrownBy(() -> pipeline(taking().step(call("a", "twice", "x")).output("y", "a.z")))
                .hasMessage("step \"a\" gives no output \"z\" (it gives [y: float32[batch, 1]]); bind one of those");
    }
}

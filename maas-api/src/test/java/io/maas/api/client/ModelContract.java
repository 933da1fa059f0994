package io.maas.api.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.Maas;
import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.ShapeMismatchException;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.registry.Change;
import io.maas.serving.LoadPolicy;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a caller may rely on, wherever the model runs. */
@Timeout(120)
abstract class ModelContract {
    private Service service;
    private ModelSource source;

    /** Where models come from. */
    interface ModelSource extends AutoCloseable {
        Model model(String name);

        @Override
        void close();
    }

    abstract ModelSource open(Service running);

    static ModelSource local(Maas maas) {
        return new ModelSource() {
            @Override
            public Model model(String name) {
                return maas.model(name);
            }

            @Override
            public void close() {
                maas.close();
            }
        };
    }

    @BeforeEach
    void start() {
        service = Service.start();
        service.serve("affine", Models.affine(0));
        source = open(service);
    }

    @AfterEach
    void stop() {
        source.close();
        service.close();
    }

    private static Tensors rows(float... values) {
        return Tensors.of("x", Tensor.of(values, values.length / 3, 3));
    }

    @Test
    void answersWithNameVersionAndOutputs() {
        Prediction prediction = source.model("affine").predict(rows(1, 0, 0, 0, 1, 1));

        assertThat(prediction)
                .isEqualTo(new Prediction("affine", 1, Tensors.of("y", Tensor.of(new float[] {1, 2, 8, 10}, 2, 2))));
    }

    @Test
    void aNameMayHaveAVersion() {
        Model first = source.model("affine:1");
        assertThat(first.name()).isEqualTo("affine");
        assertThat(first.signature().inputs()).hasSize(1);
        assertThat(first.predict(rows(1, 0, 0)).version()).isEqualTo(1);
        assertThatThrownBy(() -> source.model("affine:9"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("version 9 of model affine is not loaded");
        service.serve("affine", Models.affine(10));
        assertThat(source.model("affine:2").predict(rows(1, 0, 0)).version()).isEqualTo(2);
        assertThatThrownBy(() -> first.predict(rows(1, 0, 0))).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void whatIsMadeOfAnAnswerSeesExactlyWhatWasThrown() {
        assertThat(source.model("affine")
                        .predictAsync(Tensors.none())
                        .handle((value, thrown) -> requireNonNull(thrown))
                        .join())
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void answersWithoutWaiting() {
        assertThat(source.model("affine").predictAsync(rows(1, 0, 0)).join().get("y"))
                .isEqualTo(Tensor.of(new float[] {1, 2}, 1, 2));
    }

    @Test
    void saysWhatItTakesAndGives() {
        Signature signature = source.model("affine").signature();

        assertThat(signature.isBatchable()).isTrue();
        TensorSpec input = signature.inputs().get(0);
        assertThat(input.name()).isEqualTo("x");
        assertThat(input.dataType()).isEqualTo(DataType.FLOAT32);
        assertThat(requireNonNull(input.shape()).toArray()).containsExactly(-1, 3);
        assertThat(signature.outputs().get(0).name()).isEqualTo("y");
        assertThat(source.model("affine").name()).isEqualTo("affine");
    }

    @Test
    void everyTypeGoesThroughExactly() {
        service.serve(
                "types",
                Models.identity(
                        DataType.BOOL,
                        DataType.UINT8,
                        DataType.INT16,
                        DataType.UINT32,
                        DataType.INT64,
                        DataType.UINT64,
                        DataType.FLOAT64,
                        DataType.STRING));
        List<Tensor> tensors = List.of(
                Tensor.of(new boolean[] {true, false}),
                Tensor.of(DataType.UINT8, new double[] {0, 255}, Shape.of(2)),
                Tensor.of(DataType.INT16, new double[] {-32768, 32767}, Shape.of(2)),
                Tensor.of(DataType.UINT32, new double[] {0, 4294967295.0}, Shape.of(2)),
                Tensor.of(new long[] {Long.MIN_VALUE, Long.MAX_VALUE}),
                Tensor.wrap(DataType.UINT64, Shape.of(2), Tensor.newMemory(16).putLong(0, -1)),
                Tensor.of(new double[] {-0.0, Double.MIN_VALUE}),
                Tensor.of(new String[] {"naïve", ""}));
        List<Tensors.Entry> inputs = new ArrayList<>();
        List<Tensors.Entry> outputs = new ArrayList<>();
        for (Tensor tensor : tensors) {
            inputs.add(new Tensors.Entry("in_" + tensor.dataType(), tensor));
            outputs.add(new Tensors.Entry("out_" + tensor.dataType(), tensor));
        }

        assertThat(source.model("types").predict(Tensors.copyOf(inputs)).outputs())
                .isEqualTo(Tensors.copyOf(outputs));
    }

    @Test
    void whatIsNoNumberIsOneValueAmongOthers() {
        service.serve("log", Models.log());
        Tensors values = Tensors.of("x", Tensor.of(new float[] {-1, 0, Float.POSITIVE_INFINITY, 1}));

        Tensors answers = source.model("log").predict(values).outputs();

        assertThat(answers.get("y").toFloatArray())
                .containsExactly(Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0);
        assertThat(answers.get("z")).isEqualTo(values.only());
    }

    @Test
    void halfPrecisionGoesThroughExactly() {
        service.serve("half", Models.identity(DataType.FLOAT16));
        Tensor half = Tensor.of(DataType.FLOAT16, new double[] {0.5, -65504, Double.NaN}, Shape.of(3));

        assertThat(source.model("half").predict(Tensors.of("in_FLOAT16", half)).outputs())
                .isEqualTo(Tensors.of("out_FLOAT16", half));
    }

    @Test
    void theSignatureFollowsTheVersionThatAnswersAmongSeveralLoadedOnes() {
        service.maas().registry().publish("affine", Models.log());
        service.maas().setLoadPolicy("affine", LoadPolicy.all(), Change.unsaid());
        Model model = source.model("affine");
        assertThat(model.signature().outputs()).hasSize(1);
        service.maas().deploy("affine", 2);

        assertThat(model.predict(Tensors.of("x", Tensor.of(new float[] {1}))).version())
                .isEqualTo(2);

        assertThat(model.signature().outputs().stream().map(TensorSpec::name)).containsExactly("y", "z");
        service.maas().deploy("affine", 1);
        assertThat(model.predict(rows(1, 0, 0)).version()).isEqualTo(1);
        assertThat(model.signature().outputs()).hasSize(1);
    }

    @Test
    void emptyBatchesAreAnswered() {
        assertThat(source.model("affine").predict(rows()).get("y").shape()).isEqualTo(Shape.of(0, 2));
    }

    @Test
    void unknownModelsAreNotFound() {
        assertThatThrownBy(() -> source.model("nosuch"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no model \"nosuch\" is deployed; deployed: [affine]; deploy it first");
    }

    @Test
    void modelsThatGoAreNotFoundAndModelsThatComeBackAnswer() {
        Model model = source.model("affine");
        service.maas().undeploy("affine");
        assertThatThrownBy(() -> model.predict(rows(1, 0, 0))).isInstanceOf(ModelNotFoundException.class);
        service.maas().deploy("affine");
        assertThat(model.predict(rows(1, 0, 0)).version()).isEqualTo(1);
    }

    @Test
    void wrongShapesCarryWhatWasExpected() {
        Model model = source.model("affine");
        Tensors wrong = Tensors.of("x", Tensor.of(new float[] {1, 2}, 1, 2));
        assertThatThrownBy(() -> model.predict(wrong))
                .isInstanceOfSatisfying(ShapeMismatchException.class, e -> {
                    assertThat(e.actual()).isEqualTo("[1, 2]");
                    assertThat(Shape.parse(e.expected()).toArray()).containsExactly(-1, 3);
                })
                .hasMessageStartingWith("input \"x\" does not fit model affine:1: got [1, 2], expected [n, 3]");
        assertThat(model.predictAsync(wrong))
                .failsWithin(Duration.ofSeconds(60))
                .withThrowableThat()
                .withCauseInstanceOf(ShapeMismatchException.class);
    }

    @Test
    void missingFurtherAndMistypedInputsAreRefused() {
        Model model = source.model("affine");
        assertThatThrownBy(() -> model.predict(Tensors.none()))
                .isExactlyInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\" of model affine:1 is missing: got [], expected x: float32[n, 3]");
        assertThatThrownBy(() -> model.predict(Tensors.of("x", Tensor.of(new double[] {1, 2, 3}, 1, 3))))
                .isExactlyInstanceOf(InvalidInputException.class)
                .hasMessageContaining("got float64[1, 3], expected x: float32[n, 3]");
        Tensors further = Tensors.of("x", Tensor.of(new float[3], 1, 3), "z", Tensor.scalar(1f));
        assertThatThrownBy(() -> model.predict(further))
                .isExactlyInstanceOf(InvalidInputException.class)
                .hasMessageContaining("[\"z\"] is not one of model affine:1");
    }

    @Test
    void newVersionsAnswerUnderTheOldHandle() {
        Model model = source.model("affine");
        assertThat(model.predict(rows(1, 0, 0)).version()).isEqualTo(1);

        service.serve("affine", Models.affine(10));

        assertThat(model.predict(rows(1, 0, 0)))
                .isEqualTo(new Prediction("affine", 2, Tensors.of("y", Tensor.of(new float[] {11, 12}, 1, 2))));
    }

    @Test
    void theSignatureIsThatOfTheVersionThatAnswers() {
        Model model = source.model("affine");
        service.serve("affine", Models.log());

        assertThat(model.predict(Tensors.of("x", Tensor.of(new float[] {1}))).version())
                .isEqualTo(2);

        assertThat(model.signature().outputs().stream().map(TensorSpec::name)).containsExactly("y", "z");
    }

    @Test
    void manyAtOnceAreAllAnswered() {
        Model model = source.model("affine");
        List<CompletableFuture<Prediction>> answers = IntStream.range(0, 64)
                .mapToObj(i -> model.predictAsync(rows(i, 0, 0)))
                .toList();
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).join().get("y")).isEqualTo(Tensor.of(new float[] {i, 2 * i}, 1, 2));
        }
    }

    @Test
    void manyBlockingCallersAreAllAnswered() {
        Model model = source.model("affine");
        List<CompletableFuture<Prediction>> answers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            float first = i;
            CompletableFuture<Prediction> answer = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    answer.complete(model.predict(rows(first, 0, 0)));
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
            answers.add(answer);
            thread.start();
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).join().get("y")).isEqualTo(Tensor.of(new float[] {i, 2 * i}, 1, 2));
        }
    }

    @Test
    void requestsBeyondTheQueueAreOverload() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Prediction> running = occupy(release);
        Model model = source.model("scripted");
        CompletableFuture<Prediction> waiting = service.maas().model("scripted").predictAsync(rows(1, 0, 0));
        try {
            assertThatThrownBy(() -> model.predict(rows(1, 0, 0)))
                    .isInstanceOfSatisfying(
                            OverloadedException.class,
                            e -> assertThat(e.retryAfter()).isPositive());
        } finally {
            release.countDown();
        }
        CompletableFuture.allOf(running, waiting).join();
        assertThat(model.predict(rows(1, 0, 0)).version()).isEqualTo(1);
    }

    @Test
    void requestsBeyondTheirTimeAreExpired() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Prediction> running = occupy(release);
        Model model = source.model("scripted");
        try {
            assertThatThrownBy(() -> model.predict(rows(1, 0, 0), RequestOptions.timeout(Duration.ofMillis(5))))
                    .isInstanceOf(DeadlineExceededException.class);
        } finally {
            release.countDown();
        }
        running.join();
    }

    /** Keeps the only instance of the scripted model busy until the latch opens; one more request may wait. */
    private CompletableFuture<Prediction> occupy(CountDownLatch release) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        scripted(Models.affine(0), 1)
                .playHeld(running, release, inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2)));
        CompletableFuture<Prediction> first = service.maas().model("scripted").predictAsync(rows(1, 0, 0));
        running.await();
        return first;
    }

    @Test
    void failuresInsideAreMaasExceptions() {
        ScriptedBackend engine = scripted(Models.affine(0), 2);
        engine.play(inputs -> {
            throw new io.maas.error.BackendException("scripted", "broken");
        });
        assertThatThrownBy(() -> source.model("scripted").predict(rows(1, 0, 0)))
                .isInstanceOf(MaasException.class);
    }

    private ScriptedBackend scripted(Artifact artifact, int maxQueue) {
        return service.script("scripted", artifact, maxQueue);
    }

    @Test
    void nothingAnswersAfterTheClose() {
        Model model = source.model("affine");
        source.close();
        source.close();
        assertThatThrownBy(() -> model.predict(rows(1, 0, 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed (expected: open)");
        assertThatThrownBy(model::signature).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> source.model("affine")).isInstanceOf(IllegalStateException.class);
        assertThat(model.predictAsync(rows(1, 0, 0)))
                .failsWithin(Duration.ofSeconds(60))
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRequestThatIsGivenUpMakesRoom() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Prediction> first = occupy(release);
        Model model = source.model("scripted");
        try {
            CompletableFuture<Prediction> waiting = model.predictAsync(rows(1, 0, 0));
            untilWaiting(1);

            assertThat(waiting.cancel(true)).isTrue();

            untilWaiting(0);
        } finally {
            release.countDown();
        }
        assertThat(first.join().version()).isEqualTo(1);
    }

    private void untilWaiting(int requests) {
        while (service.maas().status().rows().stream()
                        .mapToInt(row -> row.model().equals("scripted") ? row.waiting() : 0)
                        .sum()
                != requests) {
            Thread.onSpinWait();
        }
    }
}

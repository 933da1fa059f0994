package io.maas.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TypedModelTest {
    /** Gives back what it gets; what it is asked, and which version answers, the test sees and says. */
    private static final class Echo implements Model {
        final List<Tensors> asked = new ArrayList<>();
        final List<RequestOptions> options = new ArrayList<>();
        int version = 1;
        Signature signature = new Signature(
                List.of(new TensorSpec("x", DataType.INT64, Shape.symbolic("batch"))),
                List.of(new TensorSpec("x", DataType.INT64, Shape.symbolic("batch"))));
        CompletableFuture<Prediction> answer = new CompletableFuture<>();
        boolean answers = true;

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public Signature signature() {
            return signature;
        }

        @Override
        public Prediction predict(Tensors inputs, RequestOptions wishes) {
            asked.add(inputs);
            options.add(wishes);
            if (inputs.get("x").longs().get(0) < 0) {
                throw new OverloadedException("full", Duration.ofMillis(1));
            }
            return new Prediction("echo", version, inputs);
        }

        @Override
        public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions wishes) {
            try {
                Prediction prediction = predict(inputs, wishes);
                return answers ? CompletableFuture.completedFuture(prediction) : answer;
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }

    /** Texts as their numbers, times a factor on the way back; the size of a text is its length. */
    private static Adapter<String, String> numbers(int factor) {
        return new Adapter<>() {
            @Override
            public String name() {
                return "numbers";
            }

            @Override
            public Encoded<String> encode(List<String> items) {
                Tensor x = Tensor.of(items.stream().mapToLong(Long::parseLong).toArray());
                return new Encoded<>(
                        Tensors.of("x", x),
                        outputs -> Arrays.stream(outputs.get("x").toLongArray())
                                .mapToObj(value -> String.valueOf(factor * value))
                                .toList());
            }

            @Override
            public long size(String item) {
                return item.length();
            }
        };
    }

    private final Echo echo = new Echo();
    private final TypedModel<String, String> model = TypedModel.of(echo, numbers(2));

    private List<Long> rows() {
        return echo.asked.stream().map(each -> each.get("x").shape().size(0)).toList();
    }

    @Test
    void oneItemIsOneRequestWithItsOptions() {
        RequestOptions urgent = RequestOptions.none().withPriority(3);

        assertThat(model.predict("21", urgent)).isEqualTo("42");
        assertThat(model.predictAsync("4", urgent).join()).isEqualTo("8");

        assertThat(echo.options).containsExactly(urgent, urgent);
        assertThat(rows()).containsExactly(1L, 1L);
    }

    @Test
    void manyItemsAreAnsweredInTheirOrderInRequestsOfNearSizes() {
        List<String> items = IntStream.range(0, 150)
                .mapToObj(i -> i % 3 == 0 ? "1000" + i : "" + i % 10)
                .toList();

        assertThat(model.predictAll(items))
                .isEqualTo(items.stream()
                        .map(each -> String.valueOf(2 * Long.parseLong(each)))
                        .toList());
        assertThat(rows())
                .hasSizeLessThan(10)
                .allSatisfy(rows -> assertThat(rows).isLessThanOrEqualTo(64));
        for (Tensors request : echo.asked) {
            long[] values = request.get("x").toLongArray();
            assertThat(Arrays.stream(values).allMatch(each -> each < 10)
                            || Arrays.stream(values).allMatch(each -> each >= 10))
                    .as("%s", Arrays.toString(values))
                    .isTrue();
        }
    }

    @Test
    void aModelWhoseRowsTouchEachOtherGetsThemOneByOne() {
        echo.signature = new Signature(echo.signature.inputs(), echo.signature.outputs(), false);

        assertThat(model.predictAll(List.of("1", "2", "3"))).containsExactly("2", "4", "6");
        assertThat(rows()).containsExactly(1L, 1L, 1L);
    }

    @Test
    void onlyAFewRequestsAreUnderWayAtOnce() {
        echo.answers = false;
        echo.signature = new Signature(echo.signature.inputs(), echo.signature.outputs(), false);
        int cores = Runtime.getRuntime().availableProcessors();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> model.predictAll(java.util.Collections.nCopies(50 * cores, "1")))
                .isInstanceOf(MaasException.class)
                .hasMessageStartingWith("interrupted while waiting for ");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(echo.asked).hasSize(cores + 1);
    }

    @Test
    void whatTheAdapterRefusesIsNamedWithItsPlace() {
        assertThatThrownBy(() -> model.predict("one"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("adapter numbers: For input string: \"one\"")
                .hasCauseInstanceOf(NumberFormatException.class);
        assertThatThrownBy(model.predictAsync("one")::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> model.predictAll(List.of("1", "2", "x", "4")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("item 2 of 4: adapter numbers: For input string: \"x\"")
                .hasCauseInstanceOf(NumberFormatException.class);
        assertThat(echo.asked).isEmpty();
    }

    @Test
    void failuresOfTheModelComeThroughAsTheyAre() {
        assertThatThrownBy(() -> model.predict("-1")).isInstanceOf(OverloadedException.class);
        assertThatThrownBy(() -> model.predictAll(List.of("-1", "-2"))).isInstanceOf(OverloadedException.class);
        assertThatThrownBy(model.predictAsync("-1")::join).hasCauseInstanceOf(OverloadedException.class);
    }

    @Test
    void anAnswerThatCannotBeReadNamesAdapterAndVersion() {
        Adapter<String, String> broken = new Adapter<>() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public Encoded<String> encode(List<String> items) {
                return new Encoded<>(
                        Tensors.of("x", Tensor.of(new long[items.size()])),
                        outputs -> List.of(outputs.get("y").toString()));
            }
        };

        assertThatThrownBy(() -> TypedModel.of(echo, broken).predict("1"))
                .isInstanceOf(MaasException.class)
                .hasMessageStartingWith(
                        "adapter broken cannot read the answer of model echo:1, {x: int64[1]}: tensor: \"y\"");
    }

    @Test
    void whereOneItemFailsTheRequestsUnderWayAreCancelled() {
        echo.answers = false;

        assertThatThrownBy(() -> model.predictAll(List.of("1", "many")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("item 1 of 2: ");
        assertThat(echo.answer.isCancelled()).isTrue();
    }

    @Test
    void cancellingTheFutureCancelsTheRequest() {
        echo.answers = false;

        CompletableFuture<String> future = model.predictAsync("1");
        future.cancel(false);

        assertThat(echo.answer.isCancelled()).isTrue();
    }

    /** Version 1 wants numbers doubled, later ones tripled; what answers now is one version ahead of what was known. */
    private TypedModel<String, String> changing() {
        Adapter<String, String> doubling = numbers(2);
        Adapter<String, String> tripling = numbers(3);
        return TypedModel.of(echo, new AdapterSource<>() {
            @Override
            public Adapter<String, String> current() {
                return doubling;
            }

            @Override
            public Adapter<String, String> of(int version) {
                return version == 1 ? doubling : version == 2 ? tripling : numbers(version);
            }

            @Override
            public boolean isFixed() {
                return false;
            }
        });
    }

    @Test
    void aRequestThatAnotherVersionAnswersIsMadeAnewForThatVersion() {
        TypedModel<String, String> changing = changing();
        assertThat(changing.predict("5")).isEqualTo("10");

        echo.version = 2;
        assertThat(changing.predict("5")).isEqualTo("15");
        assertThat(changing.predictAsync("5").join()).isEqualTo("15");
        assertThat(changing.predictAll(List.of("5", "6"))).containsExactly("15", "18");
        assertThat(rows()).containsExactly(1L, 1L, 1L, 1L, 1L, 2L, 2L);
    }

    @Test
    void allAttemptsOfARequestHaveOneKey() {
        TypedModel<String, String> changing = changing();
        echo.version = 2;
        changing.predict("5");
        changing.predictAsync("5", RequestOptions.none().withKey("mine")).join();

        assertThat(echo.options).extracting(RequestOptions::key).containsExactly("0", "0", "mine", "mine");
    }

    @Test
    void aModelThatNeverStaysTheSameIsGivenUp() {
        echo.version = 3;

        assertThatThrownBy(() -> changing().predict("5"))
                .isInstanceOf(MaasException.class)
                .hasMessageStartingWith("model echo: another version with another adapter answered each of 4 attempts");
        assertThatThrownBy(changing().predictAsync("5")::join).hasCauseInstanceOf(MaasException.class);
        assertThat(echo.asked).hasSize(8);
    }

    @Test
    void whoWaitsForManyIsNotAskedToRunThem() {
        model.predictAll(List.of("1", "2"), RequestOptions.none().withExecutor(task -> {}));

        assertThat(echo.options).extracting(RequestOptions::executor).containsOnlyNulls();
    }
}

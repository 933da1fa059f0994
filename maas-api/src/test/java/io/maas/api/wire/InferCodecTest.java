package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InferCodecTest {
    private final InferCodec codec = new InferCodec();

    private Tensor read(String datatype, String shape, String data) {
        String body = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}]}"
                .formatted(datatype, shape, data);
        return codec.readRequest(body.getBytes(UTF_8)).inputs().only();
    }

    private InferRequest readRequest(String body) {
        return codec.readRequest(body.getBytes(UTF_8));
    }

    @Test
    void sixtyFourBitIntegersAreExactOverTheWholeRange() {
        assertThat(read("INT64", "[4]", "[-9223372036854775808, 9223372036854775807, 9007199254740993, -1]"))
                .isEqualTo(Tensor.of(new long[] {Long.MIN_VALUE, Long.MAX_VALUE, (1L << 53) + 1, -1}));
        assertThat(read("UINT64", "[3]", "[18446744073709551615, 9223372036854775808, 0]")
                        .toLongArray())
                .containsExactly(-1L, Long.MIN_VALUE, 0);
    }

    @Test
    void unsignedExtremesAreWrittenUnsigned() {
        Tensor tensor =
                Tensor.wrap(DataType.UINT64, Shape.of(1), Tensor.newMemory(8).putLong(0, -1));

        byte[] body = codec.writeResponse(new InferResponse("m", 1, null, Tensors.of("y", tensor)));

        assertThat(new String(body, UTF_8))
                .isEqualTo("{\"model_name\":\"m\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"y\",\"shape\":[1],"
                        + "\"datatype\":\"UINT64\",\"data\":[18446744073709551615]}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "UINT8,  -1,                    0..255",
        "UINT8,  256,                   0..255",
        "INT8,   128,                   -128..127",
        "INT8,   -129,                  -128..127",
        "UINT16, 65536,                 0..65535",
        "INT16,  -32769,                -32768..32767",
        "UINT32, 4294967296,            0..4294967295",
        "UINT32, -1,                    0..4294967295",
        "INT32,  2147483648,            -2147483648..2147483647",
        "INT64,  9223372036854775808,   -9223372036854775808..9223372036854775807",
        "INT64,  -9223372036854775809,  -9223372036854775808..9223372036854775807",
        "UINT64, 18446744073709551616,  0..18446744073709551615",
        "UINT64, -9223372036854775809,  0..18446744073709551615",
        "FP32,   1e39,                  numbers up to 3.4028235E38",
        "FP64,   -1e309,                numbers up to 1.7976931348623157E308"
    })
    void whatDoesNotFitTheTypeIsRefusedWithItsPosition(String type, String value, String range) {
        assertThatThrownBy(() -> read(type, "[2]", "[0, " + value + "]"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\": value at index 1 is out of range for datatype " + type + " (expected: "
                        + range + ")");
    }

    @Test
    void unsignedBelowZeroIsOutOfRangeToo() {
        assertThatThrownBy(() -> read("UINT64", "[1]", "[-1]"))
                .hasMessageContaining("out of range for datatype UINT64");
    }

    @ParameterizedTest
    @CsvSource({
        "INT32,  3.0,     a whole number without fraction or exponent",
        "INT64,  1e3,     a whole number without fraction or exponent",
        "INT64,  '\"3\"', a whole number without fraction or exponent",
        "INT64,  true,    a whole number without fraction or exponent",
        "BOOL,   1,       true or false",
        "BOOL,   null,    true or false",
        "BYTES,  1,       a string",
        "BYTES,  null,    a string",
        "FP32,   '\"1\"', a number; NaN and infinity have no form in JSON",
        "FP32,   null,    a number; NaN and infinity have no form in JSON",
        "FP64,   '{}',    a number; NaN and infinity have no form in JSON",
        "FP64,   '\"NaN\"', a number; NaN and infinity have no form in JSON"
    })
    void aValueOfAnotherKindIsRefused(String type, String value, String expected) {
        assertThatThrownBy(() -> read(type, "[1]", "[" + value + "]"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "input \"x\": value at index 0 is not of datatype " + type + " (expected: " + expected + ")");
    }

    @Test
    void aMissingNumberIsNullInRequests() {
        assertThat(read("FP64", "[3]", "[1.5, null, -2]").toDoubleArray()).containsExactly(1.5, Double.NaN, -2);
        Tensors gaps = Tensors.of("x", Tensor.of(new double[] {1.5, Double.NaN}));
        byte[] body = codec.writeRequest(InferRequest.of(gaps, CallParameters.none()));
        assertThat(new String(body, java.nio.charset.StandardCharsets.UTF_8)).contains("[1.5,null]");
        assertThat(codec.readRequest(body).inputs()).isEqualTo(gaps);
        assertThatThrownBy(() -> codec.writeResponse(new InferResponse("m", 1, null, gaps)))
                .isInstanceOf(NotRepresentableException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "+1", "01", "1.", ".5", "0x10", "1f", "'a'"})
    void numbersThatAreNotJsonAreRefused(String value) {
        assertThatThrownBy(() -> read("FP64", "[1]", "[" + value + "]"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("body is not valid JSON at line 1, column ");
    }

    @Test
    void zeroKeepsItsSignInEveryForm() {
        assertThat(read("FP32", "[3]", "[-0, -0.0, 0]").toFloatArray()).containsExactly(-0.0f, -0.0f, 0.0f);
        assertThat(read("FP64", "[2]", "[-0e0, -1e-999]").toDoubleArray()).containsExactly(-0.0, -0.0);
    }

    @Test
    void floatsAreRoundedOnceAndNotThroughDouble() {
        // Just above the middle between two floats; rounding to double first loses the difference.
        String value = "1.00000005960464477539062500000000000000000001";
        assertThat(read("FP32", "[1]", "[" + value + "]").toFloatArray()).containsExactly(Math.nextUp(1.0f));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void halfPrecisionHasNoJsonForm(DataType type) {
        String name = Datatypes.name(type);
        String message = "\"x\": datatype " + name + " is not supported in JSON (expected: binary tensor data)";
        assertThatThrownBy(() -> read(name, "[1]", "[1]"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input " + message);
        Tensors half = Tensors.of("x", Tensor.zeros(type, Shape.of(1)));
        assertThatThrownBy(() -> codec.writeResponse(new InferResponse("m", 1, null, half)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("output " + message);
    }

    @Test
    void nanInAnAnswerIsAnErrorAndNeverBareNan() {
        String message = "value at index 1 is NaN or infinite, which JSON cannot express (expected: finite values)";
        Tensors nan = Tensors.of("x", Tensor.of(new float[] {0, Float.NaN}));
        Tensors infinite = Tensors.of("x", Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY}));
        assertThatThrownBy(() -> codec.writeResponse(new InferResponse("m", 1, null, nan)))
                .isInstanceOf(NotRepresentableException.class)
                .hasMessage("output \"x\": " + message);
        assertThatThrownBy(() -> codec.writeResponse(new InferResponse("m", 1, null, infinite)))
                .isInstanceOf(NotRepresentableException.class);
        assertThatThrownBy(() -> codec.writeRequest(InferRequest.of(nan, CallParameters.none())))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\": " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[2]    | [1]                | data has 1 values (expected: 2 for shape [2])",
                "[2]    | [1,2,3]            | data has more than 2 values (expected: 2 for shape [2])",
                "[2,2]  | [1,2,3]            | data has 3 values (expected: 4 for shape [2, 2])",
                "[]     | []                 | data has 0 values (expected: 1 for shape [])",
                "[2,2]  | [[1,2],[3]]        | data is nested unlike shape [2, 2] at value 3",
                "[2,2]  | [[1,2,3],[4]]      | data is nested unlike shape [2, 2] at value 3",
                "[2,3]  | [[1,2],[3,4],[5,6]]| data is nested unlike shape [2, 3] at value 2",
                "[2,2]  | [[1,2],3,4]        | data is nested unlike shape [2, 2] at value 2",
                "[2,2]  | [1,2,[3,4]]        | data is nested unlike shape [2, 2] at value 2",
                "[2]    | [[1],[2]]          | data is nested unlike shape [2] at value 0",
                "[]     | [[1]]              | data is nested unlike shape [] at value 0",
                "[-1]   | []                 | shape: size: -1 (expected: size >= 0 in [-1])",
                "[1.0]  | [1]                | shape is of the wrong kind (expected: a whole number of at most 64"
                        + " bits)",
                "[9223372036854775808] | [1] | shape is of the wrong kind (expected: a whole number of at most 64"
                        + " bits)",
                "[9223372036854775807] | [1] | shape [9223372036854775807] is too large (expected: at most 2147483647 values",
                "[2147483647,0] | [] | shape [2147483647, 0] is too large (expected: at most 2147483647 values, and where one"
                        + " size is 0, others of at most 1048576 together)",
                "[2048,0,1024] | [] | shape [2048, 0, 1024] is too large",
                "[4294967296,4294967296,0] | [1] | a number of elements that fits a long",
                "[1,1,1,1,1,1,1,1,1] | [1] | shape has too many axes (expected: at most 8)"
            })
    void dataThatDoesNotFitTheShapeIsRefused(String shape, String data, String message) {
        assertThatThrownBy(() -> read("INT32", shape, data))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("input \"x\": ")
                .hasMessageContaining(message);
    }

    @Test
    void emptyAxesAreFine() {
        assertThat(read("FP32", "[0, 4]", "[]").shape()).isEqualTo(Shape.of(0, 4));
        assertThat(read("FP32", "[2, 0]", "[[], []]").shape()).isEqualTo(Shape.of(2, 0));
        assertThat(read("FP32", "[1024, 0, 1024]", "[]").shape()).isEqualTo(Shape.of(1024, 0, 1024));
    }

    @Test
    void whatIsNotKnownIsSkippedAndNullCountsAsAbsent() {
        InferRequest request = readRequest("""
            {"id": null, "extra": {"a": [1, {"b": null}]}, "outputs": null,
             "parameters": {"binary_data_output": true, "sequence_id": 0, "sequence_start": false, "mine": "x"},
             "inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "parameters": {"content_type": "str"},
                         "data": ["\\u00e9"]}]}\
            """);

        assertThat(request.id()).isNull();
        assertThat(request.parameters().timeout()).isNull();
        assertThat(request.outputs()).isEmpty();
        assertThat(request.inputs()).isEqualTo(Tensors.of("x", Tensor.of(new String[] {"é"})));
    }

    @Test
    void timeoutIsInMicrosecondsAndZeroIsNone() {
        assertThat(readRequest("{\"inputs\":[],\"parameters\":{\"timeout\":1500}}")
                        .parameters()
                        .timeout())
                .isEqualTo(Duration.ofNanos(1_500_000));
        assertThat(readRequest("{\"inputs\":[],\"parameters\":{\"timeout\":0}}")
                        .parameters()
                        .timeout())
                .isNull();
        assertThat(readRequest("{\"inputs\":[],\"parameters\":{\"timeout\":9223372036854775807}}")
                        .parameters()
                        .timeout())
                .isEqualTo(Duration.ofDays(365));
        assertThatThrownBy(() -> readRequest("{\"inputs\":[],\"parameters\":{\"timeout\":-1}}"))
                .hasMessage("parameters.timeout is not a count (expected: microseconds, 0 for no timeout)");
        assertThatThrownBy(() -> readRequest("{\"inputs\":[],\"parameters\":{\"timeout\":\"1\"}}"))
                .hasMessage("parameters.timeout is not a count (expected: microseconds, 0 for no timeout)");
    }

    @Test
    void aTimeoutIsWrittenRoundedUpSoThatItNeverMeansNone() {
        byte[] least = codec.writeRequest(
                InferRequest.of(Tensors.none(), CallParameters.none().withTimeout(Duration.ofNanos(1))));
        byte[] most = codec.writeRequest(
                InferRequest.of(Tensors.none(), CallParameters.none().withTimeout(Duration.ofSeconds(Long.MAX_VALUE))));

        assertThat(codec.readRequest(least).parameters().timeout()).isEqualTo(Duration.ofNanos(1000));
        assertThat(codec.readRequest(most).parameters().timeout()).isEqualTo(Duration.ofDays(365));
    }

    @Test
    void outputsAreChosenByNameInTheOrderAskedFor() {
        Tensors all = Tensors.of("a", Tensor.scalar(1f), "b", Tensor.scalar(2f));

        assertThat(readRequest("{\"inputs\":[],\"outputs\":[{\"name\":\"b\"},{\"name\":\"a\"}]}")
                        .select(all)
                        .names())
                .containsExactly("b", "a");
        assertThat(readRequest("{\"inputs\":[],\"outputs\":[]}").select(all)).isSameAs(all);
        assertThatThrownBy(() -> readRequest("{\"inputs\":[],\"outputs\":[{\"name\":\"c\"}]}")
                        .select(all))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "output \"c\" is asked for, but the model has none of that name (expected: some of [a, b])");
    }

    @Test
    void answersOfOtherServersAreRead() {
        byte[] body = ("{\"outputs\":[{\"parameters\":{\"x\":1},\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1,2],"
                        + "\"data\":[[1,2]]}],\"model_name\":\"m\",\"model_version\":\"7\",\"parameters\":{}}")
                .getBytes(UTF_8);

        assertThat(codec.readResponse(body))
                .isEqualTo(new InferResponse("m", 7, null, Tensors.of("y", Tensor.of(new float[] {1, 2}, 1, 2))));
    }
}

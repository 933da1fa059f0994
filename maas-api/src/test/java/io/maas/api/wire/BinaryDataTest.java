package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The extension for binary data, to the byte. */
class BinaryDataTest {
    private final InferCodec codec = new InferCodec();

    private static Message message(String json, byte[] binary) {
        byte[] document = json.getBytes(UTF_8);
        byte[] all = Arrays.copyOf(document, document.length + binary.length);
        System.arraycopy(binary, 0, all, document.length, binary.length);
        return Message.of(all, Integer.toString(document.length));
    }

    private static String input(String name, String type, String shape, String size) {
        return "{\"name\":\"" + name + "\",\"datatype\":\"" + type + "\",\"shape\":" + shape
                + ",\"parameters\":{\"binary_data_size\":" + size + "}}";
    }

    private Tensor read(String type, String shape, byte... data) {
        String json = "{\"inputs\":[" + input("x", type, shape, Integer.toString(data.length)) + "]}";
        return codec.readRequest(message(json, data)).inputs().only();
    }

    /** However often it comes. */
    private void refuse(Message message, String expected) {
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> codec.readRequest(message))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(expected);
        }
    }

    @Test
    void aDocumentThatCameBeforeIsReadWithOtherData() {
        String json = "{\"id\":\"7\",\"parameters\":{\"binary_data_output\":true},\"inputs\":["
                + input("a", "UINT8", "[1]", "1") + "," + input("b", "INT8", "[2]", "2")
                + "],\"outputs\":[{\"name\":\"y\"}]}";
        InferRequest first = codec.readRequest(message(json, new byte[] {1, 2, 3}));
        InferRequest second = codec.readRequest(message(json, new byte[] {4, 5, 6}));
        assertThat(first.inputs().get("b").toDoubleArray()).containsExactly(2, 3);
        assertThat(second.inputs().get("b").toDoubleArray()).containsExactly(5, 6);
        assertThat(second.inputs().names()).containsExactly("a", "b");
        assertThat(second.id()).isEqualTo("7");
        assertThat(second.parameters()).isEqualTo(first.parameters());
        assertThat(second.outputs()).isEqualTo(first.outputs());
        refuse(message(json, new byte[] {1, 2}), "binary_data_size is 2 (expected: 0 to 1");
        refuse(message(json, new byte[4]), "body goes on for 1 bytes");
    }

    @Test
    void whatGoesOnBehindTheDocumentIsNotKept() {
        refuse(
                message("{\"inputs\":[" + input("x", "UINT8", "[1]", "1") + "]}{}", new byte[] {1}),
                "body goes on after the JSON object");
    }

    @Test
    void valuesAreLittleEndianAndWithoutGaps() {
        assertThat(read("INT32", "[2]", (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) -2, (byte) -1, (byte) -1, (byte)
                        -1))
                .isEqualTo(Tensor.of(new int[] {1, -2}));
        assertThat(read("BOOL", "[2]", (byte) 1, (byte) 0)).isEqualTo(Tensor.of(new boolean[] {true, false}));
        assertThat(read("FP16", "[1]", (byte) 0, (byte) 0x3c).toDoubleArray()).containsExactly(1);
        assertThat(read("BF16", "[1]", (byte) 0x80, (byte) 0x3f).toDoubleArray())
                .containsExactly(1);
        assertThat(read("BYTES", "[2]", new byte[] {2, 0, 0, 0, (byte) 0xc3, (byte) 0xa9, 0, 0, 0, 0}))
                .isEqualTo(Tensor.of(new String[] {"é", ""}));
    }

    @Test
    void binaryInputsStandInTheOrderOfTheDocumentAmongOthersOfJson() {
        String json = "{\"inputs\":[" + input("b", "UINT8", "[1]", "1")
                + ",{\"name\":\"j\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[2.5]},"
                + "{\"parameters\":{\"binary_data_size\":2},\"shape\":[2],\"name\":\"a\",\"datatype\":\"INT8\"}]}";

        Tensors inputs = codec.readRequest(message(json, new byte[] {7, 8, 9})).inputs();

        assertThat(inputs.names()).containsExactly("b", "j", "a");
        assertThat(inputs.get("b").toDoubleArray()).containsExactly(7);
        assertThat(inputs.get("a").toDoubleArray()).containsExactly(8, 9);
        assertThat(inputs.get("j").toDoubleArray()).containsExactly(2.5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FP32 | [1] | -1 | binary_data_size is -1 (expected: 0 to 4, which is what the body has left)",
                "FP32 | [1] | 5 | binary_data_size is 5 (expected: 0 to 4",
                "FP32 | [1] | 9223372036854775807 | binary_data_size is 9223372036854775807 (expected: 0 to 4",
                "FP32 | [1] | 4294967300 | binary_data_size is 4294967300 (expected: 0 to 4",
                "FP32 | [1] | 9223372036854775808 | binary_data_size is of the wrong kind",
                "FP32 | [1] | 4.0 | binary_data_size is of the wrong kind",
                "FP32 | [1] | \"4\" | binary_data_size is of the wrong kind",
                "FP32 | [1] | 3 | binary data has 3 bytes (expected: 1 elements of 4 for FP32 of shape [1])",
                "FP32 | [2] | 4 | binary data has 4 bytes (expected: 2 elements of 4",
                "FP32 | [0] | 4 | binary data has 4 bytes (expected: 0 elements of 4",
                "FP32 | [4611686018427387904] | 4 | shape [4611686018427387904] is too large (expected: at most 2147483647 values",
                "FP64 | [1073741824,1073741824] | 4 | shape [1073741824, 1073741824] is too large",
                "FP64 | [1073741824] | 4 | binary data has 4 bytes (expected: 1073741824 elements of 8",
                "FP32 | [2147483647,0] | 0 | shape [2147483647, 0] is too large",
                "FP32 | [4294967296,4294967296] | 4 | fits a long",
                "FP32 | [-1] | 4 | size: -1",
                "FP32 | [1] | 0 | binary data has 0 bytes (expected: 1 elements",
                "FP32 | [0] | 0 | body goes on for 4 bytes that belong to no tensor",
                "UINT8 | [2] | 2 | body goes on for 2 bytes that belong to no tensor",
                "BYTES | [2] | 4 | asks for 2 texts, more than 4 bytes can hold",
                "BYTES | [2147483647] | 4 | asks for 2147483647 texts, more than 4 bytes can hold",
                "BYTES | [1] | 4 | text at index 0 is longer than its data",
                "BOOL | [4] | 4 | value at index 0 is not of datatype BOOL (expected: a byte that is 0 or 1)"
            })
    void sizesThatLieAreRefused(String type, String shape, String size, String expected) {
        refuse(message("{\"inputs\":[" + input("x", type, shape, size) + "]}", new byte[] {9, 0, 0, 0}), expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "", " 2", "+2", "0x2", "2.0", "99999999999999999999", "4294967298", "3", "a"})
    void headerThatIsNoLengthWithinTheBodyIsRefused(String header) {
        assertThatThrownBy(() -> Message.of(new byte[] {'{', '}'}, header))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("Inference-Header-Content-Length is not the length of the JSON document"
                        + " (expected: 0 to 2, which is all of the body)");
    }

    @Test
    void headerThatCutsTheDocumentShortIsRefused() {
        byte[] document = "{\"inputs\":[]}".getBytes(UTF_8);
        refuse(Message.of(document, "12"), "body is not valid JSON");
        assertThat(codec.readRequest(Message.of(document, "13")).inputs()).isEmpty();
    }

    @Test
    void theTwoWaysOfSendingValuesDoNotMix() {
        String both = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1],"
                + "\"parameters\":{\"binary_data_size\":4}}]}";
        refuse(message(both, new byte[4]), "data and binary_data_size are both given (expected: one of them)");
        String json = "{\"inputs\":[" + input("x", "FP32", "[0]", "0") + "]}";
        refuse(
                Message.json(json.getBytes(UTF_8)),
                "input \"x\": binary_data_size is given without the header Inference-Header-Content-Length");
    }

    @Test
    void textsThatAreNotUtf8AreRefusedWithTheirPlace() {
        assertThatThrownBy(() -> read("BYTES", "[2]", new byte[] {0, 0, 0, 0, 1, 0, 0, 0, (byte) 0xff}))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"x\": text at index 1 is not UTF-8 (expected: texts; send bytes as UINT8)");
        assertThatThrownBy(() -> read("BYTES", "[1]", new byte[] {0, 0, 0, 0, 1, 0, 0, 0}))
                .hasMessageContaining("binary data goes on for 4 bytes behind the last text");
        assertThatThrownBy(() -> read("BYTES", "[1]", new byte[] {-1, -1, -1, -1}))
                .hasMessageContaining("text at index 0 is longer than its data");
    }

    @Test
    void sharedMemoryIsSaidNotToBeThere() {
        String input = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],"
                + "\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":4}}]}";
        assertThatThrownBy(() -> codec.readRequest(input.getBytes(UTF_8)))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageStartingWith("input \"x\": shared memory is not supported");
        String output =
                "{\"inputs\":[],\"outputs\":[{\"name\":\"y\",\"parameters\":{\"shared_memory_region\":\"r\"}}]}";
        assertThatThrownBy(() -> codec.readRequest(output.getBytes(UTF_8)))
                .isInstanceOf(UnsupportedRequestException.class);
    }

    @Test
    void outputsSayForThemselvesWhetherTheyAreBinary() {
        InferRequest request = codec.readRequest(("{\"parameters\":{\"binary_data_output\":true},\"inputs\":[],"
                        + "\"outputs\":[{\"name\":\"a\"},{\"name\":\"b\",\"parameters\":{\"binary_data\":false}}]}")
                .getBytes(UTF_8));

        assertThat(request.wantsBinary("a")).isTrue();
        assertThat(request.wantsBinary("b")).isFalse();
        assertThat(request.wantsBinary("of all outputs")).isTrue();
    }

    @Test
    void answersWithAnyBinaryDataSayWhereItBegins() {
        Tensors outputs = Tensors.of(
                "a",
                Tensor.of(new float[] {1, Float.NaN}),
                "b",
                Tensor.of(new long[] {3}),
                "c",
                Tensor.zeros(DataType.FLOAT32, Shape.of(0, 2)));

        Message message = codec.writeResponse(new InferResponse("m", 1, "7", outputs), name -> !name.equals("b"));

        assertThat(new String(message.bytes(), 0, message.headerLength(), UTF_8))
                .isEqualTo(
                        "{\"model_name\":\"m\",\"model_version\":\"1\",\"id\":\"7\",\"outputs\":["
                                + "{\"name\":\"a\",\"shape\":[2],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":8}},"
                                + "{\"name\":\"b\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[3]},"
                                + "{\"name\":\"c\",\"shape\":[0,2],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":0}}]}");
        ByteBuffer binary = ByteBuffer.wrap(message.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(message.bytes()).hasSize(message.headerLength() + 8);
        assertThat(binary.getFloat(message.headerLength())).isEqualTo(1);
        assertThat(binary.getFloat(message.headerLength() + 4)).isNaN();
        assertThat(codec.writeResponse(new InferResponse("m", 1, null, outputs.rows(0, 0)), name -> false)
                        .isBinary())
                .isFalse();
    }

    @Test
    void halfACharacterGoesAsJson() {
        Tensors half = Tensors.of("t", Tensor.of(new String[] {"\ud800"}));

        Message message = codec.writeBinaryRequest(InferRequest.of(half, CallParameters.none()));

        assertThat(message.isBinary()).isFalse();
        assertThat(codec.readRequest(message).inputs()).isEqualTo(half);
    }

    @Test
    void elementsAreTurnedRoundForOtherMachines() {
        ByteBuffer two = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        assertThat(BinaryTensors.reversed(two, 4).array()).containsExactly(4, 3, 2, 1, 8, 7, 6, 5);
        assertThat(BinaryTensors.reversed(two, 1).array()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void whateverTheBytesARequestIsReadOrRefused() {
        Tensors inputs = Tensors.of("x", Tensor.of(new float[] {1, 2}), "t", Tensor.of(new String[] {"a", "é"}));
        Message valid = codec.writeBinaryRequest(new InferRequest(
                "i", CallParameters.none().withBinaryOutput(true), inputs, List.of(new RequestedOutput("y", true, 1))));
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            byte[] changed = valid.bytes().clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(10) == 0 ? random.nextInt(changed.length) : changed.length;
            int header = random.nextInt(10) == 0 ? random.nextInt(length + 1) : Math.min(valid.headerLength(), length);
            try {
                codec.readRequest(new Message(Arrays.copyOf(changed, length), header));
            } catch (InvalidInputException | UnsupportedRequestException refused) {
                assertThat(refused.getMessage()).as("seed %d", seed).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }
}

package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.BaseEncoding;
import com.google.common.primitives.Bytes;
import io.maas.error.InvalidInputException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the bytes: a request is read or refused as bad input; nothing else happens. */
class HostileJsonTest {
    private static final String VALID = """
            {"id":"é1","parameters":{"timeout":5,"b":true,"c":1.5e0},"inputs":[
             {"name":"x","shape":[2,2],"datatype":"FP32","data":[[1.5,-2],[3e1,4]]},
             {"data":["a\\u00e9\\n","☕"],"datatype":"BYTES","shape":[2],"name":"t","parameters":{"k":[{}]}},
             {"name":"u","datatype":"UINT64","shape":[1],"data":[18446744073709551615]},
             {"name":"b","datatype":"BOOL","shape":[1],"data":[true]}],
             "outputs":[{"name":"y","parameters":{"binary_data":false}}],"z":null}""";

    private final InferCodec codec = new InferCodec();

    private void refuse(String body, String message) {
        assertThatThrownBy(() -> codec.readRequest(body.getBytes(UTF_8)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] valid = VALID.getBytes(UTF_8);
        assertThat(codec.readRequest(valid).inputs().names()).containsExactly("x", "t", "u", "b");
        for (int length = 0; length < valid.length; length++) {
            byte[] cut = Arrays.copyOf(valid, length);
            assertThatThrownBy(() -> codec.readRequest(cut))
                    .as("first %d bytes", length)
                    .isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void everyChangedByteIsReadOrRefused() {
        byte[] valid = VALID.getBytes(UTF_8);
        for (int at = 0; at < valid.length; at++) {
            for (int flip : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
                byte[] changed = valid.clone();
                changed[at] ^= (byte) flip;
                readOrRefuse(changed, "byte " + at + " ^ " + flip);
            }
        }
    }

    @Test
    void everySpliceIsReadOrRefused() {
        byte[] valid = VALID.getBytes(UTF_8);
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            byte[] spliced = valid.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                int length = random.nextInt(40);
                int from = random.nextInt(valid.length - length);
                int to = random.nextInt(valid.length - length);
                System.arraycopy(valid, from, spliced, to, length);
            }
            readOrRefuse(spliced, "seed " + seed);
        }
    }

    private void readOrRefuse(byte[] body, String what) {
        try {
            codec.readRequest(body);
        } catch (InvalidInputException refused) {
            assertThat(refused.getMessage()).as(what).isNotBlank();
        } catch (RuntimeException e) {
            throw new AssertionError(what, e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                  | body is empty (expected: a JSON object)",
                "[]                                  | body is something else than a JSON object",
                "null                                | body is something else than a JSON object",
                "1                                   | body is something else than a JSON object",
                "{}                                  | inputs is missing",
                "{\"inputs\":null}                   | inputs is missing",
                "{\"inputs\":{}}                     | inputs is of the wrong kind (expected: an array)",
                "{\"inputs\":[1]}                    | inputs[0] is of the wrong kind (expected: an object)",
                "{\"inputs\":[{}]}                   | inputs[0]: name is missing",
                "{\"inputs\":[],\"id\":7}            | id is of the wrong kind (expected: a string)",
                "{\"inputs\":[],\"parameters\":[]}   | parameters is of the wrong kind (expected: an object)",
                "{\"inputs\":[],\"outputs\":[\"y\"]} | outputs[0] is of the wrong kind (expected: an object)",
                "{\"inputs\":[],\"outputs\":[{}]}    | outputs[0].name is missing",
                "{\"inputs\":[]} x                   | body is not valid JSON at line 1, column ",
                "{\"inputs\":[]} {}                  | body goes on after the JSON object at line 1, column 15",
                "{\"inputs\":[],\"inputs\":[]}       | body has a member twice in one object at line 1, column ",
                "{\"inputs\":[],}                    | body is not valid JSON",
                "{\"inputs\":[] /* */}               | body is not valid JSON",
                "{'inputs':[]}                       | body is not valid JSON",
                "{inputs:[]}                         | body is not valid JSON"
            })
    void malformedRequestsAreRefusedWithAReason(String body, String message) {
        refuse(body, message);
    }

    @Test
    void missingAndTwofoldPartsOfTensorsAreNamed() {
        refuse("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\"}]}", "input \"x\": data is missing");
        refuse("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"data\":[1]}]}", "input \"x\": shape is missing");
        refuse("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"data\":[1]}]}", "input \"x\": datatype is missing");
        refuse(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FLOAT\",\"data\":[1]}]}",
                "input \"x\": datatype is unknown (expected: one of [BOOL, UINT8, ");
        String one = "{\"name\":\"x\",\"shape\":[0],\"datatype\":\"FP32\",\"data\":[]}";
        refuse("{\"inputs\":[" + one + "," + one + "]}", "inputs has a name twice (expected: each name once)");
        refuse("{\"inputs\":[],\"outputs\":[{\"name\":\"y\"},{\"name\":\"y\"}]}", "outputs has a name twice");
    }

    @Test
    void depthIsBoundedEverywhere() {
        String deep = "[".repeat(100_000);
        String limit = "body goes beyond what is read of JSON at line 1, column ";
        refuse("{\"unknown\":" + deep, limit);
        refuse("{\"inputs\":" + deep, "inputs[0] is of the wrong kind");
        refuse("{\"inputs\":[{\"data\":" + deep, limit);
        refuse(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":" + deep,
                "nested unlike shape");
        refuse("{\"a\":".repeat(100_000), limit);
        assertThat(codec.readRequest(("{\"inputs\":[],\"u\":" + "[".repeat(63) + "]".repeat(63) + "}").getBytes(UTF_8))
                        .inputs())
                .isEmpty();
    }

    @Test
    void promisedSizesTakeNoMemory() {
        String start = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP64\",\"shape\":";
        refuse(
                start + "[2000000000],\"data\":[1]}]}",
                "asks for 2000000000 values, more than the rest of the body can hold");
        refuse(start + "[3037000500,3037000500],\"data\":[1]}]}", "fits a long");
        refuse(start + "[65536,65536,65536,65536],\"data\":[1]}]}", "fits a long");
        refuse(
                "{\"inputs\":[{\"data\":[1],\"name\":\"x\",\"datatype\":\"BYTES\",\"shape\":[2147483647]}]}",
                "asks for 2147483647 values");
    }

    @Test
    void numbersOfTensorsAndDigitsAreBounded() {
        String one = "{\"name\":\"x%d\",\"shape\":[0],\"datatype\":\"FP32\",\"data\":[]}";
        String many = IntStream.range(0, 2000).mapToObj(one::formatted).collect(Collectors.joining(","));
        refuse("{\"inputs\":[" + many + "]}", "inputs has too many entries (expected: at most 1024)");
        String names = IntStream.range(0, 2000)
                .mapToObj(i -> "{\"name\":\"" + i + "\"}")
                .collect(Collectors.joining(","));
        refuse("{\"inputs\":[],\"outputs\":[" + names + "]}", "outputs has too many entries (expected: at most 1024)");
        refuse(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[" + "9".repeat(5000)
                        + "]}]}",
                "body goes beyond what is read of JSON");
    }

    @Test
    void otherEncodingsAreRefused() {
        assertThatThrownBy(() -> codec.readRequest("{\"inputs\":[]}".getBytes(UTF_16LE)))
                .isInstanceOf(InvalidInputException.class);
        byte[] brokenUtf8 = "{\"inputs\":[],\"id\":\"\u00e9\"}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> codec.readRequest(brokenUtf8))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("body is not UTF-8");
        for (String sequence : new String[] {"f4908080", "e080af", "c080", "f08080af", "eda080", "ff"}) {
            byte[] overlong = BaseEncoding.base16().lowerCase().decode(sequence);
            byte[] body = Bytes.concat("{\"inputs\":[],\"id\":\"".getBytes(UTF_8), overlong, "\"}".getBytes(UTF_8));
            assertThatThrownBy(() -> codec.readRequest(body))
                    .as(sequence)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("body is not UTF-8");
        }
    }

    @Test
    void membersAreBoundedWhereverTheyStand() {
        String members =
                IntStream.range(0, 100_001).mapToObj(i -> "\"" + i + "\":1").collect(Collectors.joining(","));
        refuse("{" + members + "}", "body has too many members");
        refuse("{\"unknown\":[{" + members + "}]}", "body has too many members");
    }

    @Test
    void numbersTooLargeForTheirPlaceAreCalledThat() {
        refuse(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"UINT64\",\"data\":[-1]}]}",
                "out of range for datatype UINT64 (expected: 0..18446744073709551615)");
    }

    @Test
    void messagesQuoteNoPayload() {
        String secret = "hunter2";
        for (String body : new String[] {
            "{\"inputs\":" + secret + "}",
            "{\"inputs\":[],\"" + secret + "\":1,\"" + secret + "\":2}",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[\"" + secret + "\"]}]}"
        }) {
            assertThatThrownBy(() -> codec.readRequest(body.getBytes(UTF_8)))
                    .isInstanceOf(InvalidInputException.class)
                    .message()
                    .doesNotContain(secret);
        }
    }
}

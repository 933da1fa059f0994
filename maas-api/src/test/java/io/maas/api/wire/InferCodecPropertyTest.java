package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InferCodecPropertyTest {
    private final InferCodec codec = new InferCodec();

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    private static CallParameters parameters(Random random) {
        return new CallParameters(
                random.nextBoolean() ? Duration.ofNanos(1000L * (1 + random.nextInt(1 << 30))) : null,
                random.nextInt(3),
                random.nextBoolean() ? "somebody \u2615" : null,
                random.nextBoolean());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void requestsComeBackAsTheyWere(long seed) {
        Random random = new Random(seed);
        InferRequest request = new InferRequest(
                random.nextBoolean() ? "id " + seed : null,
                parameters(random),
                RandomTensors.group(random),
                random.nextBoolean() ? List.of(RequestedOutput.of("y"), new RequestedOutput("z", true, 2)) : List.of());

        assertThat(codec.readRequest(codec.writeRequest(request)))
                .as("seed %d", seed)
                .isEqualTo(request);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void answersComeBackAsTheyWere(long seed) {
        Random random = new Random(seed);
        InferResponse response = new InferResponse(
                "m" + seed, random.nextInt(1000), random.nextBoolean() ? "id" : null, RandomTensors.group(random));

        assertThat(codec.readResponse(codec.writeResponse(response)))
                .as("seed %d", seed)
                .isEqualTo(response);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void binaryDataComesBackAsItWas(long seed) {
        Random random = new Random(seed);
        InferRequest request =
                new InferRequest(null, parameters(random), RandomTensors.groupOfAllTypes(random), List.of());
        InferResponse response = new InferResponse("m", 1, null, request.inputs());

        assertThat(codec.readRequest(codec.writeBinaryRequest(request)))
                .as("seed %d", seed)
                .isEqualTo(request);
        // Some as binary data, some as JSON, those without a form in JSON always as binary data.
        boolean mixed = random.nextBoolean();
        Message message = codec.writeResponse(
                response,
                name -> !mixed
                        || name.length() % 2 == 0
                        || !RandomTensors.isExactInJson(request.inputs().get(name)));
        assertThat(codec.readResponse(message)).as("seed %d", seed).isEqualTo(response);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nestedDataAndAnyOrderOfMembersMeanTheSame(long seed) {
        Random random = new Random(seed);
        Shape shape = RandomTensors.shape(random);
        DataType type = RandomTensors.TYPES.get(random.nextInt(RandomTensors.TYPES.size()));
        Tensor tensor = RandomTensors.tensor(random, type, shape);
        String flat =
                new String(codec.writeRequest(InferRequest.of(Tensors.of("x", tensor), CallParameters.none())), UTF_8);
        Matcher data =
                Pattern.compile("\"data\":\\[(.*)\\]\\}\\]\\}", Pattern.DOTALL).matcher(flat);
        assertThat(data.find()).isTrue();

        String nested = "{\"inputs\":[{\"data\":" + nest(values(data.group(1)), shape, 0, new int[1])
                + ",\"unknown\":[{\"a\":[1]}],\"shape\":" + shape + ",\"datatype\":\"" + Datatypes.name(type)
                + "\",\"name\":\"x\"}]}";

        assertThat(codec.readRequest(nested.getBytes(UTF_8)).inputs())
                .as("seed %d: %s", seed, nested)
                .isEqualTo(Tensors.of("x", tensor));
    }

    /** Cuts at the commas outside strings. */
    private static List<String> values(String flat) {
        Matcher value = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[^,\"]+").matcher(flat);
        return value.results().map(java.util.regex.MatchResult::group).toList();
    }

    private static String nest(List<String> values, Shape shape, int axis, int[] next) {
        if (axis == shape.rank()) {
            String value = values.get(next[0]++);
            return shape.rank() == 0 ? "[" + value + "]" : value;
        }
        StringJoiner joiner = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < shape.size(axis); i++) {
            joiner.add(nest(values, shape, axis + 1, next));
        }
        return joiner.toString();
    }
}

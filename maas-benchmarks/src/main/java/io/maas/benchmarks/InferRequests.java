package io.maas.benchmarks;

import com.google.protobuf.ByteString;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.benchmarks.Dialogue.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One row to a model with an input {@code x} and an output {@code y}, in each protocol; every answer is held against the expected one.
 *
 * @param expected the answer's numbers
 */
record InferRequests(String model, float[] row, float[] expected) {
    private static final float TOLERANCE = 1e-4f;
    static final String GRPC = "/inference.GRPCInferenceService/ModelInfer";
    private static final byte[] DATA = "\"data\":[".getBytes(StandardCharsets.US_ASCII);

    String path() {
        return "/v2/models/" + model + "/infer";
    }

    /** Tensors as binary data both ways, as Triton's clients send them. */
    Request binary(String... headers) {
        byte[] json = ("{\"inputs\":[{\"name\":\"x\",\"shape\":[1," + row.length
                        + "],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":" + 4 * row.length
                        + "}}],\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}]}")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] body = ByteBuffer.allocate(json.length + 4 * row.length)
                .put(json)
                .put(raw(row))
                .array();
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Content-Type: application/octet-stream");
        all.add("Inference-Header-Content-Length: " + json.length);
        return new Request(HttpDialogue.render(path(), body, all.toArray(new String[0])), this::endsRight);
    }

    Request json() {
        String numbers = IntStream.range(0, row.length)
                .mapToObj(i -> Float.toString(row[i]))
                .collect(Collectors.joining(","));
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1," + row.length + "],\"datatype\":\"FP32\",\"data\":["
                + numbers + "]}]}";
        return new Request(
                HttpDialogue.render(path(), json.getBytes(StandardCharsets.US_ASCII), "Content-Type: application/json"),
                this::isRightJson);
    }

    /** The message of a call, its tensors raw. */
    Request grpc() {
        byte[] message = ModelInferRequest.newBuilder()
                .setModelName(model)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(row.length))
                .addRawInputContents(ByteString.copyFrom(raw(row)))
                .build()
                .toByteArray();
        return new Request(message, this::endsRight);
    }

    HttpDialogue binaryDialogue(String... headers) {
        Request request = binary(headers);
        return new HttpDialogue(() -> request);
    }

    HttpDialogue jsonDialogue() {
        Request request = json();
        return new HttpDialogue(() -> request);
    }

    GrpcDialogue grpcDialogue() {
        Request request = grpc();
        return new GrpcDialogue(GRPC, () -> request);
    }

    private static byte[] raw(float[] values) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return raw.array();
    }

    /** Of an answer whose numbers are its last bytes, as they are in a message of gRPC too. */
    private boolean endsRight(byte[] bytes, int from, int to) {
        int at = to - 4 * expected.length;
        if (at < from) {
            return false;
        }
        ByteBuffer raw = ByteBuffer.wrap(bytes, at, to - at).order(ByteOrder.LITTLE_ENDIAN);
        for (float each : expected) {
            if (!isNear(each, raw.getFloat())) {
                return false;
            }
        }
        return true;
    }

    private boolean isRightJson(byte[] bytes, int from, int to) {
        int at = indexOf(bytes, from, to);
        if (at < 0) {
            return false;
        }
        for (float each : expected) {
            int end = at;
            while (end < to && bytes[end] != ',' && bytes[end] != ']') {
                end++;
            }
            if (!isNear(each, Float.parseFloat(new String(bytes, at, end - at, StandardCharsets.US_ASCII)))) {
                return false;
            }
            at = end + 1;
        }
        return true;
    }

    private static int indexOf(byte[] bytes, int from, int to) {
        for (int i = from; i + DATA.length < to; i++) {
            if (Arrays.equals(bytes, i, i + DATA.length, DATA, 0, DATA.length)) {
                return i + DATA.length;
            }
        }
        return -1;
    }

    private static boolean isNear(float expected, float actual) {
        return Math.abs(expected - actual) <= TOLERANCE * Math.max(1, Math.abs(expected));
    }
}

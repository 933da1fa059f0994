package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.tensor.DataType;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the clients of Triton and KServe rely on beyond the text of the protocol, as their sources show it; over HTTP. */
class RealClientTrapsIT {
    private static final String HEADER = "Inference-Header-Content-Length";
    private static final String INFER = "/v2/models/affine/infer";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Service service;
    private static RawHttp http;

    @BeforeAll
    static void start() {
        service = Service.start();
        service.serve("affine", Models.affine(0));
        service.serve("log", Models.log());
        service.serve("long", Models.identity(DataType.INT64, DataType.UINT64));
        service.maas().registry().setAlias("affine", "champion", 1);
        http = new RawHttp(service.uri());
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /** The body as tritonclient puts it together. */
    private static HttpResponse<byte[]> infer(String path, String json, ByteBuffer binary) throws Exception {
        byte[] document = json.getBytes(UTF_8);
        byte[] body = Arrays.copyOf(document, document.length + binary.capacity());
        binary.get(0, body, document.length, binary.capacity());
        // It sets no content type.
        return http.postBytes(path, body, HEADER, Integer.toString(document.length));
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private static JsonNode document(HttpResponse<byte[]> answer) throws Exception {
        int length = Integer.parseInt(answer.headers().firstValue(HEADER).orElseThrow());
        return JSON.readTree(answer.body(), 0, length);
    }

    private static ByteBuffer binary(HttpResponse<byte[]> answer) {
        int length = Integer.parseInt(answer.headers().firstValue(HEADER).orElseThrow());
        return ByteBuffer.wrap(answer.body(), length, answer.body().length - length)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void trap02EverySuccessIsExactlyStatus200() throws Exception {
        for (String get : List.of(
                "/v2",
                "/v2/health/live",
                "/v2/health/ready",
                "/v2/models",
                "/v2/models/stats",
                "/v2/models/affine",
                "/v2/models/affine/ready",
                "/v2/models/affine/stats",
                "/v2/models/affine/config")) {
            assertThat(http.get(get).statusCode()).as(get).isEqualTo(200);
        }
        try (Service own = Service.start()) {
            own.serve("affine", Models.affine(0));
            RawHttp its = new RawHttp(own.uri());
            for (String post : List.of(
                    "/v2/repository/index",
                    "/v2/repository/models/affine/unload",
                    "/v2/repository/models/affine/load",
                    "/v2/repository/models/affine/load")) {
                assertThat(its.post(post, "").statusCode()).as(post).isEqualTo(200);
            }
        }
    }

    @Test
    void trap03HealthSaysBothLiveAndReady() throws Exception {
        assertThat(JSON.readTree(http.get("/v2/health/ready").body())
                        .get("ready")
                        .booleanValue())
                .isTrue();
        assertThat(JSON.readTree(http.get("/v2/health/live").body()).get("live").booleanValue())
                .isTrue();
    }

    @Test
    void trap04ErrorsAreExactlyApplicationJsonAlsoToBinaryRequests() throws Exception {
        HttpResponse<byte[]> refused = infer(INFER, "{\"inputs\":[]", floats(1));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().allValues("content-type")).containsExactly("application/json");
        assertThat(refused.headers().firstValue(HEADER)).isEmpty();
        assertThat(JSON.readTree(refused.body()).get("error").isTextual()).isTrue();
    }

    @Test
    void trap05BinaryDataOutputIsHonouredForJsonInputsAndOutputsHaveDataOrItsSize() throws Exception {
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],"
                + "\"datatype\":\"FP32\",\"data\":[1,0,0]}],\"outputs\":[{\"name\":\"y\"}]}";

        HttpResponse<byte[]> answer = http.postBytes(INFER, json.getBytes(UTF_8), "Content-Type", "application/json");

        assertThat(answer.headers().allValues("content-type")).containsExactly("application/octet-stream");
        JsonNode document = document(answer);
        assertThat(document.get("model_name").textValue()).isEqualTo("affine");
        JsonNode output = document.get("outputs").get(0);
        assertThat(output.has("data")).isFalse();
        assertThat(output.get("parameters").get("binary_data_size").intValue()).isEqualTo(8);
        assertThat(binary(answer)).isEqualTo(floats(1, 2));
    }

    @Test
    void trap06TheDefaultCallOfTritonclientIsBinaryBothWays() throws Exception {
        String json = "{\"id\":\"\",\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\","
                + "\"shape\":[2,3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":24}}]}";

        HttpResponse<byte[]> answer = infer(INFER, json, floats(1, 0, 0, 0, 1, 1));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(document(answer).get("outputs").get(0).get("shape")).isEqualTo(JSON.readTree("[2,2]"));
        assertThat(binary(answer)).isEqualTo(floats(1, 2, 8, 10));
        assertThat(answer.headers().firstValueAsLong("content-length")).hasValue(answer.body().length);
    }

    @Test
    void trap06OneOutputMayBeBinaryAndAnotherJson() throws Exception {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}],"
                + "\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}},{\"name\":\"z\"}]}";

        HttpResponse<byte[]> answer = http.postBytes("/v2/models/log/infer", json.getBytes(UTF_8));

        assertThat(document(answer).get("outputs").get(1).get("data")).isEqualTo(JSON.readTree("[1.0]"));
        assertThat(binary(answer)).isEqualTo(floats(0));
    }

    @Test
    void trap07RepositoryTakesEmptyBodiesWithoutAContentType() throws Exception {
        assertThat(http.postBytes("/v2/repository/index", new byte[0]).statusCode())
                .isEqualTo(200);
        assertThat(http.postBytes("/v2/repository/models/affine/load", new byte[0])
                        .statusCode())
                .isEqualTo(200);
        assertThat(http.post("/v2/repository/models/affine/load", "{}").statusCode())
                .isEqualTo(200);
        assertThat(http.post("/v2/repository/index", "{\"ready\":true}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void trap12AliasesAreAcceptedAndVersionsAreNumbers() throws Exception {
        JsonNode metadata =
                JSON.readTree(http.get("/v2/models/affine/versions/champion").body());
        assertThat(metadata.get("versions")).isEqualTo(JSON.readTree("[\"1\"]"));
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,0]}]}";
        JsonNode answer = JSON.readTree(
                http.post("/v2/models/affine/versions/champion/infer", json).body());
        assertThat(answer.get("model_version").textValue()).isEqualTo("1");
    }

    @Test
    void trap14EmptyTensorsSayThatTheirSizeIsZero() throws Exception {
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\","
                + "\"shape\":[0,3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":0}}]}";

        HttpResponse<byte[]> answer = infer(INFER, json, ByteBuffer.allocate(0));

        JsonNode output = document(answer).get("outputs").get(0);
        assertThat(output.get("shape")).isEqualTo(JSON.readTree("[0,2]"));
        assertThat(output.get("parameters").get("binary_data_size").intValue()).isZero();
        assertThat(answer.headers().allValues("content-type")).containsExactly("application/octet-stream");
        assertThat(binary(answer).remaining()).isZero();
    }

    @Test
    void trap15IntegersOf64BitsNeverPassThroughDouble() throws Exception {
        String json =
                "{\"inputs\":[{\"name\":\"in_INT64\",\"shape\":[1],\"datatype\":\"INT64\",\"data\":[9007199254740993]},"
                        + "{\"name\":\"in_UINT64\",\"shape\":[1],\"datatype\":\"UINT64\",\"data\":[18446744073709551615]}]}";

        String answer = http.post("/v2/models/long/infer", json).body();

        assertThat(answer).contains("\"data\":[9007199254740993]", "\"data\":[18446744073709551615]");
    }

    @Test
    void trap16WhatIsNoNumberTravelsAsBinaryDataOrIsAnError() throws Exception {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\","
                + "\"parameters\":{\"binary_data_size\":4}}]%s}";

        HttpResponse<byte[]> asJson = infer("/v2/models/log/infer", json.formatted(""), floats(-1));
        HttpResponse<byte[]> asBinary = infer(
                "/v2/models/log/infer", json.formatted(",\"parameters\":{\"binary_data_output\":true}"), floats(-1));

        assertThat(asJson.statusCode()).isEqualTo(500);
        assertThat(new String(asJson.body(), UTF_8))
                .startsWith("{\"error\":\"output \\\"y\\\": value at index 0 is NaN");
        assertThat(asBinary.statusCode()).isEqualTo(200);
        assertThat(binary(asBinary).getFloat()).isNaN();
    }

    @Test
    void trap17PerfAnalyzerFindsWhatItReads() throws Exception {
        JsonNode config = JSON.readTree(http.get("/v2/models/affine/config").body());
        assertThat(config.get("name").textValue()).isEqualTo("affine");
        assertThat(config.get("platform").textValue()).isEqualTo("onnx_onnxv1");
        assertThat(config.get("max_batch_size").intValue()).isEqualTo(64);
        // Without the rows, which the metadata has.
        assertThat(config.get("input"))
                .isEqualTo(JSON.readTree("[{\"name\":\"x\",\"data_type\":\"TYPE_FP32\",\"dims\":[3]}]"));
        assertThat(config.get("output"))
                .isEqualTo(JSON.readTree("[{\"name\":\"y\",\"data_type\":\"TYPE_FP32\",\"dims\":[2]}]"));
        assertThat(config.get("version_policy")).isEqualTo(JSON.readTree("{\"specific\":{\"versions\":[1]}}"));
        assertThat(config.get("dynamic_batching").isObject()).isTrue();
        JsonNode statistics = JSON.readTree(http.get("/v2/models/affine/stats").body());
        JsonNode first = statistics.get("model_stats").get(0);
        for (String figure : List.of(
                "success",
                "fail",
                "queue",
                "compute_input",
                "compute_infer",
                "compute_output",
                "cache_hit",
                "cache_miss")) {
            assertThat(first.get("inference_stats").get(figure).get("count").isIntegralNumber())
                    .as(figure)
                    .isTrue();
            assertThat(first.get("inference_stats").get(figure).get("ns").isIntegralNumber())
                    .as(figure)
                    .isTrue();
        }
    }
}

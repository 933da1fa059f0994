package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.model.LibraryVersion;
import io.maas.tensor.DataType;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every path of the protocol that is served, as clients other than ours see it. */
class RoutesIT {
    private static final String ROWS =
            "{\"id\":\"42\",\"inputs\":[{\"name\":\"x\",\"shape\":[2,3],\"datatype\":\"FP32\",\"data\":[[1,0,0],[0,1,1]]}]}";
    private static final String ANSWER =
            "{\"model_name\":\"affine\",\"model_version\":\"2\",\"id\":\"42\",\"outputs\":["
                    + "{\"name\":\"y\",\"shape\":[2,2],\"datatype\":\"FP32\",\"data\":[11.0,12.0,18.0,20.0]}]}";

    private static Service service;
    private static RawHttp http;

    @BeforeAll
    static void start() {
        service = Service.start();
        service.serve("affine", Models.affine(0));
        service.serve("affine", Models.affine(10));
        service.serve("log", Models.log());
        service.serve("types", Models.identity(DataType.INT64, DataType.UINT64, DataType.STRING, DataType.BOOL));
        service.serve("half", Models.identity(DataType.FLOAT16));
        service.maas().registry().setAlias("affine", "champion", 2);
        service.maas().registry().setAlias("affine", "old", 1);
        http = new RawHttp(service.uri());
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static void assertJson(HttpResponse<String> response, int status, String body) {
        assertThat(response.body()).isEqualTo(body);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().allValues("content-type")).containsExactly("application/json");
    }

    private static void assertError(HttpResponse<String> response, int status, String message) {
        assertThat(response.body())
                .startsWith("{\"error\":\"" + message.replace("\"", "\\\"") + "\",\"code\":\"")
                .endsWith("\",\"request_id\":\""
                        + response.headers().firstValue("x-request-id").orElseThrow() + "\"}");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().allValues("content-type")).containsExactly("application/json");
    }

    @Test
    void healthSaysBothWordsThatClientsLookFor() throws Exception {
        assertJson(http.get("/v2/health/live"), 200, "{\"live\":true,\"ready\":true}");
        assertJson(http.get("/v2/health/ready"), 200, "{\"live\":true,\"ready\":true}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2", "/v2/"})
    void serverSaysWhatItIs(String path) throws Exception {
        assertJson(
                http.get(path),
                200,
                "{\"name\":\"maas\",\"version\":\"" + LibraryVersion.current() + "\",\"extensions\":["
                        + "\"classification\",\"model_repository\",\"schedule_policy\",\"model_configuration\","
                        + "\"binary_tensor_data\",\"parameters\",\"statistics\"]}");
    }

    @Test
    void modelsAreListedByName() throws Exception {
        assertJson(http.get("/v2/models"), 200, "{\"models\":[\"affine\",\"half\",\"log\",\"types\"]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/versions/2", "/versions/champion", "/versions/latest"})
    void modelIsDescribedWithTheNumberOfItsVersion(String version) throws Exception {
        assertJson(
                http.get("/v2/models/affine" + version),
                200,
                "{\"name\":\"affine\",\"versions\":[\"2\"],\"platform\":\"onnx_onnxv1\","
                        + "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,3]}],"
                        + "\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,2]}]}");
        assertJson(http.get("/v2/models/affine" + version + "/ready"), 200, "{\"name\":\"affine\",\"ready\":true}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/versions/2", "/versions/champion"})
    void modelAnswersWithTheNumberOfTheVersionThatDid(String version) throws Exception {
        assertJson(http.post("/v2/models/affine" + version + "/infer", ROWS), 200, ANSWER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "x"
            })
    void anyContentTypeWillDo(String type) throws Exception {
        assertJson(http.send("POST", "/v2/models/affine/infer", ROWS, "Content-Type", type), 200, ANSWER);
    }

    @Test
    void wantedOutputsComeInTheirOrder() throws Exception {
        String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}],"
                + "\"outputs\":[{\"name\":\"z\",\"parameters\":{\"binary_data\":false}},{\"name\":\"y\"}]}";
        assertJson(
                http.post("/v2/models/log/infer", body),
                200,
                "{\"model_name\":\"log\",\"model_version\":\"1\",\"outputs\":["
                        + "{\"name\":\"z\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1.0]},"
                        + "{\"name\":\"y\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[0.0]}]}");
    }

    @Test
    void wholeRangesGoThroughTheEngineExactly() throws Exception {
        String in =
                "{\"name\":\"%s_INT64\",\"shape\":[2],\"datatype\":\"INT64\",\"data\":[-9223372036854775808,9007199254740993]},"
                        + "{\"name\":\"%s_UINT64\",\"shape\":[2],\"datatype\":\"UINT64\",\"data\":[18446744073709551615,0]},"
                        + "{\"name\":\"%s_STRING\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"naïve\",\"\"]},"
                        + "{\"name\":\"%s_BOOL\",\"shape\":[2],\"datatype\":\"BOOL\",\"data\":[true,false]}";
        assertJson(
                http.post("/v2/models/types/infer", "{\"inputs\":[" + in.replace("%s", "in") + "]}"),
                200,
                "{\"model_name\":\"types\",\"model_version\":\"1\",\"outputs\":[" + in.replace("%s", "out") + "]}");
    }

    @Test
    void emptyBatchIsAnsweredWithAnEmptyOne() throws Exception {
        String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":[0,3],\"datatype\":\"FP32\",\"data\":[]}]}";
        assertJson(
                http.post("/v2/models/affine/infer", body),
                200,
                "{\"model_name\":\"affine\",\"model_version\":\"2\",\"outputs\":["
                        + "{\"name\":\"y\",\"shape\":[0,2],\"datatype\":\"FP32\",\"data\":[]}]}");
    }

    @Test
    void notANumberIsAnErrorAndNeverBareNan() throws Exception {
        String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[-1]}]%s}";
        assertError(
                http.post("/v2/models/log/infer", body.formatted("")),
                500,
                "output \"y\": value at index 0 is NaN or infinite, which JSON cannot express (expected: finite"
                        + " values)");
        assertThat(http.post("/v2/models/log/infer", body.formatted(",\"outputs\":[{\"name\":\"z\"}]"))
                        .statusCode())
                .as("the finite output alone")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, ''",
        "GET, /versions/1",
        "GET, /ready",
        "POST, /infer",
        "POST, /versions/1/infer",
        "GET, /versions/x"
    })
    void unknownModelIsNotFound(String method, String rest) throws Exception {
        assertError(
                http.send(method, "/v2/models/no%20such" + rest, method.equals("POST") ? ROWS : null),
                404,
                "no model \"no such\" is deployed; deployed: [affine, half, log, types]; deploy it first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "old"})
    void versionThatIsNotLoadedIsNotFound(String version) throws Exception {
        String message =
                "version 1 of model affine is not loaded (expected: one of [2]); set a load policy that has it, or"
                        + " deploy it";
        assertError(http.get("/v2/models/affine/versions/" + version), 404, message);
        assertError(http.get("/v2/models/affine/versions/" + version + "/ready"), 404, message);
        assertError(http.post("/v2/models/affine/versions/" + version + "/infer", ROWS), 404, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "99999999999", "-1", "2.0"})
    void versionThatDoesNotExistIsNotFound(String version) throws Exception {
        HttpResponse<String> response = http.post("/v2/models/affine/versions/" + version + "/infer", ROWS);
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).startsWith("{\"error\":\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                     | body is empty (expected: a JSON object)",
                "{}                     | inputs is missing",
                "{\"inputs\":[]}        | input \"x\" of model affine:2 is missing: got [], expected x: float32[n, 3]",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]} | input \"x\""
                        + " does not fit model affine:2: got [3], expected [n, 3]; a single row needs the first axis too:"
                        + " reshape it to [1, 3]",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}],\"outputs\":[{\"name\":\"q\"}]}"
                        + " | output \"q\" is asked for, but the model has none of that name (expected: some of [y])"
            })
    void badInputIsToldWhatIsWrong(String body, String message) throws Exception {
        assertError(http.post("/v2/models/affine/infer", body), 400, message);
    }

    @Test
    void halfPrecisionHasNoJsonForm() throws Exception {
        String body = "{\"inputs\":[{\"name\":\"in_FLOAT16\",\"shape\":[1],\"datatype\":\"FP16\",\"data\":[1]}]}";
        assertError(
                http.post("/v2/models/half/infer", body),
                400,
                "input \"in_FLOAT16\": datatype FP16 is not supported in JSON" + " (expected: binary tensor data)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v3/models",
                "/v2/nothing",
                "/v2/models/affine/nothing",
                "/v2/repository/models/affine",
                "/v2/models/affine/versions",
                "/v2/models/a/b/c"
            })
    void unknownPathIsNotFound(String path) throws Exception {
        assertError(
                http.get(path), 404, "no such path (expected: one of the Open Inference Protocol, such as /v2/models)");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v2/models/affine/infer,           POST",
        "PUT,    /v2/models/affine/versions/2/infer, POST",
        "POST,   /v2/models/affine,                 'GET, HEAD'",
        "DELETE, /v2/models/affine,                 'GET, HEAD'",
        "POST,   /v2/models,                        'GET, HEAD'",
        "POST,   /v2/health/live,                   'GET, HEAD'",
        "OPTIONS, /v2,                              'GET, HEAD'"
    })
    void wrongMethodIsNotAllowed(String method, String path, String allowed) throws Exception {
        HttpResponse<String> response = http.send(method, path, "");
        assertError(response, 405, "method is not allowed here (expected: " + allowed + ")");
        assertThat(response.headers().allValues("allow")).containsExactly(allowed);
    }

    @ParameterizedTest
    @CsvSource({"/v2, 200", "/v2/health/ready, 200", "/v2/models/affine, 200", "/v2/models/nosuch, 404", "/x, 404"})
    void headTellsWhatGetWould(String path, int status) throws Exception {
        HttpResponse<String> head = http.send("HEAD", path, null);
        HttpResponse<String> get = http.get(path);
        assertThat(head.statusCode()).isEqualTo(status).isEqualTo(get.statusCode());
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("content-length"))
                .isEqualTo(get.headers().firstValue("content-length"));
    }

    @Test
    void bodiesTooLongForTheEventLoopAreAnsweredToo() throws Exception {
        int rows = 50_000;
        StringBuilder body = new StringBuilder(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[" + rows + ",3],\"datatype\":\"FP32\",\"data\":[");
        body.append("1,0,0,".repeat(rows)).setLength(body.length() - 1);
        HttpResponse<String> response = http.post("/v2/models/affine/infer", body + "]}]}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .isEqualTo("{\"model_name\":\"affine\",\"model_version\":\"2\",\"outputs\":[{\"name\":\"y\",\"shape\":["
                        + rows + ",2],\"datatype\":\"FP32\",\"data\":[" + "11.0,12.0,".repeat(rows - 1)
                        + "11.0,12.0]}]}");
    }
}

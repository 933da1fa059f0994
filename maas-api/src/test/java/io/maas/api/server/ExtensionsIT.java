package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.error.BackendException;
import io.maas.registry.Change;
import io.maas.serving.DeployOptions;
import io.maas.serving.DeploymentEvent;
import io.maas.serving.LoadPolicy;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol's extensions: statistics, configuration, repository, classification. */
class ExtensionsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROWS =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,3],\"datatype\":\"FP32\",\"data\":[1,0,0,0,0,1]}]%s}";

    private Service service;
    private RawHttp http;

    @BeforeEach
    void start() {
        service = Service.start();
        http = new RawHttp(service.uri());
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = http.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode index(String body) throws Exception {
        return JSON.readTree(http.post("/v2/repository/index", body).body());
    }

    // ---- statistics

    @Test
    void whatHappenedIsCounted() throws Exception {
        ScriptedBackend engine = service.script("m", Models.affine(0), 10);
        engine.play(inputs -> Tensors.of("y", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)));
        long before = System.currentTimeMillis();
        http.post("/v2/models/m/infer", ROWS.formatted(""));
        http.post("/v2/models/m/infer", ROWS.formatted(""));
        engine.play(inputs -> {
            throw new BackendException("scripted", "broken");
        });
        http.post("/v2/models/m/infer", ROWS.formatted(""));

        JsonNode found = get("/v2/models/m/stats").get("model_stats");

        assertThat(found).hasSize(1);
        JsonNode m = found.get(0);
        assertThat(m.get("name").textValue()).isEqualTo("m");
        assertThat(m.get("version").textValue()).isEqualTo("1");
        // To a millisecond of the run, and one of rounding.
        assertThat(m.get("last_inference").longValue()).isBetween(before - 2, System.currentTimeMillis() + 2);
        assertThat(m.get("inference_count").longValue()).isEqualTo(4);
        assertThat(m.get("execution_count").longValue()).isEqualTo(2);
        JsonNode stats = m.get("inference_stats");
        assertThat(stats.get("success").get("count").longValue()).isEqualTo(2);
        assertThat(stats.get("success").get("ns").longValue())
                .isGreaterThanOrEqualTo(stats.get("compute_infer").get("ns").longValue());
        assertThat(stats.get("fail").get("count").longValue()).isEqualTo(1);
        assertThat(stats.get("fail").get("ns").longValue()).isPositive();
        assertThat(stats.get("queue").get("count").longValue()).isEqualTo(2);
        assertThat(stats.get("compute_infer").get("count").longValue()).isEqualTo(2);
        assertThat(stats.get("compute_infer").get("ns").longValue()).isPositive();
        assertThat(stats.get("cache_hit").get("count").longValue()).isZero();
        assertThat(m.get("batch_stats")).hasSize(1);
        assertThat(m.get("batch_stats").get(0).get("batch_size").longValue()).isEqualTo(2);
        assertThat(m.get("batch_stats").get(0).get("compute_infer").get("count").longValue())
                .isEqualTo(2);
        assertThat(m.get("memory_usage").get(0).get("type").textValue()).isEqualTo("CPU");
    }

    @Test
    void whatIsRememberedIsASuccessButNoInference() throws Exception {
        service.maas().registry().publish("m", Models.affine(0));
        service.maas().deploy("m", "1", DeployOptions.defaults().withCacheBytes(1 << 20));
        for (int i = 0; i < 3; i++) {
            http.post("/v2/models/m/infer", ROWS.formatted(""));
        }

        JsonNode m = get("/v2/models/m/versions/1/stats").get("model_stats").get(0);

        assertThat(m.get("inference_count").longValue()).isEqualTo(2);
        assertThat(m.get("execution_count").longValue()).isEqualTo(1);
        JsonNode stats = m.get("inference_stats");
        assertThat(stats.get("success").get("count").longValue()).isEqualTo(3);
        assertThat(stats.get("queue").get("count").longValue()).isEqualTo(3);
        assertThat(stats.get("compute_infer").get("count").longValue()).isEqualTo(1);
        assertThat(stats.get("cache_hit").get("count").longValue()).isEqualTo(2);
        assertThat(stats.get("cache_hit").get("ns").longValue()).isPositive();
        assertThat(stats.get("cache_miss").get("count").longValue()).isEqualTo(1);
        assertThat(get("/v2/models/m/config").get("response_cache").get("enable").booleanValue())
                .isTrue();
    }

    @Test
    void statisticsAreOfAllLoadedVersionsUnlessOneIsNamed() throws Exception {
        service.serve("a", Models.affine(0));
        service.serve("a", Models.affine(1));
        service.serve("b", Models.log());
        service.maas().setLoadPolicy("a", LoadPolicy.all(), Change.unsaid());
        http.post("/v2/models/a/versions/1/infer", ROWS.formatted(""));

        assertThat(get("/v2/models/stats").get("model_stats")).hasSize(3);
        assertThat(get("/v2/models/a/stats").get("model_stats")).hasSize(2);
        JsonNode first = get("/v2/models/a/versions/1/stats").get("model_stats");
        JsonNode second = get("/v2/models/a/versions/2/stats").get("model_stats");
        assertThat(first.get(0).get("inference_count").longValue()).isEqualTo(2);
        assertThat(second.get(0).get("inference_count").longValue()).isZero();
        assertThat(second.get(0).get("last_inference").longValue()).isZero();
        for (String unknown : List.of("/v2/models/c/stats", "/v2/models/a/versions/3/stats", "/v2/models/c/config")) {
            assertThat(http.get(unknown).statusCode()).as(unknown).isEqualTo(404);
        }
    }

    // ---- configuration

    @Test
    void configurationIsThatOfTheVersionNamed() throws Exception {
        service.serve("a", Models.affine(0));
        service.maas().registry().publish("a", Models.log());
        service.maas().setLoadPolicy("a", LoadPolicy.all(), Change.unsaid());

        assertThat(http.get("/v2/models/a/versions/latest/config").body())
                .isEqualTo("{\"name\":\"a\",\"platform\":\"onnx_onnxv1\",\"backend\":\"\","
                        + "\"version_policy\":{\"specific\":{\"versions\":[1,2]}},\"max_batch_size\":64,"
                        + "\"input\":[{\"name\":\"x\",\"data_type\":\"TYPE_FP32\",\"dims\":[]}],"
                        + "\"output\":[{\"name\":\"y\",\"data_type\":\"TYPE_FP32\",\"dims\":[]},"
                        + "{\"name\":\"z\",\"data_type\":\"TYPE_FP32\",\"dims\":[]}],"
                        + "\"dynamic_batching\":{\"preferred_batch_size\":[],\"max_queue_delay_microseconds\":0},"
                        + "\"instance_group\":[{\"name\":\"a\",\"kind\":\"KIND_CPU\",\"count\":"
                        + Runtime.getRuntime().availableProcessors() + "}],\"response_cache\":{\"enable\":false}}");
        assertThat(get("/v2/models/a/config").get("input").get(0).get("dims")).isEqualTo(JSON.readTree("[3]"));
    }

    // ---- repository

    @Test
    void modelsAreLoadedAndUnloadedByName() throws Exception {
        service.maas().registry().publish("a", Models.affine(0));
        assertThat(index("")).isEqualTo(JSON.readTree(
                "[{\"name\":\"a\",\"version\":\"1\",\"state\":\"UNAVAILABLE\",\"reason\":\"not loaded\"}]"));
        assertThat(index("{\"ready\":true}")).isEmpty();

        HttpResponse<String> loaded = http.send(
                "POST", "/v2/repository/models/a/load", "", "X-Change-Reason", "a quiet hour");

        assertThat(loaded.statusCode()).isEqualTo(200);
        assertThat(loaded.body()).isEqualTo("{}");
        assertThat(index("{\"ready\":true}")).isEqualTo(JSON.readTree(
                "[{\"name\":\"a\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"}]"));
        DeploymentEvent event = service.maas().history("a").get(0);
        assertThat(event.who()).isEqualTo("anonymous");
        assertThat(event.why()).isEqualTo("a quiet hour");
        assertThat(http.post("/v2/models/a/infer", ROWS.formatted("")).statusCode()).isEqualTo(200);
        service.maas().registry().publish("a", Models.affine(1));
        assertThat(http.post("/v2/repository/any/models/a/load", "{}").statusCode()).isEqualTo(200);
        assertThat(http.get("/v2/models/a").body()).contains("\"versions\":[\"2\"]");

        HttpResponse<String> unloaded = http.post(
                "/v2/repository/models/a/unload", "{\"parameters\":{\"unload_dependents\":false}}");

        assertThat(unloaded.statusCode()).isEqualTo(200);
        assertThat(http.get("/v2/models/a/ready").statusCode()).isEqualTo(404);
        assertThat(index("{}").get(0).get("state").textValue()).isEqualTo("UNAVAILABLE");
        assertThat(JSON.readTree(http.post("/v2/repository/any/index", "").body())).hasSize(1);
    }

    @Test
    void loadingKeepsHowAModelIsServed() throws Exception {
        service.maas().registry().publish("a", Models.affine(0));
        service.maas().deploy("a", "1", DeployOptions.defaults().withMaxRows(7));
        service.maas().registry().publish("a", Models.affine(1));

        http.post("/v2/repository/models/a/load", "");

        assertThat(get("/v2/models/a/config").get("max_batch_size").intValue()).isEqualTo(7);
        assertThat(service.maas().deployment("a").version()).isEqualTo(2);
    }

    @Test
    void whatIsNotThereIsNeitherLoadedNorUnloaded() throws Exception {
        assertThat(http.post("/v2/repository/models/nosuch/load", "").statusCode()).isEqualTo(404);
        service.maas().registry().publish("a", Models.affine(0));
        assertThat(http.post("/v2/repository/models/a/unload", "").statusCode()).isEqualTo(404);
        assertThat(http.post("/v2/repository/models/..%2F..%2Fetc/load", "").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"parameters\":{\"config\":\"{}\"}}",
                "{\"parameters\":{\"file:1/model.onnx\":\"AAAA\",\"config\":\"{}\"}}",
                "{\"parameters\":{\"unload_dependents\":true}}"
            })
    void parametersThatWouldChangeWhatIsLoadedAreRefused(String body) throws Exception {
        service.serve("a", Models.affine(0));
        for (String action : List.of("load", "unload")) {
            HttpResponse<String> refused = http.post("/v2/repository/models/a/" + action, body);
            assertThat(refused.statusCode()).isEqualTo(501);
            assertThat(refused.body()).contains("is not supported (expected: none;", "\"code\":\"unsupported\"");
        }
        assertThat(http.get("/v2/models/a/ready").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "{\"ready\":1}", "{\"parameters\":[]}", "{\"a\":1,\"a\":2}"})
    void bodiesThatAreNoDocumentsAreRefused(String body) throws Exception {
        String path = body.contains("parameters") ? "/v2/repository/models/a/load" : "/v2/repository/index";
        assertThat(http.post(path, body).statusCode()).isEqualTo(400);
    }

    // ---- classification

    @Test
    void theHighestValuesComeInWords() throws Exception {
        service.serve("m", Models.affine(0).withLabels(List.of("cat", "dog")));

        String answer = http.post(
                        "/v2/models/m/infer",
                        ROWS.formatted(",\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":1}}]"))
                .body();

        assertThat(JSON.readTree(answer).get("outputs"))
                .isEqualTo(JSON.readTree("[{\"name\":\"y\",\"shape\":[2,1],\"datatype\":\"BYTES\","
                        + "\"data\":[\"2.000000:1:dog\",\"6.000000:1:dog\"]}]"));
    }

    @Test
    void wordsTravelAsBinaryDataToo() throws Exception {
        service.serve("m", Models.affine(0));

        HttpResponse<byte[]> answer = http.postBytes(
                "/v2/models/m/infer",
                ROWS.formatted(",\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":9,\"binary_data\":true}}]")
                        .getBytes(UTF_8));

        assertThat(new String(answer.body(), UTF_8))
                .contains("\"shape\":[2,2],\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":56}")
                .endsWith("\n\0\0\0" + "2.000000:1" + "\n\0\0\0" + "1.000000:0" + "\n\0\0\0" + "6.000000:1" + "\n\0\0\0"
                        + "5.000000:0");
    }
}

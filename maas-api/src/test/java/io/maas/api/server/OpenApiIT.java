package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.maas.api.Models;
import io.maas.api.Service;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server says of itself is what it does. */
class OpenApiIT {
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    private static JsonNode document(Service service) throws Exception {
        HttpResponse<String> response = new RawHttp(service.uri()).get("/openapi.json");
        assertThat(response.statusCode()).isEqualTo(200);
        return new ObjectMapper().readTree(response.body());
    }

    /** Each method on each path is answered with 404 or 405 by the router exactly if the document does not have it. */
    @Test
    void itHasExactlyTheRoutesThatAreServed() throws Exception {
        try (Service service = Service.start()) {
            JsonNode document = document(service);
            assertThat(document.get("openapi").asText()).isEqualTo("3.1.0");
            RawHttp http = new RawHttp(service.uri());
            List<String> operations = new ArrayList<>();
            for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
                String concrete = path.getKey().replaceAll("\\{[^}]+}", "1");
                for (String method : METHODS) {
                    HttpResponse<String> response =
                            http.send(method, concrete, method.equals("GET") || method.equals("HEAD") ? null : "");
                    boolean refused =
                            response.statusCode() == 405 || response.body().contains("no_such_path");
                    assertThat(refused)
                            .as("%s %s: %s", method, concrete, response.body())
                            .isEqualTo(!path.getValue().has(method.toLowerCase(Locale.ROOT)));
                }
                path.getValue()
                        .forEach(operation ->
                                operations.add(operation.get("operationId").asText()));
            }
            assertThat(operations).doesNotHaveDuplicates().contains("modelInfer", "openAiEmbeddings", "openApi");
        }
    }

    /** As Vert.x takes them apart, for whom a parameter ends with its name and not with its first digit. */
    @Test
    void itsPathsHaveTheParametersThatAreServed() throws Exception {
        try (Service service = Service.start()) {
            Map<String, Set<String>> documented = new TreeMap<>();
            for (Map.Entry<String, JsonNode> path :
                    document(service).get("paths").properties()) {
                assertThat(path.getKey()).matches("(/([^/{}]+|\\{[^/{}]+})?)+");
                for (JsonNode operation : path.getValue()) {
                    Set<String> names = new TreeSet<>();
                    for (JsonNode parameter : operation.get("parameters")) {
                        if (parameter.get("in").asText().equals("path")) {
                            names.add(parameter.get("name").asText());
                        }
                    }
                    assertThat(documented.merge(path.getKey().replace("{", ":").replace("}", ""), names, (a, b) -> b))
                            .isEqualTo(names);
                }
            }
            Map<String, Set<String>> served = new TreeMap<>();
            for (Route route : service.server().table().routes()) {
                served.put(
                        route.path(),
                        Arrays.stream(route.path().split("/"))
                                .filter(part -> part.startsWith(":"))
                                .map(part -> part.substring(1))
                                .collect(Collectors.toCollection(TreeSet::new)));
            }
            assertThat(documented).isEqualTo(served);
        }
    }

    @Test
    void itSaysWhichStatusIsAnswered() throws Exception {
        try (Service service = Service.start()) {
            HttpResponse<String> begun = new RawHttp(service.uri())
                    .send(
                            "POST",
                            "/api/models/m/uploads",
                            "{\"format\":\"onnx\",\"size\":1,\"sha256\":\"" + "0".repeat(64) + "\"}",
                            "Content-Type",
                            "application/json");
            assertThat(begun.statusCode()).isEqualTo(201);
            JsonNode responses = document(service)
                    .get("paths")
                    .get("/api/models/{model}/uploads")
                    .get("post")
                    .get("responses");
            assertThat(responses.has("201")).isTrue();
            assertThat(responses.has("200")).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"/v1/models/{model}", "/v2/models/{model}"})
    void itSaysWhichFormErrorsHave(String path) throws Exception {
        try (Service service = Service.start()) {
            JsonNode document = document(service);
            JsonNode content = document.get("paths").get(path).at("/get/responses/default/content");
            String reference =
                    content.get("application/json").get("schema").get("$ref").asText();
            HttpResponse<String> refused = new RawHttp(service.uri()).get(path.replace("{model}", "nosuch"));
            assertThat(refused.statusCode()).isEqualTo(404);
            assertHasForm(new ObjectMapper().readTree(refused.body()), document.at(reference.substring(1)));
        }
    }

    private static void assertHasForm(JsonNode value, JsonNode schema) {
        if (schema.has("properties")) {
            assertThat(value.isObject()).as("%s", value).isTrue();
            List<String> names = new ArrayList<>();
            schema.get("properties").fieldNames().forEachRemaining(names::add);
            assertThat(value.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(names);
            names.forEach(name ->
                    assertHasForm(value.get(name), schema.get("properties").get(name)));
        } else {
            assertThat(value.isTextual() ? "string" : "null")
                    .isEqualTo(schema.get("type").asText());
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() throws Exception {
        try (Service service = Service.start()) {
            JsonNode document = document(service);
            List<JsonNode> references = document.findValues("$ref");
            assertThat(references).isNotEmpty();
            for (JsonNode reference : references) {
                assertThat(document.at(reference.asText().substring(1)).isMissingNode())
                        .as(reference.asText())
                        .isFalse();
            }
        }
    }

    @Test
    void metersAreGivenInPrometheussForm() throws Exception {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (Service service = Service.start(ServerOptions.defaults().withMeters(meters))) {
            service.serve("affine", Models.affine(0));
            RawHttp http = new RawHttp(service.uri());
            http.get("/v2/models/affine");
            http.get("/v2/models/nosuch");
            HttpResponse<String> response = http.get("/metrics");
            assertThat(response.headers().firstValue("content-type").orElseThrow())
                    .startsWith("text/plain; version=0.0.4");
            assertThat(response.body())
                    .contains("maas_http_requests_seconds_count{operation=\"modelMetadata\",status=\"200\"} 1")
                    .contains("maas_http_requests_seconds_count{operation=\"modelMetadata\",status=\"404\"} 1");
        }
        try (Service service = Service.start()) {
            assertThat(new RawHttp(service.uri()).get("/metrics").statusCode()).isEqualTo(404);
        }
    }
}

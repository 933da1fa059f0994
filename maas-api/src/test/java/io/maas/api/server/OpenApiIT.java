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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a server says of itself is what it does. */
class OpenApiIT {
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");

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
                String concrete = path.getKey().replaceAll("\\{[a-z_]+}", "1");
                for (String method : METHODS) {
                    HttpResponse<String> response = http.send(method, concrete, method.equals("GET") ? null : "");
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

package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.AuditLog;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys given out and taken back by HTTP, and what is written down of it. */
class KeysIT {
    @TempDir
    Path folder;

    private final ObjectMapper mapper = new ObjectMapper();
    private AuditLog audit;
    private Service service;
    private RawHttp http;
    private String admin;

    @BeforeEach
    void start() {
        ApiKeys keys = ApiKeys.open(folder.resolve("keys.json"));
        admin = Doors.admin(keys);
        audit = AuditLog.open(folder.resolve("audit.jsonl"));
        service = Service.start(Doors.options(keys).withAudit(audit));
        service.serve("m", Models.affine(0));
        http = new RawHttp(service.uri());
    }

    @AfterEach
    void stop() {
        service.close();
        audit.close();
    }

    private HttpResponse<String> ask(String method, String path, @Nullable String body, String secret)
            throws Exception {
        return http.send(
                method,
                path,
                body,
                "Authorization",
                "Bearer " + secret,
                "Content-Type",
                "application/json",
                "X-Request-Id",
                "r-1");
    }

    private JsonNode done(String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> answer = ask(method, path, body, admin);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return mapper.readTree(answer.body());
    }

    private int status(String secret) throws Exception {
        return ask("GET", "/v2/models/m", null, secret).statusCode();
    }

    @Test
    void keysAreGivenOutChangedAndTakenBack() throws Exception {
        HttpResponse<String> issued = ask("POST", "/api/keys", "{\"name\":\"team\",\"grants\":[\"infer:m\"]}", admin);
        assertThat(issued.headers().firstValue("cache-control")).hasValue("no-store");
        JsonNode first = mapper.readTree(issued.body());
        String id = first.at("/key/id").asText();
        String secret = first.path("secret").asText();
        assertThat(first.at("/key/grants").toString()).isEqualTo("[\"infer:m\"]");
        assertThat(status(secret)).isEqualTo(200);

        JsonNode all = done("GET", "/api/keys", null);
        assertThat(all.path("keys")).hasSize(2);
        assertThat(all.toString())
                .contains(id)
                .doesNotContain(secret.substring(secret.length() - 52))
                .doesNotContain("hash");

        String second = done("POST", "/api/keys/" + id + "/rotate", "{\"overlap\":\"PT1H\"}")
                .path("secret")
                .asText();
        assertThat(status(secret)).isEqualTo(200);
        assertThat(status(second)).isEqualTo(200);
        String third =
                done("POST", "/api/keys/" + id + "/rotate", "").path("secret").asText();
        assertThat(status(secret)).isEqualTo(401);
        assertThat(status(second)).isEqualTo(401);
        assertThat(status(third)).isEqualTo(200);

        assertThat(done("DELETE", "/api/keys/" + id, null).path("name").asText())
                .isEqualTo("team");
        assertThat(status(third)).isEqualTo(401);
        assertThat(ask("DELETE", "/api/keys/" + id, null, admin).statusCode()).isEqualTo(404);
        assertThat(ask("POST", "/api/keys/" + id + "/rotate", "{}", admin).statusCode())
                .isEqualTo(404);
    }

    @Test
    void changesAreWrittenDownWithoutSecrets() throws Exception {
        JsonNode issued = done("POST", "/api/keys", "{\"name\":\"team\",\"grants\":[\"infer:m\"]}");
        String id = issued.at("/key/id").asText();
        String secret = issued.path("secret").asText();
        String again =
                done("POST", "/api/keys/" + id + "/rotate", "").path("secret").asText();
        done("DELETE", "/api/keys/" + id, null);
        ask("POST", "/api/keys", "{\"name\":7}", admin);
        ask("POST", "/v2/models/m/infer", "{}", admin);
        status(secret);
        audit.close();

        String text = Files.readString(folder.resolve("audit.jsonl"));
        assertThat(text)
                .doesNotContain(admin.substring(admin.length() - 52))
                .doesNotContain(secret.substring(secret.length() - 52))
                .doesNotContain(again.substring(again.length() - 52));
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            JsonNode node = mapper.readTree(line);
            assertThat(node.path("time").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d.*Z");
            lines.add(
                    node.path("request").asText() + " " + node.path("principal").asText("nobody") + " "
                            + node.path("from").asText() + " "
                            + node.path("operation").asText() + " " + node.path("target") + " "
                            + node.path("status").asInt());
        }
        // The run of a model is no change.
        assertThat(lines)
                .containsExactly(
                        "r-1 admin 127.0.0.1 keyIssue {\"key\":\"" + id + "\",\"name\":\"team\"} 200",
                        "r-1 admin 127.0.0.1 keyRotate {\"key\":\"" + id + "\",\"name\":\"team\"} 200",
                        "r-1 admin 127.0.0.1 keyRevoke {\"key\":\"" + id + "\"} 200",
                        "r-1 admin 127.0.0.1 keyIssue {} 400",
                        "r-1 nobody 127.0.0.1 modelMetadata {\"model\":\"m\"} 401");
    }

    @Test
    void whoFloodsTheDoorDoesNotFloodTheLog() throws Exception {
        for (int i = 0; i < 300; i++) {
            assertThat(ask("GET", "/v2", null, "maas_a_b").statusCode()).isEqualTo(401);
        }
        done("POST", "/api/keys", "{\"name\":\"team\",\"grants\":[\"infer:m\"]}");
        audit.close();
        List<String> lines = Files.readAllLines(folder.resolve("audit.jsonl"));
        // As many at once as there may be, and those of the seconds that this took.
        assertThat(lines.size()).isBetween(61, 200);
        assertThat(lines.get(lines.size() - 1)).contains("\"operation\":\"keyIssue\"", "\"status\":200");
    }
}

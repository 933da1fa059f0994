package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.ApiKeys;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with a request, its answer tells nothing of the server's insides. */
class LeaksIT {
    private static final Pattern INSIDES = Pattern.compile(
            "(?i)exception|\\bat [a-z]+(\\.[a-z0-9]+)+|\\.java\\b|\\b(io|java|com|org|jdk)\\.[a-z]+\\."
                    + "|vertx|netty|jackson|nullpointer|stack ?trace|/tmp/|/home/|/root|/work/|/usr/|maas-service|\\$\\d|lambda|[A-Z]:\\\\");

    private static final List<String> BODIES = List.of(
            "",
            "null",
            "[]",
            "7",
            "{",
            "{}",
            "\0\1\2",
            "{\"inputs\":7}",
            "{\"inputs\":[{}]}",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP99\",\"data\":[1,2,3]}]}",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[9223372036854775807,9223372036854775807],\"datatype\":\"FP32\",\"data\":[1]}]}",
            "{\"name\":7,\"grants\":{}}",
            "{\"name\":\"a\",\"grants\":null}",
            "{\"name\":\"a\",\"grants\":[null]}",
            "{\"name\":null,\"grants\":[\"infer\"]}",
            "{\"name\":\"a\",\"grants\":[\"root\"]}",
            "{\"name\":\"\\u0000\",\"grants\":[\"infer\"]}",
            "{\"name\":\"a\",\"grants\":[\"infer\"],\"expires\":\"tomorrow\"}",
            "{\"name\":\"a\",\"grants\":[\"infer\"],\"expires\":\"+999999999-12-31T23:59:59Z\"}",
            "{\"overlap\":\"forever\"}",
            "{\"overlap\":\"PT-1H\"}",
            "{\"overlap\":{}}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}",
            "{\"a\":1e999999999,\"b\":" + "9".repeat(2000) + "}",
            "{\"a\":NaN}");

    private static final List<String> NAMES = List.of(
            "m",
            "nobody",
            "..",
            "../../etc/passwd",
            "..\\..\\windows",
            "a\0b",
            "a\nb",
            "a".repeat(500),
            "<script>alert(1)</script>",
            "' OR 1=1 --",
            "%s%n%x",
            "${jndi:ldap://evil}",
            "\u202e\ufeff",
            "-1",
            "99999999999999999999");

    private static final List<String[]> HEADERS = List.of(
            new String[] {"Content-Type", "application/x-java-serialized-object"},
            new String[] {"Content-Type", "application/json; charset=utf-7"},
            new String[] {"Content-Encoding", "br"},
            new String[] {"Content-Encoding", "gzip"},
            new String[] {"Inference-Header-Content-Length", "-1"},
            new String[] {"Inference-Header-Content-Length", "99999999999999999999"},
            new String[] {"Accept", "nonsense"},
            new String[] {"Range", "bytes=-1"},
            new String[] {"X-Request-Id", "a b<script>"},
            new String[] {"X-Change-Reason", "a".repeat(3000)});

    @TempDir
    Path folder;

    private final ObjectMapper mapper = new ObjectMapper();
    private ApiKeys keys;
    private Service service;
    private RawHttp http;
    private String admin;
    private int refusals;

    @BeforeEach
    void start() {
        keys = ApiKeys.open(folder.resolve("keys.json"));
        service = Service.start(Doors.options(keys));
        service.serve("m", Models.affine(0));
        http = new RawHttp(service.uri());
        admin = Doors.admin(keys);
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private void check(String method, String path, String body, String... headers) throws Exception {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = "Bearer " + admin;
        HttpResponse<String> answer = http.send(method, path, body, all);
        String what = method + " " + path + " " + List.of(headers) + " " + body + " -> " + answer.statusCode() + " "
                + answer.body();
        assertThat(answer.headers().map().keySet()).as(what).doesNotContain("set-cookie", "server", "x-powered-by");
        assertThat(answer.headers().map().keySet().stream().filter(name -> name.startsWith("access-control")))
                .isEmpty();
        assertThat(answer.headers().firstValue("x-request-id").orElse(""))
                .as(what)
                .matches("[A-Za-z0-9._-]{1,64}");
        if (answer.statusCode() < 400) {
            return;
        }
        refusals++;
        assertThat(answer.statusCode()).as(what).isNotEqualTo(500);
        assertThat(answer.headers().firstValue("content-type")).as(what).hasValue("application/json");
        JsonNode document = mapper.readTree(answer.body());
        if (path.startsWith("/v1/")) {
            assertThat(document.at("/error/code").asText()).as(what).matches("[a-z_]+");
            assertThat(document.at("/error/message").asText()).as(what).isNotBlank();
        } else if (!path.equals("/v2/health/ready")) {
            assertThat(document.path("code").asText()).as(what).matches("[a-z_]+");
            assertThat(document.path("error").asText()).as(what).isNotBlank();
            assertThat(document.path("request_id").asText())
                    .as(what)
                    .isEqualTo(answer.headers().firstValue("x-request-id").orElseThrow());
        }
        // What the caller has sent is no secret to it.
        String own = path.equals("/") ? answer.body() : answer.body().replace("${jndi:ldap://evil}", "");
        assertThat(INSIDES.matcher(own).find()).as(what).isFalse();
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Test
    void noRefusalOfAnyRouteTellsOfTheInside() throws Exception {
        for (Route route : service.server().table().routes()) {
            String method = route.method().name();
            boolean takesBody = route.shape().request() != null;
            for (String body : takesBody ? BODIES : List.of("", "{")) {
                check(method, Doors.path(route), body, "Content-Type", "application/json");
            }
            for (String name : NAMES) {
                String path = route.path().replaceAll(":[a-z_]+", encode(name).replace("$", "\\$"));
                check(method, path, "{}", "Content-Type", "application/json");
                if (route.path().contains(":model/")) {
                    check(method, route.path().replace(":model", "m").replaceAll(":[a-z_]+", encode(name)), "{}");
                }
            }
            for (String[] header : HEADERS) {
                check(method, Doors.path(route), "{}", header);
            }
            check(method, Doors.path(route) + "?a=%00&limit=-1&limit=x&version=../..&after=" + "9".repeat(400), "{}");
        }
        for (String path : List.of(
                "/", "/v2/", "/v2/nothing", "/v1/nothing", "/favicon.ico", "/.git/config", "/v2/%2e%2e/%2e%2e")) {
            for (String method : List.of("GET", "POST", "DELETE", "PATCH")) {
                check(method, path, "{}");
            }
        }
        assertThat(refusals).isGreaterThan(100);
    }

    @Test
    void codesOfRefusalsAreOfAListThatDoesNotChange() throws Exception {
        List<String> codes = new ArrayList<>();
        codes.add(code(http.get("/v2")));
        codes.add(code(http.send("GET", "/nothing", null, "Authorization", "Bearer " + admin)));
        codes.add(code(http.send("DELETE", "/v2", null, "Authorization", "Bearer " + admin)));
        codes.add(code(http.send("GET", "/v2/models/x", null, "Authorization", "Bearer " + admin)));
        codes.add(code(http.send("POST", "/v2/models/m/infer", "{", "Authorization", "Bearer " + admin)));
        codes.add(code(http.send("GET", "/api/keys", null, "Authorization", "Bearer " + Doors.key(keys, "infer"))));
        codes.add(code(http.send(
                "POST", "/api/keys", "{}", "Authorization", "Bearer " + admin, "Content-Type", "text/plain")));
        codes.add(code(http.send("DELETE", "/api/keys/x", null, "Authorization", "Bearer " + admin)));
        codes.add(code(
                http.send("GET", "/v2", null, "Authorization", "Bearer " + admin, "Origin", "https://evil.example")));
        assertThat(codes)
                .containsExactly(
                        "unauthenticated",
                        "no_such_path",
                        "method_not_allowed",
                        "not_found",
                        "invalid_input",
                        "forbidden",
                        "unsupported_type",
                        "no_such_key",
                        "foreign_origin");
    }

    private String code(HttpResponse<String> answer) throws Exception {
        return mapper.readTree(answer.body()).path("code").asText();
    }
}

package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.Role;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that can be asked, asked by everybody who may not. */
class DoorIT {
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "NONSENSE");

    @TempDir
    Path folder;

    private ApiKeys keys;
    private Service service;
    private RawHttp http;

    @BeforeEach
    void start() {
        keys = ApiKeys.open(folder.resolve("keys.json"));
        service = Service.start(Doors.options(keys));
        service.serve("m", Models.affine(0));
        http = new RawHttp(service.uri());
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private int status(String method, String path, String... headers) throws Exception {
        return http.send(method, path, null, headers).statusCode();
    }

    private static String[] bearer(String secret) {
        return new String[] {"Authorization", "Bearer " + secret};
    }

    /** All that nobody should be let in by. */
    private Map<String, String[]> strangers() throws Exception {
        String revoked = Doors.key(keys, "admin");
        keys.revoke(keys.list().get(0).id());
        String good = Doors.key(keys, "admin");
        Map<String, String[]> strangers = new LinkedHashMap<>();
        strangers.put("none", new String[0]);
        strangers.put("empty", bearer(""));
        strangers.put("bad", bearer(good.substring(0, good.length() - 1) + "1"));
        strangers.put("revoked", bearer(revoked));
        strangers.put("expired", bearer(expired()));
        strangers.put("token", bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."));
        strangers.put("basic", new String[] {"Authorization", "Basic YWRtaW46YWRtaW4="});
        strangers.put("cookie", new String[] {"Cookie", "Authorization=Bearer " + good});
        return strangers;
    }

    /** Of a second that is over. */
    private String expired() throws Exception {
        String secret = keys.issue(
                        "test",
                        Set.of(io.maas.api.security.Grant.of(Role.ADMIN)),
                        Instant.now().plusSeconds(3600))
                .secret();
        Path file = folder.resolve("keys.json");
        java.nio.file.Files.writeString(
                file,
                java.nio.file.Files.readString(file)
                        .replaceAll("\"expires\":\"[^\"]*\"", "\"expires\":\"2020-01-01T00:00:00Z\""));
        keys.revoke("nobody"); // Reads the file again at once.
        return secret;
    }

    @Test
    void strangersAreDeniedEverything() throws Exception {
        int denied = 0;
        for (Map.Entry<String, String[]> stranger : strangers().entrySet()) {
            for (Route route : service.server().table().routes()) {
                for (String method : METHODS) {
                    boolean isProbe =
                            route.access().isPublic() && Set.of("GET", "HEAD").contains(method);
                    int status = status(method, Doors.path(route), stranger.getValue());
                    if (!isProbe) {
                        assertThat(status)
                                .as("%s %s by %s", method, route.path(), stranger.getKey())
                                .isEqualTo(401);
                        denied++;
                    }
                }
            }
            for (String path : List.of(
                    "/", "/nothing", "/v2/../api/keys", "/api/keys/", "//api/keys", "/%61pi/keys", "/API/keys")) {
                assertThat(status("GET", path, stranger.getValue())).as(path).isEqualTo(401);
            }
        }
        assertThat(denied)
                .isGreaterThan(8 * 10 * (service.server().table().routes().size() - 2));
    }

    @Test
    void callersWithoutTheRoleAreDenied() throws Exception {
        int denied = 0;
        for (Route route : service.server().table().routes()) {
            List<Role> roles = Arrays.stream(Role.values())
                    .filter(role ->
                            role != Role.ADMIN && !route.access().roles().contains(role))
                    .toList();
            if (route.access().isPublic() || roles.isEmpty()) {
                continue;
            }
            String[] others = roles.stream()
                    .map(role -> role.name().toLowerCase(java.util.Locale.ROOT))
                    .toArray(String[]::new);
            String secret = Doors.key(keys, others);
            assertThat(status(route.method().name(), Doors.path(route), bearer(secret)))
                    .as("%s %s", route.method(), route.path())
                    .isEqualTo(403);
            denied++;
            for (String method : METHODS) {
                boolean permitted = service.server().table().routes().stream()
                        .anyMatch(other -> other.path().equals(route.path())
                                && other.method().name().equals(method.equals("HEAD") ? "GET" : method)
                                && !Collections.disjoint(other.access().roles(), roles));
                if (!permitted) {
                    assertThat(status(method, Doors.path(route), bearer(secret)))
                            .as("%s %s", method, route.path())
                            .isIn(403, 405, 501);
                }
            }
        }
        assertThat(denied).isPositive();
    }

    @Test
    void rolesForOtherModelsAreNone() throws Exception {
        int denied = 0;
        for (Route route : service.server().table().routes()) {
            String[] others = Stream.concat(route.access().roles().stream(), Stream.of(Role.ADMIN))
                    .map(role -> role.name().toLowerCase(java.util.Locale.ROOT) + ":m-other*")
                    .toArray(String[]::new);
            if (route.access().isPublic() || route.access().scope() == Access.Scope.ANYTHING) {
                continue;
            }
            assertThat(status(route.method().name(), Doors.path(route), bearer(Doors.key(keys, others))))
                    .as("%s %s", route.method(), route.path())
                    .isEqualTo(403);
            denied++;
        }
        assertThat(denied).isPositive();
        assertThat(http.send("GET", "/v2/models", null, bearer(Doors.key(keys, "infer:other")))
                        .body())
                .isEqualTo("{\"models\":[]}");
        assertThat(http.send("GET", "/v2/models", null, bearer(Doors.key(keys, "infer:m")))
                        .body())
                .isEqualTo("{\"models\":[\"m\"]}");
    }

    @Test
    void whoMayIsLetIn() throws Exception {
        String admin = Doors.admin(keys);
        for (Route route : service.server().table().routes()) {
            if (route.method().name().equals("GET")) {
                assertThat(status("GET", Doors.path(route), bearer(admin)))
                        .as(route.path())
                        .isNotIn(401, 403, 405);
            }
        }
        String caller = Doors.key(keys, "infer:m");
        assertThat(status("GET", "/v2/models/m", bearer(caller))).isEqualTo(200);
        assertThat(status("GET", "/v2/models/m", "X-API-Key", caller)).isEqualTo(200);
        assertThat(status("GET", "/v2/models/m", "Authorization", "bearer " + caller))
                .isEqualTo(200);
    }

    @Test
    void nobodyIsLetInByTwoKeys() throws Exception {
        String caller = Doors.key(keys, "infer:m");
        HttpResponse<String> answer =
                http.send("GET", "/v2/models/m", null, "Authorization", "Bearer nonsense", "X-API-Key", caller);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate")).hasValue("Bearer");
    }

    @Test
    void strangersAreDeniedBeforeTheirBodyIsThere() throws Exception {
        for (String head : List.of(
                "Content-Length: 1000000", "Transfer-Encoding: chunked", "Content-Length: 5\r\nExpect: 100-continue")) {
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), service.server().port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(("POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\n" + head + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                // To the end: the connection is closed, as nobody wants the body.
                assertThat(all(socket))
                        .startsWith("HTTP/1.1 401 ")
                        .containsIgnoringCase("connection: close")
                        .contains("\"code\":\"unauthenticated\"");
            }
        }
    }

    private static String all(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void keysThatEndWhileAConnectionIsOpenEnd() throws Exception {
        String caller = Doors.key(keys, "infer:m");
        assertThat(status("GET", "/v2/models/m", bearer(caller))).isEqualTo(200);
        keys.revoke(keys.list().get(0).id());
        assertThat(status("GET", "/v2/models/m", bearer(caller))).isEqualTo(401);
    }

    @Test
    void serversForOtherMachinesWantToKnowWhoCalls() {
        assertThatThrownBy(() -> Service.start(ServerOptions.defaults().withHost("0.0.0.0")))
                .hasMessageStartingWith("host: \"0.0.0.0\" (expected: a loopback address");
        try (Service open = Service.start(Doors.options(keys).withHost("0.0.0.0"))) {
            assertThat(open.server().port()).isPositive();
        }
    }

    @Test
    void guessesAreSlowedDownAndWrittenNowhereWithTheirSecret() throws Exception {
        ServerOptions options = ServerOptions.defaults()
                .withKeys(keys)
                .withCallers(CallerLimits.defaults().withFailures(3, Duration.ofHours(1)));
        try (Service slow = Service.start(options)) {
            RawHttp raw = new RawHttp(slow.uri());
            for (int i = 0; i < 3; i++) {
                assertThat(raw.send("GET", "/v2", null, bearer("maas_a_b" + i)).statusCode())
                        .isEqualTo(401);
            }
            HttpResponse<String> refused = raw.send("GET", "/v2", null, bearer("maas_a_b3"));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("\"code\":\"too_many_failures\"");
            assertThat(Integer.parseInt(
                            refused.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(3000, 3600);
            assertThat(raw.get("/v2/health/live").statusCode()).isEqualTo(200);
        }
    }
}

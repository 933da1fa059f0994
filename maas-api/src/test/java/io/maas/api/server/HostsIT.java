package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.ApiKeys;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages in a browser that would like to ask a server on this machine. */
class HostsIT {
    private static Service service;

    @BeforeAll
    static void start(@TempDir Path folder) {
        // Keys that can be given out, and nobody who asks for them.
        ServerOptions options = ServerOptions.defaults().withAllowedHosts("Models.Example");
        ServerOptions.Guard guard =
                new ServerOptions.Guard(null, CallerLimits.defaults(), ApiKeys.open(folder.resolve("keys.json")), null);
        service = Service.start(new ServerOptions(
                options.host(), 0, options.limits(), null, options.allowedHosts(), null, guard, null, null));
        service.serve("m", Models.affine(0));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static String ask(Service server, String request) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(request.replace("PORT", "" + server.server().port()).getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String status(String request) throws Exception {
        String answer = ask(service, request);
        assertThat(answer).doesNotContainIgnoringCase("access-control").doesNotContainIgnoringCase("set-cookie");
        return answer.split(" ", 3)[1];
    }

    private static String get(String host) {
        return "GET /v2/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:PORT",
                "127.0.0.1",
                "127.0.0.1:PORT",
                "127.0.0.1:1",
                "[::1]",
                "[::1]:PORT",
                "10.1.2.3",
                "models.example",
                "MODELS.EXAMPLE:443"
            })
    void namesOfThisServerAreAnswered(String host) throws Exception {
        assertThat(status(get(host) + "\r\n")).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:PORT",
                "localhost.evil.example",
                "127.0.0.1.nip.io",
                "models.example.evil",
                "evil-models.example",
                "localhost.",
                "127.1",
                "0x7f000001",
                "2130706433",
                "user@localhost",
                "localhost@evil.example",
                "localhost:80:80",
                "[::1",
                "local host",
                "localhost,evil.example",
                ""
            })
    void otherNamesAreNot(String host) throws Exception {
        assertThat(status(get(host) + "\r\n")).isIn("400", "421");
        assertThat(status("POST /v2/models/m/infer HTTP/1.1\r\nHost: " + host
                        + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"))
                .isIn("400", "421");
        // The probes too: they tell whether there is a server.
        assertThat(status("GET /v2/health/live HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .isIn("400", "421");
        assertThat(status("GET /nothing HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .isIn("400", "421");
    }

    @Test
    void requestsWithoutANameOrWithTwoAreNot() throws Exception {
        assertThat(status("GET /v2/models HTTP/1.0\r\n\r\n")).isEqualTo("421");
        assertThat(status("GET /v2/models HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .isEqualTo("400");
        assertThat(status("GET /v2/health/live HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .isEqualTo("400");
        assertThat(status(get("localhost") + "Host: evil.example\r\n\r\n")).isEqualTo("400");
        assertThat(status(get("evil.example") + "Host: localhost\r\n\r\n")).isEqualTo("400");
        assertThat(status("GET http://evil.example/v2/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .isEqualTo("400");
        assertThat(status("GET http://localhost/v2/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/health/live", "/v2/health/ready"})
    void probesThatKnowNoNamesAreAnswered(String probe) throws Exception {
        assertThat(status("GET " + probe + " HTTP/1.0\r\n\r\n")).isEqualTo("200");
        assertThat(status("GET " + probe + " HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n"))
                .isEqualTo("403");
        assertThat(status("GET " + probe + " HTTP/1.0\r\nHost: evil.example\r\n\r\n"))
                .isEqualTo("421");
    }

    @Test
    void everyOriginIsLookedAt() throws Exception {
        String same = "Origin: http://localhost\r\n";
        String other = "Origin: https://evil.example\r\n";
        assertThat(status(get("localhost") + same + other + "\r\n")).isEqualTo("403");
        assertThat(status(get("localhost") + other + same + "\r\n")).isEqualTo("403");
        assertThat(status(get("localhost") + same + "\r\n")).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS *", "GET *", "GET foo", "GET v2", "GET v2/models", "CONNECT localhost:80"})
    void targetsThatAreNoPathsAreAnsweredAsUnknownPathsAre(String target, @TempDir Path folder) throws Exception {
        String request = target + " HTTP/1.1\r\nConnection: close\r\nX-Request-Id: mine\r\nHost: ";
        assertThat(ask(service, request + "localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .containsIgnoringCase("x-request-id: mine\r\n")
                .contains("\"code\":\"no_such_path\"");
        assertThat(status(request + "evil.example\r\n\r\n")).isEqualTo("421");
        try (Service guarded = Service.start(Doors.options(ApiKeys.open(folder.resolve("more.json"))))) {
            assertThat(ask(guarded, request + "localhost\r\n\r\n")).startsWith("HTTP/1.1 401 ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:PORT,http://localhost:PORT,200",
        "127.0.0.1:PORT,http://127.0.0.1:PORT,200",
        "[::1]:PORT,http://[::1]:PORT,200",
        "localhost:PORT,http://localhost:1,403",
        "localhost:PORT,http://localhost,403",
        "localhost:PORT,http://127.0.0.1:PORT,403",
        "localhost:PORT,https://evil.example,403",
        "localhost:PORT,https://localhost.evil.example:PORT,403",
        "localhost:PORT,null,403",
        "localhost:PORT,file://,403",
        "localhost:PORT,chrome-extension://abc,403",
        "localhost:PORT,http://evil.example@localhost:PORT,403",
        "localhost:PORT,nonsense with spaces,403"
    })
    void pagesOfOthersAreNotAnswered(String host, String origin, String expected) throws Exception {
        assertThat(status(get(host) + "Origin: " + origin + "\r\n\r\n")).isEqualTo(expected);
    }

    @Test
    void questionsOfBrowsersBeforehandAreDenied() throws Exception {
        String question = String.join(
                "\r\n",
                "OPTIONS /v2/models/m/infer HTTP/1.1",
                "Host: localhost:PORT",
                "Origin: https://evil.example",
                "Access-Control-Request-Method: POST",
                "Connection: close",
                "",
                "");
        assertThat(status(question)).isEqualTo("403");
    }

    @Test
    void whereCallersHaveKeysAnyNameWillDoButNoOtherOrigin(@TempDir Path folder) throws Exception {
        ApiKeys keys = ApiKeys.open(folder.resolve("keys.json"));
        String key = "Authorization: Bearer " + Doors.key(keys, "infer") + "\r\n";
        try (Service guarded = Service.start(Doors.options(keys))) {
            assertThat(ask(guarded, get("anything.example") + key + "\r\n")).startsWith("HTTP/1.1 200 ");
            assertThat(ask(guarded, get("anything.example") + key + "Origin: https://evil.example\r\n\r\n"))
                    .startsWith("HTTP/1.1 403 ");
        }
        ApiKeys again = ApiKeys.open(folder.resolve("keys.json"));
        try (Service named = Service.start(Doors.options(again).withAllowedHosts("models.example"))) {
            assertThat(ask(named, get("anything.example") + key + "\r\n")).startsWith("HTTP/1.1 421 ");
            assertThat(ask(named, get("models.example") + key + "\r\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "application/json,200",
        "application/json; charset=utf-8,200",
        "text/plain,415",
        "application/x-www-form-urlencoded,415",
        "multipart/form-data,415",
        "application/octet-stream,415",
        "application/jsonp,415",
        "'',415"
    })
    void changesAreJson(String type, String expected) throws Exception {
        String body = "{\"name\":\"a\",\"grants\":[\"infer\"]}";
        assertThat(status("POST /api/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + (type.isEmpty() ? "" : "Content-Type: " + type + "\r\n")
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"loca%3", "loca%", "%zz", "a%C3%BC%"})
    void whatIsNoNameIsRefusedInWords(String host) throws Exception {
        String answer = ask(service, get(host) + "\r\n");
        assertThat(answer).startsWith("HTTP/1.1 4").contains("\"code\":");
        assertThat(status("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .isEqualTo("200");
    }
}

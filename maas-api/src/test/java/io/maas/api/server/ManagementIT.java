package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.model.Manifest;
import io.maas.registry.ModelRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Who may ask what of the management, and what nobody gets out of it. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManagementIT {
    private static final Principal ADMIN = Principal.of("root", Role.ADMIN);
    private static final Principal DEPLOYER = new Principal("ci", ImmutableSet.of(Grant.parse("deploy:digits")));
    private static final Principal READER =
            new Principal("app", ImmutableSet.of(Grant.parse("infer:digits"), Grant.parse("infer:ghost")));

    private Service service;
    private RawHttp http;

    @BeforeAll
    void start() {
        service = Service.start(ServerOptions.defaults()
                .withAuthenticator(credentials -> Stream.of(ADMIN, DEPLOYER, READER)
                        .filter(each -> each.name().equals(credentials.bearer()))
                        .findFirst()
                        .or(Optional::empty)));
        http = new RawHttp(service.uri());
        ModelRegistry registry = service.maas().registry();
        registry.publish("digits", Models.affine(1));
        registry.publish("digits", Models.affine(2));
        registry.publish("secret", Models.affine(1));
        registry.setAlias("digits", "champion", 1);
        service.maas().deploy("digits");
        service.maas().deploy("secret");
    }

    @AfterAll
    void close() {
        service.close();
    }

    private HttpResponse<String> as(Principal who, String method, String path, String body) throws Exception {
        return http.send(
                method, path, body, "Authorization", "Bearer " + who.name(), "Content-Type", "application/json");
    }

    @Test
    void readersSeeTheirModelsAndNoOthers() throws Exception {
        assertThat(as(READER, "GET", "/api/models", "").body()).isEqualTo("{\"models\":[\"digits\"]}");
        assertThat(as(READER, "GET", "/api/models/digits", "").body())
                .isEqualTo("{\"model\":\"digits\",\"versions\":[1,2],\"aliases\":{\"champion\":1}}");
        assertThat(as(READER, "POST", "/api/registry/search", "{}").body())
                .contains("digits")
                .doesNotContain("secret");
        assertThat(as(READER, "GET", "/api/deployments", "").body())
                .contains("digits")
                .doesNotContain("secret");
        assertThat(as(READER, "GET", "/api/status", "").body())
                .contains("digits")
                .doesNotContain("secret");
        assertThat(as(READER, "POST", "/api/registry/search", "{\"model\":\"secret\"}")
                        .statusCode())
                .isEqualTo(403);
        for (String path : List.of("", "/versions", "/versions/1", "/versions/1/archive", "/aliases", "/history")) {
            assertThat(as(READER, "GET", "/api/models/secret" + path, "").statusCode())
                    .isEqualTo(403);
        }
        assertThat(as(ADMIN, "GET", "/api/models", "").body()).contains("secret");
    }

    @Test
    void whoMayNotSeeAllModelsIsNotToldTheirNames() throws Exception {
        HttpResponse<String> told = as(ADMIN, "GET", "/api/models/ghost/versions", "");
        assertThat(told.body()).contains("[digits, secret]");
        assertThat(told.statusCode()).isEqualTo(404);
        assertThat(as(ADMIN, "GET", "/v2/models/ghost", "").body()).contains("secret");
        for (String path : List.of(
                "/api/models/ghost/versions",
                "/api/models/ghost",
                "/api/deployments/ghost",
                "/v2/models/ghost",
                "/v2/models/ghost/versions/champion/ready")) {
            HttpResponse<String> kept = as(READER, "GET", path, "");
            assertThat(kept.statusCode()).isEqualTo(404);
            assertThat(kept.body()).doesNotContain("secret").contains("no model \\\"ghost\\\"");
        }
        HttpResponse<String> run = as(READER, "POST", "/v2/models/ghost/infer", "{}");
        assertThat(run.statusCode()).isEqualTo(404);
        assertThat(run.body()).doesNotContain("secret").contains("no model \\\"ghost\\\"");
    }

    @Test
    void reasonsThatAreTooLongAreRefusedInWords() throws Exception {
        List<String[]> changes = List.of(
                new String[] {"PUT", "/api/models/digits/aliases/long"},
                new String[] {"PUT", "/api/models/digits/versions/1/tags/long"},
                new String[] {"PUT", "/api/deployments/digits"},
                new String[] {"POST", "/v2/repository/models/digits/load"},
                new String[] {"POST", "/v2/repository/models/digits/unload"});
        for (String[] change : changes) {
            HttpResponse<String> refused = http.send(
                    change[0],
                    change[1],
                    change[1].contains("aliases")
                            ? "{\"version\":1}"
                            : change[1].contains("tags") ? "{\"value\":\"a\"}" : "{}",
                    "Authorization",
                    "Bearer root",
                    "Content-Type",
                    "application/json",
                    "X-Change-Reason",
                    "UTF-8''" + "a%20".repeat(2000) + "a".repeat(97));
            assertThat(refused.statusCode()).as(change[1]).isEqualTo(400);
            assertThat(refused.body()).contains("has 4097 characters (expected: at most 4096)", "\"invalid_input\"");
        }
        assertThat(service.maas().registry().aliases("digits")).doesNotContainKey("long");
    }

    @Test
    void rolesDecideWhoChangesWhat() throws Exception {
        assertThat(as(READER, "PUT", "/api/models/digits/aliases/a", "{\"version\":1}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(as(READER, "PUT", "/api/deployments/digits", "{}").statusCode())
                .isEqualTo(403);
        assertThat(as(READER, "POST", "/api/models/digits/uploads", "{}").statusCode())
                .isEqualTo(403);
        assertThat(as(DEPLOYER, "DELETE", "/api/models/digits/versions/1", "").statusCode())
                .isEqualTo(403);
        for (String path : List.of("check", "collect")) {
            assertThat(as(DEPLOYER, "POST", "/api/registry/" + path, "").statusCode())
                    .isEqualTo(403);
            assertThat(as(ADMIN, "POST", "/api/registry/" + path, "").statusCode())
                    .isEqualTo(200);
        }
        assertThat(as(DEPLOYER, "PUT", "/api/models/digits/aliases/b", "{\"version\":2}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(service.maas()
                        .registry()
                        .aliasHistory("digits", "b")
                        .get(0)
                        .change()
                        .who())
                .isEqualTo("ci");
        assertThat(as(DEPLOYER, "PUT", "/api/models/secret/aliases/b", "{\"version\":1}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(as(ADMIN, "DELETE", "/api/models/digits/versions/1", "").body())
                .contains("\"code\":\"conflict\"");
        assertThat(as(ADMIN, "GET", "/api/registry/statistics", "").body()).contains("\"versions\":3,");
    }

    @Test
    void whatAPageCouldSendIsNotTaken() throws Exception {
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "")) {
            for (String path : List.of(
                    "PUT /api/models/digits/aliases/c",
                    "POST /api/models/digits/aliases/champion/rollback",
                    "POST /api/registry/collect",
                    "PUT /api/deployments/digits",
                    "POST /api/deployments/digits/rollback",
                    "POST /api/models/digits/uploads")) {
                String[] parts = path.split(" ", -1);
                HttpResponse<String> answer = type.isEmpty()
                        ? http.send(parts[0], parts[1], "{\"version\":1}", "Authorization", "Bearer root")
                        : http.send(
                                parts[0],
                                parts[1],
                                "{\"version\":1}",
                                "Authorization",
                                "Bearer root",
                                "Content-Type",
                                type);
                assertThat(answer.statusCode()).isEqualTo(415);
            }
        }
        assertThat(service.maas().registry().aliases("digits")).doesNotContainKey("c");
    }

    @Test
    void noSpellingOfAPathLeadsOut() throws Exception {
        Set<String> spellings = spellings();
        assertThat(spellings).hasSizeGreaterThanOrEqualTo(200);
        Path marker = Files.createTempFile("maas-secret", ".txt");
        try {
            Files.writeString(marker, "nobody-may-read-this");
            for (String each : spellings) {
                String name = each.replace("MARKER", marker.getFileName().toString());
                for (String path : List.of(
                        "GET /api/models/" + name,
                        "GET /api/models/digits/versions/" + name,
                        "GET /api/models/digits/versions/1/files/" + name,
                        "GET /api/models/digits/uploads/" + name,
                        "DELETE /api/models/" + name + "/versions/1",
                        "PUT /api/deployments/" + name)) {
                    assertNothing(path, raw(path));
                }
            }
            assertThat(marker).hasContent("nobody-may-read-this");
            assertThat(service.maas().registry().models()).containsExactly("digits", "secret");
            assertThat(service.maas().registry().versions("digits")).hasSize(2);
        } finally {
            Files.delete(marker);
        }
    }

    private static void assertNothing(String path, String answer) {
        assertThat(answer).as(path).doesNotContain("nobody-may-read-this", "root:", "maas-registry", "Exception");
        assertThat(path.contains("%2ftmp") || !answer.contains("/tmp/"))
                .as(path)
                .isTrue();
        assertThat(answer).as(path).matches("(?s)HTTP/1\\.1 (?!5).*");
        if (!path.startsWith("GET")) {
            assertThat(answer).as(path).matches("(?s)HTTP/1\\.1 4.*");
        }
    }

    /** Parts of paths that mean something else somewhere: dots and separators, written in every way. */
    private static Set<String> spellings() {
        List<String> dots = List.of(
                "..",
                "%2e%2e",
                ".%2e",
                "%2e.",
                "%252e%252e",
                "%c0%ae%c0%ae",
                "%e0%80%ae%e0%80%ae",
                "..%00",
                "....",
                "%uff0e%uff0e",
                "..;",
                "..%20",
                "..%09",
                "%ef%bc%8e%ef%bc%8e");
        List<String> separators = List.of(
                "/", "%2f", "%2F", "\\", "%5c", "%252f", "%c0%af", "%e0%80%af", "%ef%bc%8f", "//", "%00", "%2f%2f");
        List<String> targets = List.of("etc%2fpasswd", "MARKER");
        Set<String> all = new TreeSet<>();
        for (String dot : dots) {
            all.add(dot);
            for (String separator : separators) {
                for (String target : targets) {
                    all.add((dot + separator).repeat(3) + target);
                    all.add("digits" + separator + (dot + separator).repeat(4) + target);
                }
            }
        }
        all.addAll(List.of(
                "%2ftmp%2fMARKER", "file:%2f%2f%2ftmp%2fMARKER", "C:%5cMARKER", "~", "NUL", "con", "digits.", "%00"));
        return all;
    }

    /** As it stands: clients mend what they take for a mistake. */
    private String raw(String path) throws IOException {
        URI uri = service.uri();
        String body = path.startsWith("PUT") ? "{}" : "";
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write((path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer root\r\nConnection: close\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aDamagedFileIsNeitherServedNorTellsWhereItLies() throws Exception {
        try (Service other = Service.start()) {
            other.maas().registry().publish("digits", Models.affine(3));
            List<Path> blobs = new ArrayList<>();
            try (Stream<Path> files = Files.walk(other.folder().resolve("blobs"))) {
                files.filter(Files::isRegularFile).forEach(blobs::add);
            }
            Manifest manifest = other.maas().registry().version("digits", 1).manifest();
            String model =
                    Objects.requireNonNull(manifest.files().get("model.onnx")).sha256();
            for (Path blob : blobs) {
                if (blob.getFileName().toString().equals(model)) {
                    byte[] bytes = Files.readAllBytes(blob);
                    bytes[bytes.length - 1] ^= 1;
                    Files.delete(blob);
                    Files.write(blob, bytes);
                }
            }
            RawHttp raw = new RawHttp(other.uri());
            for (String path :
                    List.of("GET /api/models/digits/versions/1/files/" + model, "PUT /api/deployments/digits")) {
                String[] parts = path.split(" ", -1);
                HttpResponse<String> answer = raw.send(parts[0], parts[1], "{}", "Content-Type", "application/json");
                assertThat(answer.statusCode()).isEqualTo(500);
                assertThat(answer.body()).contains("\"code\":\"internal\"").doesNotContain("/tmp", "blobs", model);
            }
            HttpResponse<String> found =
                    raw.send("POST", "/api/registry/check", "", "Content-Type", "application/json");
            assertThat(found.body()).contains("\"sound\":false", "damaged_blob").doesNotContain("/tmp");
        }
    }

    @Test
    void aRangeBehindTheEndIsRefusedWithTheSize() throws Exception {
        Manifest.FileEntry file = Objects.requireNonNull(service.maas()
                .registry()
                .version("digits", 1)
                .manifest()
                .files()
                .get("model.onnx"));
        HttpResponse<String> answer = http.send(
                "GET",
                "/api/models/digits/versions/1/files/" + file.sha256(),
                "",
                "Authorization",
                "Bearer root",
                "Range",
                "bytes=" + file.size() + "-");
        assertThat(answer.statusCode()).isEqualTo(416);
        assertThat(answer.headers().firstValue("Content-Range")).hasValue("bytes */" + file.size());
    }
}

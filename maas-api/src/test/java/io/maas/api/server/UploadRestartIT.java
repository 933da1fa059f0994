package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.wire.Documents;
import io.maas.error.MaasException;
import io.maas.registry.VersionArchive;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Versions that come in by parts, with a server that ends in between or a disk that is full. */
@Timeout(60)
class UploadRestartIT {
    private static final String UPLOADS = "/api/models/digits/uploads";

    @TempDir
    Path folder;

    private Service service;
    private byte[] archive;
    private String announcement;

    @BeforeEach
    void start() throws IOException {
        service = Service.start();
        archive = VersionArchive.of("digits", Models.affine(1)).bytes().read();
        announcement = "{\"format\":\"archive\",\"size\":" + archive.length + ",\"sha256\":\""
                + Hashing.sha256().hashBytes(archive) + "\"}";
    }

    @AfterEach
    void close() {
        service.close();
    }

    private MaasServer server() {
        return MaasServer.start(service.maas(), ServerOptions.defaults().withUploads(folder));
    }

    private static JsonNode document(HttpResponse<String> answer) {
        return Documents.read(answer.body().getBytes(StandardCharsets.UTF_8), JsonNode.class);
    }

    private String begin(MaasServer server) throws Exception {
        HttpResponse<String> answer = json(server, "POST", UPLOADS, announcement);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return UPLOADS + "/" + document(answer).get("id").textValue();
    }

    private static HttpResponse<String> json(MaasServer server, String method, String path, String body)
            throws Exception {
        return new RawHttp(server.uri()).send(method, path, body, "Content-Type", "application/json");
    }

    private static HttpResponse<String> get(MaasServer server, String path) throws Exception {
        return new RawHttp(server.uri()).get(path);
    }

    /** Sends some bytes of a part that was to be all that is missing, and breaks off when they are there. */
    private void breakOff(MaasServer server, String upload, int offset, int count) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(("PATCH " + upload + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + UploadRoutes.PART
                                    + "\r\nUpload-Offset: " + offset + "\r\nContent-Length: "
                                    + (archive.length - offset) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(archive, offset, count);
            while (document(get(server, upload)).get("offset").intValue() < offset + count) {
                Thread.onSpinWait();
            }
        }
    }

    private HttpResponse<byte[]> part(MaasServer server, String upload, int offset, byte[] bytes) throws Exception {
        return java.net.http.HttpClient.newHttpClient()
                .send(
                        java.net.http.HttpRequest.newBuilder(server.uri().resolve(upload))
                                .method("PATCH", java.net.http.HttpRequest.BodyPublishers.ofByteArray(bytes))
                                .header("Content-Type", UploadRoutes.PART)
                                .header("Upload-Offset", Integer.toString(offset))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String code(HttpResponse<byte[]> answer) {
        return Documents.read(answer.body(), JsonNode.class).get("code").textValue();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals("lock"))
                    .toList();
        }
    }

    @Test
    void anUploadGoesOnWithTheNextServer() throws Exception {
        String upload;
        try (MaasServer first = server()) {
            upload = begin(first);
            breakOff(first, upload, 0, 100);
        }
        try (MaasServer second = server()) {
            assertThat(document(get(second, upload)).get("offset").intValue()).isEqualTo(100);
            breakOff(second, upload, 100, 200);
        }
        int version;
        try (MaasServer third = server()) {
            assertThat(part(third, upload, 300, Arrays.copyOfRange(archive, 300, archive.length))
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> published = json(third, "POST", upload + "/publish", "{}");
            assertThat(published.statusCode()).as(published.body()).isEqualTo(200);
            version = document(published).get("version").intValue();
        }
        assertThat(service.maas().registry().version("digits", version).manifest())
                .isEqualTo(Models.affine(1).manifest());
        try (MaasServer fourth = server()) {
            // Who did not hear the answer asks again.
            HttpResponse<String> again = json(fourth, "POST", upload + "/publish", "{}");
            assertThat(document(again).get("version").intValue()).isEqualTo(version);
            assertThat(json(fourth, "DELETE", upload, "").statusCode()).isEqualTo(200);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void aPartThatIsUnderWayWhenTheServerClosesIsAnswered() throws Exception {
        try (MaasServer server = server();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String upload = begin(server);
            OutputStream out = socket.getOutputStream();
            out.write(("PATCH " + upload + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + UploadRoutes.PART
                            + "\r\nUpload-Offset: 0\r\nContent-Length: " + archive.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(archive, 0, 100);
            while (document(get(server, upload)).get("offset").intValue() < 100) {
                Thread.onSpinWait();
            }
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            while (get(server, "/v2/health/ready").statusCode() != 503) {
                Thread.onSpinWait();
            }
            out.write(archive, 100, archive.length - 100);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("upload-offset: " + archive.length);
            closed.get();
        }
    }

    @Test
    void whatIsNoUploadIsRemovedAndOtherFilesStay() throws Exception {
        String whole;
        String damaged;
        try (MaasServer first = server()) {
            whole = begin(first);
            damaged = begin(first);
        }
        String id = damaged.substring(UPLOADS.length() + 1);
        Files.writeString(folder.resolve(id + ".json"), "{");
        Files.writeString(folder.resolve("11111111-1111-1111-1111-111111111111"), "without description");
        Files.writeString(folder.resolve("notes.txt"), "somebody's");
        try (MaasServer second = server()) {
            assertThat(get(second, whole).statusCode()).isEqualTo(200);
            assertThat(get(second, damaged).statusCode()).isEqualTo(404);
        }
        String kept = whole.substring(UPLOADS.length() + 1);
        assertThat(files()).containsExactlyInAnyOrder(kept, kept + ".json", "notes.txt");
    }

    @Test
    void twoServersDoNotShareAFolder() {
        try (MaasServer first = server()) {
            assertThat(first.port()).isPositive();
            assertThatThrownBy(this::server)
                    .isInstanceOf(MaasException.class)
                    .hasMessageContaining("in use (expected: one that no other server has)");
        }
        server().close();
    }

    @Test
    @EnabledOnOs(OS.LINUX) // Which has a file that is always full.
    void aFullDiskIsToldAndHoldsNothing() throws Exception {
        try (MaasServer server = server()) {
            String upload = begin(server);
            Path file = folder.resolve(upload.substring(UPLOADS.length() + 1));
            Files.delete(file);
            Files.createSymbolicLink(file, Path.of("/dev/full"));

            HttpResponse<byte[]> refused = part(server, upload, 0, archive);
            assertThat(refused.statusCode()).isEqualTo(507);
            assertThat(code(refused)).isEqualTo("disk_full");
            assertThat(document(get(server, upload)).get("offset").intValue()).isZero();

            Files.delete(file);
            Files.createFile(file);
            assertThat(part(server, upload, 0, archive).statusCode()).isEqualTo(200);
            assertThat(json(server, "POST", upload + "/publish", "{}").statusCode())
                    .isEqualTo(200);
            assertThat(json(server, "DELETE", upload, "").statusCode()).isEqualTo(200);
            assertThat(files()).isEmpty();
        }
    }
}

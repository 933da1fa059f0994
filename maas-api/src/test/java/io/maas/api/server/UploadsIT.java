package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.wire.Documents;
import io.maas.model.Artifact;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.registry.VersionArchive;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions that come in over the network. */
@Timeout(60)
class UploadsIT {
    private static final String UPLOADS = "/api/models/digits/uploads";
    private static final String JSON = "application/json";

    private final HttpClient client = HttpClient.newHttpClient();
    private Service service;

    @BeforeEach
    void start() {
        service = Service.start(
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withMaxUploadBytes(1 << 20)));
    }

    @AfterEach
    void close() {
        service.close();
    }

    private static byte[] archive(Artifact artifact) throws IOException {
        return VersionArchive.of("digits", artifact).bytes().read();
    }

    private static String sha256(byte[] bytes) {
        return Hashing.sha256().hashBytes(bytes).toString();
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(service.uri().resolve(path)).method(method, BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> json(String method, String path, String document) throws Exception {
        return send(method, path, document.getBytes(StandardCharsets.UTF_8), "Content-Type", JSON);
    }

    private String begin(String format, long size, String sha256) throws Exception {
        HttpResponse<byte[]> answer = json(
                "POST", UPLOADS, "{\"format\":\"" + format + "\",\"size\":" + size + ",\"sha256\":\"" + sha256 + "\"}");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers().firstValue("Upload-Offset")).hasValue("0");
        return UPLOADS + "/" + document(answer).get("id").textValue();
    }

    private HttpResponse<byte[]> part(String upload, long offset, byte[] bytes) throws Exception {
        return send(
                "PATCH",
                upload,
                bytes,
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                Long.toString(offset));
    }

    private static JsonNode document(HttpResponse<byte[]> answer) {
        return Documents.read(answer.body(), JsonNode.class);
    }

    private static void assertRefused(HttpResponse<byte[]> answer, int status, String code) {
        assertThat(document(answer).path("code").textValue()).isEqualTo(code);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    private long offset(String upload) throws Exception {
        HttpResponse<byte[]> answer = send("HEAD", upload, new byte[0]);
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.headers().firstValueAsLong("Upload-Offset").orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"..%2F..%2Fevil", "%00", "%20", ".hidden", "a%2Fb", "%C3%A4"})
    void whatIsNoNameOfAModelIsRefusedBeforeAnyByteOfAFile(String model) throws Exception {
        HttpResponse<byte[]> answer = json(
                "POST",
                "/api/models/" + model + "/uploads",
                "{\"format\":\"onnx\",\"size\":1,\"sha256\":\"" + "0".repeat(64) + "\"}");
        assertRefused(answer, 400, "invalid_argument");
        assertThat(document(answer).get("error").textValue())
                .startsWith("model: ")
                .contains("a name that matches");
    }

    @Test
    void anUploadThatWasCutOffGoesOnWhereItEnded() throws Exception {
        Artifact artifact = Models.affine(1).withDescription("cut");
        byte[] bytes = archive(artifact);
        int cut = bytes.length / 3;
        String upload = begin("archive", bytes.length, sha256(bytes));

        URI uri = service.uri();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("PATCH " + upload + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/offset+octet-stream"
                                    + "\r\nUpload-Offset: 0\r\nContent-Length: " + bytes.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            out.write(bytes, 0, cut);
            out.flush();
            while (offset(upload) < cut) {
                Thread.onSpinWait();
            }
            // Its sender may be long gone, so another part is refused and ends it.
            assertRefused(part(upload, cut, Arrays.copyOf(bytes, 1)), 409, "part_under_way");
            assertThat(socket.getInputStream().read()).isNegative();
        }
        assertThat(offset(upload)).isEqualTo(cut);
        assertRefused(json("POST", upload + "/publish", "{}"), 409, "upload_unfinished");
        assertRefused(part(upload, 0, bytes), 413, "upload_too_long");
        HttpResponse<byte[]> again = part(upload, 0, Arrays.copyOf(bytes, 1));
        // The server learns of the end of a connection after this side, and has a file to close.
        while (document(again).path("code").asText().equals("part_under_way")) {
            again = part(upload, 0, Arrays.copyOf(bytes, 1));
        }
        assertRefused(again, 409, "other_offset");

        HttpResponse<byte[]> rest = part(upload, cut, Arrays.copyOfRange(bytes, cut, bytes.length));
        assertThat(rest.headers().firstValueAsLong("Upload-Offset")).hasValue(bytes.length);
        HttpResponse<byte[]> published = json("POST", upload + "/publish", "{}");
        assertThat(published.statusCode()).isEqualTo(200);
        Version version = service.maas().registry().version("digits", 1);
        assertThat(document(published).get("digest").textValue()).isEqualTo(version.digest());
        assertThat(version.manifest()).isEqualTo(artifact.manifest());
        assertThat(service.maas().registry().load(version).model().read())
                .isEqualTo(artifact.model().read());
    }

    @Test
    void aFileWithAnotherHashIsRefusedAndNothingOfItKept() throws Exception {
        byte[] bytes = archive(Models.affine(1));
        String upload = begin("archive", bytes.length, "0".repeat(64));
        assertThat(part(upload, 0, bytes).statusCode()).isEqualTo(200);
        assertRefused(json("POST", upload + "/publish", "{}"), 422, "wrong_hash");
        assertThat(offset(upload)).isZero();
        assertThat(service.maas().registry().models()).isEmpty();
    }

    @Test
    void anArchiveWhoseFilesLieIsRefused() throws Exception {
        byte[] bytes = archive(Models.affine(1));
        int last = bytes.length - 1024 - 400;
        bytes[last] ^= 1;
        String upload = begin("archive", bytes.length, sha256(bytes));
        part(upload, 0, bytes);
        HttpResponse<byte[]> answer = json("POST", upload + "/publish", "{}");
        assertRefused(answer, 422, "artifact_rejected");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).doesNotContain("/tmp", "maas-uploads");
        assertThat(service.maas().registry().models()).isEmpty();
    }

    @Test
    void isPublishedOnceHoweverOftenItIsAskedFor() throws Exception {
        byte[] bytes = archive(Models.affine(1));
        String upload = begin("archive", bytes.length, sha256(bytes));
        part(upload, 0, bytes);
        // Nothing at all is a document that leaves all out.
        HttpResponse<byte[]> first = json("POST", upload + "/publish", "");
        HttpResponse<byte[]> second = json("POST", upload + "/publish", "{}");
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(service.maas().registry().versions("digits")).hasSize(1);
        assertRefused(part(upload, bytes.length, new byte[0]), 409, "upload_ended");
        assertThat(send("DELETE", upload, new byte[0]).statusCode()).isEqualTo(200);
        assertRefused(send("GET", upload, new byte[0]), 404, "no_such_upload");
    }

    @Test
    void anOnnxFileAloneBecomesAVersion() throws Exception {
        byte[] bytes = Models.affine(1).model().read();
        String upload = begin("onnx", bytes.length, sha256(bytes));
        part(upload, 0, bytes);
        HttpResponse<byte[]> answer =
                json("POST", upload + "/publish", "{\"description\":\"alone\",\"tags\":{\"licence\":\"MIT\"}}");
        assertThat(document(answer).path("licence").textValue()).isEqualTo("MIT");
        Version version = service.maas().registry().version("digits", 1);
        assertThat(version.manifest().signature()).isEqualTo(Models.affine(1).signature());
        assertThat(version.manifest().description()).isEqualTo("alone");

        byte[] none = "no model".getBytes(StandardCharsets.UTF_8);
        String second = begin("onnx", none.length, sha256(none));
        part(second, 0, none);
        assertRefused(json("POST", second + "/publish", "{}"), 422, "artifact_rejected");
    }

    @Test
    void aModelWithoutOrderIsRefusedWithWhatIsWrongInIt() throws Exception {
        String upload =
                sent(affine(model -> model.getGraphBuilder().getNodeBuilder(0).setInput(0, "nowhere")));
        HttpResponse<byte[]> answer = json("POST", upload + "/publish", "{}");
        assertRefused(answer, 422, "artifact_rejected");
        assertThat(document(answer).get("error").textValue())
                .contains("value \"nowhere\" is read by ")
                .contains("but nothing before it makes it");
    }

    @Test
    void aModelThatTheEngineDoesNotTakeIsRefusedWhenItIsDeployed() throws Exception {
        String upload =
                sent(affine(model -> model.getGraphBuilder().getNodeBuilder(0).setOpType("Frobnicate")));
        assertThat(json("POST", upload + "/publish", "{}").statusCode()).isEqualTo(200);
        HttpResponse<byte[]> answer = json("PUT", "/api/deployments/digits", "{}");
        assertRefused(answer, 422, "artifact_rejected");
        assertThat(document(answer).get("error").textValue()).contains("Frobnicate");
    }

    private static byte[] affine(Consumer<ModelProto.Builder> change) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Models.affine(1).model().read()).toBuilder();
        change.accept(model);
        return model.build().toByteArray();
    }

    private String sent(byte[] onnx) throws Exception {
        String upload = begin("onnx", onnx.length, sha256(onnx));
        assertThat(part(upload, 0, onnx).statusCode()).isEqualTo(200);
        return upload;
    }

    @Test
    void anImportKeepsNumberAndOrigin() throws Exception {
        StoredModelRegistry registry = (StoredModelRegistry) service.maas().registry();
        registry.publish("digits", Models.affine(1));
        Version second = registry.publish("digits", Models.affine(2));
        HttpResponse<byte[]> download = send("GET", "/api/models/digits/versions/2/archive", new byte[0]);
        assertThat(download.body()).isEqualTo(registry.archive(second).bytes().read());
        String other = "/api/models/other/uploads";
        byte[] bytes = download.body();
        HttpResponse<byte[]> begun = json(
                "POST",
                other,
                "{\"format\":\"archive\",\"size\":" + bytes.length + ",\"sha256\":\"" + sha256(bytes) + "\"}");
        String upload = other + "/" + document(begun).get("id").textValue();
        part(upload, 0, bytes);
        HttpResponse<byte[]> answer = json("POST", upload + "/publish", "{\"imported\":true}");
        assertThat(document(answer).path("origin").textValue()).isEqualTo("digits:2");
        assertThat(document(answer).path("version").intValue()).isEqualTo(1);
    }

    @Test
    void refusesWhatIsNoUpload() throws Exception {
        String hash = "0".repeat(64);
        for (String wrong : List.of(
                "{\"format\":\"zip\",\"size\":1,\"sha256\":\"" + hash + "\"}",
                "{\"format\":\"onnx\",\"size\":0,\"sha256\":\"" + hash + "\"}",
                "{\"format\":\"onnx\",\"size\":1,\"sha256\":\"ab\"}")) {
            assertRefused(json("POST", UPLOADS, wrong), 400, "invalid_argument");
        }
        assertRefused(
                json("POST", UPLOADS, "{\"format\":\"onnx\",\"size\":1048577,\"sha256\":\"" + hash + "\"}"),
                413,
                "upload_too_long");
        assertRefused(json("POST", UPLOADS, "{\"format\":\"onnx\"}"), 400, "invalid_input");
        assertRefused(json("POST", UPLOADS, "{\"size\":1,\"sha256\":\"" + hash + "\"}"), 400, "invalid_input");
        assertRefused(
                json("POST", UPLOADS, "{\"format\":null,\"size\":1,\"sha256\":\"" + hash + "\"}"),
                400,
                "invalid_input");
        String upload = begin("onnx", 5, hash);
        assertRefused(send("PATCH", upload, new byte[1], "Content-Type", JSON), 415, "unsupported_type");
        assertRefused(
                send("PATCH", upload, new byte[1], "Content-Type", "application/offset+octet-stream"),
                400,
                "invalid_argument");
        assertRefused(part(upload.replace("digits", "iris"), 0, new byte[1]), 404, "no_such_upload");
        assertRefused(part(UPLOADS + "/..%2f..%2fetc", 0, new byte[1]), 404, "no_such_upload");
    }

    @Test
    void takesNoMoreThanSomeUploadsOfOneCaller() throws Exception {
        for (int i = 0; i < 32; i++) {
            begin("onnx", 5, "0".repeat(64));
        }
        assertRefused(
                json("POST", UPLOADS, "{\"format\":\"onnx\",\"size\":1,\"sha256\":\"" + "0".repeat(64) + "\"}"),
                409,
                "too_many_uploads");
    }
}

package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are not JSON alone: binary data, raw values, compressed ones. */
class BinaryRequestsIT {
    private static final String HEADER = "Inference-Header-Content-Length";
    private static final String INFER = "/v2/models/affine/infer";
    private static final int MAX_BODY = 1 << 20;
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,0]}]}";

    private static Service service;
    private static RawHttp http;

    @BeforeAll
    static void start() {
        service = Service.start(ServerOptions.defaults()
                .withLimits(ServerLimits.defaults().withMaxBodyBytes(MAX_BODY)));
        service.serve("affine", Models.affine(0));
        service.serve("half", Models.identity(DataType.FLOAT16));
        service.serve("sum", Artifact.of(Models.sum()));
        service.serve("texts", Models.identity(DataType.STRING));
        service.serve("matrix", identity(DataType.FLOAT32, "n", "k"));
        service.serve("cube", identity(DataType.FLOAT32, "n", "k", "m"));
        http = new RawHttp(service.uri());
    }

    private static Artifact identity(DataType type, Object... sizes) {
        GraphBuilder b = new GraphBuilder("identity");
        b.output("y", b.node(Op.IDENTITY, Attributes.none(), b.input("x", type, Shape.symbolic(sizes))));
        return Artifact.of(b.build());
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static byte[] join(String json, byte[] binary) {
        byte[] document = json.getBytes(UTF_8);
        byte[] all = Arrays.copyOf(document, document.length + binary.length);
        System.arraycopy(binary, 0, all, document.length, binary.length);
        return all;
    }

    private static byte[] compress(String encoding, byte[] body) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out =
                encoding.equals("gzip") ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
            out.write(body);
        }
        return bytes.toByteArray();
    }

    private static byte[] decompress(HttpResponse<byte[]> answer) throws Exception {
        ByteArrayInputStream in = new ByteArrayInputStream(answer.body());
        String encoding = answer.headers().firstValue("content-encoding").orElseThrow();
        return (encoding.equals("gzip") ? new GZIPInputStream(in) : new InflaterInputStream(in)).readAllBytes();
    }

    private static byte[] values(HttpResponse<byte[]> answer, byte[] body) {
        int length = Integer.parseInt(answer.headers().firstValue(HEADER).orElseThrow());
        return Arrays.copyOfRange(body, length, body.length);
    }

    private static void assertRefused(HttpResponse<byte[]> answer, int status, String message) {
        assertThat(new String(answer.body(), UTF_8)).contains(message);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    // ---- binary

    @Test
    void halfPrecisionTravelsAsBinaryData() throws Exception {
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"in_FLOAT16\",\"shape\":[2],"
                + "\"datatype\":\"FP16\",\"parameters\":{\"binary_data_size\":4}}]}";
        byte[] half = {0, 0x3c, 1, (byte) 0xfe};

        HttpResponse<byte[]> answer =
                http.postBytes("/v2/models/half/infer", join(json, half), HEADER, Integer.toString(json.length()));

        assertThat(values(answer, answer.body())).isEqualTo(half);
        HttpResponse<byte[]> asJson = http.postBytes(
                "/v2/models/half/infer",
                join(json.replace("true", "false"), half),
                HEADER,
                Integer.toString(json.length() + 1));
        assertRefused(asJson, 400, "datatype FP16 is not supported in JSON (expected: binary tensor data)");
    }

    @Test
    void longBinaryBodiesAreAnsweredExactly() throws Exception {
        int rows = 40_000;
        float[] in = new float[3 * rows];
        float[] out = new float[2 * rows];
        for (int i = 0; i < rows; i++) {
            in[3 * i] = i;
            out[2 * i] = i;
            out[2 * i + 1] = 2 * i;
        }
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\",\"shape\":[" + rows
                + ",3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":" + 12 * rows + "}}]}";

        HttpResponse<byte[]> answer =
                http.postBytes(INFER, join(json, floats(in)), HEADER, Integer.toString(json.length()));

        assertThat(values(answer, answer.body())).isEqualTo(floats(out));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1000000", "x", "1e1"})
    void headersThatLieAreRefused(String header) throws Exception {
        assertRefused(
                http.postBytes(INFER, ROW.getBytes(UTF_8), HEADER, header),
                400,
                "Inference-Header-Content-Length is not the length of the JSON document");
    }

    @Test
    void sizesThatLieAreRefused() throws Exception {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"parameters\":"
                + "{\"binary_data_size\":16}}]}";
        String length = Integer.toString(json.length());
        assertRefused(
                http.postBytes(INFER, join(json, floats(1, 2, 3)), HEADER, length),
                400,
                "input \\\"x\\\": binary_data_size is 16 (expected: 0 to 12, which is what the body has left)");
        assertRefused(
                http.postBytes(INFER, join(json, floats(1, 2, 3, 4)), HEADER, length),
                400,
                "input \\\"x\\\": binary data has 16 bytes (expected: 3 elements of 4 for FP32 of shape [1, 3])");
    }

    // ---- raw

    @Test
    void rawBodiesAreOneRow() throws Exception {
        HttpResponse<byte[]> answer = http.postBytes(INFER, floats(1, 2, 3), HEADER, "0");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/octet-stream");
        assertThat(values(answer, answer.body())).isEqualTo(floats(22, 28));
        assertThat(new String(answer.body(), UTF_8)).contains("\"shape\":[1,2]");
    }

    @Test
    void theOneSizeThatVariesIsFoundFromTheLength() throws Exception {
        HttpResponse<byte[]> answer = http.postBytes("/v2/models/matrix/infer", floats(1, 2, 3, 4), HEADER, "0");
        assertThat(new String(answer.body(), UTF_8)).contains("\"shape\":[1,4]");
        assertRefused(
                http.postBytes("/v2/models/matrix/infer", new byte[5], HEADER, "0"),
                400,
                "input \\\"x\\\": binary data has 5 bytes (expected: 1 elements of 4 for FP32 of shape [1, 1])");
        HttpResponse<byte[]> text =
                http.postBytes("/v2/models/texts/infer", "naïve".getBytes(UTF_8), HEADER, "0");
        assertThat(values(text, text.body())).isEqualTo(join("\6\0\0\0", "naïve".getBytes(UTF_8)));
    }

    @Test
    void modelsWhoseShapesCannotBeFoundAreNotCalledRaw() throws Exception {
        assertRefused(http.postBytes(INFER, floats(1, 2), HEADER, "0"), 400, "binary data has 8 bytes (expected: 3 elements");
        assertRefused(
                http.postBytes("/v2/models/sum/infer", floats(1, 2), HEADER, "0"),
                400,
                "model has 2 inputs, so it cannot be sent raw (expected: one)");
        assertRefused(
                http.postBytes("/v2/models/cube/infer", floats(1, 2), HEADER, "0"),
                400,
                "model takes an input of shape [n, k, m], so it cannot be sent raw (expected: at most one size that varies");
    }

    // ---- compression

    @ParameterizedTest
    @CsvSource({"gzip", "deflate"})
    void compressedBodiesAreReadAndAnswersCompressedOnDemand(String encoding) throws Exception {
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],"
                + "\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":12}}]}";
        byte[] body = compress(encoding, join(json, floats(1, 2, 3)));

        HttpResponse<byte[]> answer = http.postBytes(
                INFER,
                body,
                HEADER,
                Integer.toString(json.length()), // of what it was before
                "Content-Encoding",
                encoding,
                "Accept-Encoding",
                encoding);

        assertThat(answer.headers().firstValue("content-encoding")).hasValue(encoding);
        assertThat(answer.headers().firstValueAsLong("content-length")).hasValue(answer.body().length);
        assertThat(values(answer, decompress(answer))).isEqualTo(floats(22, 28));
    }

    @Test
    void answersAreNotCompressedUnasked() throws Exception {
        HttpResponse<byte[]> answer = http.postBytes(INFER, compress("gzip", ROW.getBytes(UTF_8)), "Content-Encoding", "gzip");

        assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
        assertThat(new String(answer.body(), UTF_8)).contains("\"data\":[1.0,2.0]");
    }

    @Test
    void theLimitCountsUnpackedBytes() throws Exception {
        byte[] bomb = compress("gzip", new byte[64 << 20]);
        assertThat(bomb.length).isLessThan(MAX_BODY);
        assertRefused(
                http.postBytes(INFER, bomb, "Content-Encoding", "gzip"),
                413,
                "body is too long once it is unpacked (expected: at most 1048576 bytes)");
        byte[] most = Arrays.copyOf(ROW.getBytes(UTF_8), MAX_BODY);
        Arrays.fill(most, ROW.length(), MAX_BODY, (byte) ' ');
        assertThat(http.postBytes(INFER, compress("deflate", most), "Content-Encoding", "deflate").statusCode())
                .isEqualTo(200);
        assertThat(http.postBytes(INFER, compress("deflate", Arrays.copyOf(most, MAX_BODY + 1)), "Content-Encoding", "deflate")
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void bodiesThatAreNotOfTheirEncodingAreRefused() throws Exception {
        byte[] packed = compress("gzip", ROW.getBytes(UTF_8));
        String message = "body is not of its content encoding";
        assertRefused(http.postBytes(INFER, ROW.getBytes(UTF_8), "Content-Encoding", "gzip"), 400, message);
        assertRefused(http.postBytes(INFER, new byte[0], "Content-Encoding", "gzip"), 400, message);
        assertRefused(
                http.postBytes(INFER, Arrays.copyOf(packed, packed.length - 9), "Content-Encoding", "gzip"), 400, message);
        byte[] zlib = compress("deflate", ROW.getBytes(UTF_8));
        assertRefused(http.postBytes(INFER, zlib, "Content-Encoding", "gzip"), 400, message);
        assertRefused(
                http.postBytes(INFER, Arrays.copyOf(zlib, zlib.length - 3), "Content-Encoding", "deflate"), 400, message);
        assertRefused(
                http.postBytes(INFER, Arrays.copyOf(zlib, zlib.length + 1), "Content-Encoding", "deflate"), 400, message);
        assertRefused(
                http.postBytes(INFER, zlib, "Content-Encoding", "br"),
                415,
                "content encoding is not supported (expected: gzip or deflate)");
        assertRefused(http.postBytes(INFER, zlib, "Content-Encoding", "gzip, deflate"), 415, "is not supported");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "- | -",
                "'' | -",
                "gzip | gzip",
                "GZIP;q=1.0 | gzip",
                "deflate | deflate",
                "deflate, gzip | gzip",
                "deflate, gzip;q=0.5 | deflate",
                "gzip, deflate, br, zstd | gzip",
                "* | gzip",
                "gzip;q=0, * | deflate",
                "*;q=0 | -",
                "gzip;q=0 | -",
                "gzip;q=x | -",
                "gzip;q=0.5, identity | -",
                "identity | -",
                "br | -"
            })
    void theEncodingIsTheOneThatIsLikedBest(String accepted, String chosen) {
        assertThat(Compression.choose(accepted)).isEqualTo(chosen);
    }
}

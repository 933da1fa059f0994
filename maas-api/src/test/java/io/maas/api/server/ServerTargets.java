package io.maas.api.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.ByteSource;
import io.maas.api.fuzz.FuzzTarget;
import io.maas.api.security.Principal;
import io.maas.api.wire.Message;
import io.maas.error.InvalidInputException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What a server reads that is no document: heads, encodings, frames, bodies of bytes. */
public final class ServerTargets {
    private static final int LIMIT = 1 << 20;

    private ServerTargets() {}

    public static List<FuzzTarget> all() {
        return List.of(raw(), frames(), compression(), heads());
    }

    // ---- bodies of one row

    private static Signature of(DataType type, Object... sizes) {
        return new Signature(
                List.of(new TensorSpec("x", type, Shape.symbolic(sizes))),
                List.of(new TensorSpec("y", DataType.FLOAT32, Shape.symbolic("batch", 2L))));
    }

    private static FuzzTarget raw() {
        List<Signature> signatures = List.of(
                of(DataType.FLOAT32, "batch", 3L),
                of(DataType.INT64, "batch", Shape.UNKNOWN),
                of(DataType.STRING, "batch", 1L),
                of(DataType.BOOL, "batch"),
                of(DataType.FLOAT16, "batch", "a", "b"),
                of(DataType.FLOAT64, 0L, Shape.UNKNOWN),
                of(DataType.UINT8, 1L << 40, "a"));
        return FuzzTarget.of(
                "raw",
                IntStream.range(0, signatures.size())
                        .mapToObj(i -> FuzzTarget.kind(i, "0123456789ab".getBytes(UTF_8)))
                        .toList(),
                input -> RawRequest.inputs(
                        signatures.get(FuzzTarget.kind(input, signatures.size())), FuzzTarget.rest(input)),
                InvalidInputException.class);
    }

    // ---- frames of gRPC

    /** The first byte says in how long pieces the bytes come, and how messages are compressed. */
    private static FuzzTarget frames() {
        byte[] gzipped = Compression.encode("gzip", "hello".getBytes(UTF_8));
        return FuzzTarget.of(
                "frames",
                List.of(
                        new byte[] {8, 0, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0},
                        FuzzTarget.kind(5, frame(gzipped)),
                        FuzzTarget.kind(10, frame(Compression.encode("deflate", "hello".getBytes(UTF_8))))),
                input -> {
                    GrpcEncoding encoding = List.of(GrpcEncoding.values()).get(FuzzTarget.kind(input, 3));
                    int piece = 1 + FuzzTarget.kind(input, 64) / 3;
                    byte[] rest = FuzzTarget.rest(input);
                    GrpcFrames frames = new GrpcFrames(LIMIT, new Pending(ServerLimits.defaults()).share());
                    for (int at = 0; at < rest.length; at += piece) {
                        frames.feed(Buffer.buffer(Arrays.copyOfRange(rest, at, Math.min(rest.length, at + piece))));
                        for (GrpcFrames.Frame frame = frames.next(); frame != null; frame = frames.next()) {
                            encoding.decode(frame, LIMIT);
                        }
                    }
                },
                Failure.Refusal.class);
    }

    private static byte[] frame(byte[] message) {
        return Buffer.buffer()
                .appendByte((byte) 1)
                .appendInt(message.length)
                .appendBytes(message)
                .getBytes();
    }

    // ---- encodings of bodies

    private static FuzzTarget compression() {
        List<String> names = List.of("gzip", "deflate", "x-gzip", "identity", " GZIP ");
        return FuzzTarget.of(
                "compression",
                IntStream.range(0, names.size())
                        .mapToObj(i -> FuzzTarget.kind(
                                i,
                                Compression.encode(i == 1 ? "deflate" : "gzip", "hello, hello, hello".getBytes(UTF_8))))
                        .toList(),
                input -> {
                    byte[] plain = Compression.decode(
                            names.get(FuzzTarget.kind(input, names.size())), FuzzTarget.rest(input), LIMIT);
                    if (plain.length > Math.max(LIMIT, input.length)) {
                        throw new IllegalStateException("longer than the limit");
                    }
                },
                InvalidInputException.class,
                Failure.Refusal.class);
    }

    // ---- heads

    /** Lines of names and values, behind the path. */
    private static FuzzTarget heads() {
        List<byte[]> seeds = FuzzTarget.texts(
                "/api/jobs?after=5\nhost: localhost:8080\norigin: http://localhost:8080\naccept-encoding: gzip;q=0.5, deflate, *;q=0",
                "/\ncontent-type: application/json; charset=utf-8\ncontent-length: 12\ngrpc-timeout: 250m",
                "/\nx-envoy-expected-rq-timeout-ms: 1000\nrange: bytes=7-\nlast-event-id: 99\nupload-offset: 12",
                "http://localhost/\ninference-header-content-length: 3\nx-change-reason: UTF-8''f%C3%BCr\nx-request-id: a",
                "/\nauthorization: Bearer a\ntransfer-encoding: chunked\ncontent-type: text/plain");
        return FuzzTarget.of(
                "heads",
                seeds,
                input -> readHead(new String(input, ISO_8859_1)),
                InvalidInputException.class,
                Failure.Refusal.class);
    }

    private static void readHead(String head) {
        String[] lines = head.split("\n", -1);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(
                        line.substring(0, colon).trim().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        HttpServerRequest request = request(lines[0], headers);
        Exchange exchange = new Exchange(
                proxy(Vertx.class, Map.of()),
                proxy(RoutingContext.class, Map.of("request", request)),
                "7",
                Principal.of("me"),
                new Pending(ServerLimits.defaults()).share(),
                () -> Principal.of("me"));
        List<FuzzTarget.Parser> readers = List.of(
                unused -> Contents.check(request, UPLOAD),
                unused -> Deadlines.of(exchange),
                unused -> Compression.choose(headers.get("accept-encoding")),
                unused -> Download.resumable(exchange, ByteSource.wrap(new byte[9]), 9),
                unused -> Message.of(new byte[5], String.valueOf(headers.get(Message.HEADER))),
                unused -> exchange.change(),
                unused -> Entrance.id(request),
                unused -> JobRoutes.place(exchange),
                unused -> UploadRoutes.offset(exchange),
                unused -> new Hosts(ServerOptions.defaults()).check(request, UPLOAD.access()));
        RuntimeException refusal = null;
        for (FuzzTarget.Parser reader : readers) {
            try {
                reader.parse(new byte[0]);
            } catch (InvalidInputException | Failure.Refusal e) {
                refusal = e;
            } catch (Exception e) {
                throw new AssertionError("a header was not refused but fallen over", e);
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    private static final Route UPLOAD = new Route(
            HttpMethod.POST,
            "/api/datasets",
            Access.toAny(io.maas.api.security.Role.TRAIN),
            "x",
            "y",
            Route.Shape.of(byte[].class, null).withTypes(List.of("text/csv")),
            Endpoint.blocking(exchange -> Reply.json(new byte[0])));

    private static HttpServerRequest request(String uri, MultiMap headers) {
        String host = headers.get("host");
        return (HttpServerRequest) Proxy.newProxyInstance(
                ServerTargets.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getHeader" -> headers.get(String.valueOf(arguments[0]));
                    case "headers" -> headers;
                    case "uri" -> uri;
                    case "version" -> headers.contains("range") ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
                    case "authority" -> host == null ? null : HostAndPort.parseAuthority(host, 80);
                    case "getParam" -> uri.contains("?") ? uri.substring(uri.indexOf('?') + 1) : null;
                    default -> throw new IllegalStateException(method.getName());
                });
    }

    private static <T> T proxy(Class<T> type, Map<String, @Nullable Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                ServerTargets.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answers.get(method.getName())));
    }
}

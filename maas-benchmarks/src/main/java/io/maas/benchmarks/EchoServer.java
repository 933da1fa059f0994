package io.maas.benchmarks;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Vert.x alone, on as many event loops as the server has: takes each request whole, whatever it is, and answers the bytes that the server
 * answers.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.EchoServer file-of-the-body [name=value…]}</pre>
 */
public final class EchoServer extends VerticleBase {
    private static final int NUMBERS = 100_000_000;

    private final int port;
    private final Buffer body;
    private final List<String[]> headers;
    private final boolean isGrpc;

    /** As long as the ids of the server's requests. */
    private final String id;

    private int count;

    private EchoServer(int port, Buffer body, List<String[]> headers, int loop) {
        this.port = port;
        this.body = body;
        this.headers = headers;
        this.isGrpc = headers.stream().anyMatch(each -> each[1].equals("application/grpc"));
        this.id = "00000000-0000-4000-8000-%04d".formatted(loop);
    }

    public static void main(String[] args) throws IOException {
        Buffer body = Buffer.buffer(Files.readAllBytes(Path.of(args[0])));
        List<String[]> headers = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            headers.add(args[i].split("=", 2));
        }
        int loops = Runtime.getRuntime().availableProcessors();
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        int port = freePort();
        List<Future<String>> started = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            started.add(vertx.deployVerticle(new EchoServer(port, body, headers, i)));
        }
        Future.all(started).toCompletionStage().toCompletableFuture().join();
        System.out.println("listening on http://127.0.0.1:" + port);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public Future<?> start() {
        // Without what the server goes without too.
        HttpServerOptions options = new HttpServerOptions()
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        return vertx.createHttpServer(options).requestHandler(this::answer).listen(port, "127.0.0.1");
    }

    private void answer(HttpServerRequest request) {
        var unused = request.body().onSuccess(whole -> {
            HttpServerResponse response = request.response();
            for (String[] header : headers) {
                response.putHeader(header[0], header[1]);
            }
            count = (count + 1) % NUMBERS;
            response.putHeader(
                    "x-request-id", id + Integer.toString(NUMBERS + count).substring(1));
            if (isGrpc) {
                response.putTrailer("grpc-status", "0");
            }
            var sent = response.end(body);
        });
    }
}

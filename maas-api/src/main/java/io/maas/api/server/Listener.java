package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One event loop's share of a server; all shares listen on one port. */
final class Listener extends VerticleBase {
    /** Ample for a model's name and a few proxies' headers. */
    private static final int MAX_LINE_BYTES = 8 << 10;

    private static final int MAX_HEADER_BYTES = 16 << 10;

    /** At once on one connection of HTTP/2; a client that has more to ask waits, or opens another. */
    private static final int MAX_STREAMS = 256;

    /** What a client may send ahead of being read: on one stream, and on all of a connection. */
    private static final int STREAM_WINDOW_BYTES = 256 << 10;

    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;

    /** A connection that gives up more streams than this within the time is closed; deadlines that pass come to fewer. */
    private static final int MAX_RESETS = 1000;

    private static final int RESET_WINDOW_SECONDS = 10;

    private final RouteTable table;
    private final Entrance entrance;
    private final GrpcGate grpc;
    private final ServerOptions options;
    private final InetAddress address;
    private final AtomicInteger port;
    private @Nullable HttpServer server;

    /** @param port takes the port that was found */
    Listener(
            RouteTable table,
            Entrance entrance,
            GrpcGate grpc,
            ServerOptions options,
            InetAddress address,
            AtomicInteger port) {
        this.table = table;
        this.entrance = entrance;
        this.grpc = grpc;
        this.options = options;
        this.address = address;
        this.port = port;
    }

    @Override
    public Future<?> start() {
        HttpServer created = vertx.createHttpServer(new HttpServerOptions()
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(MAX_STREAMS)
                        .setMaxHeaderListSize(MAX_HEADER_BYTES)
                        .setInitialWindowSize(STREAM_WINDOW_BYTES))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setHttp2RstFloodWindowDuration(RESET_WINDOW_SECONDS)
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) options.limits().idleTimeout().toMillis()));
        server = created;
        Handler<HttpServerRequest> others = table.router(vertx, entrance);
        return created.requestHandler(request -> (GrpcGate.takes(request) ? grpc : others).handle(request))
                .invalidRequestHandler(Answer::malformed)
                .listen(socket())
                .onSuccess(listening -> port.set(listening.actualPort()));
    }

    private SocketAddress socket() {
        String literal = address.getHostAddress();
        return options.port() == 0
                ? SocketAddress.sharedRandomPort(1, literal)
                : SocketAddress.inetSocketAddress(options.port(), literal);
    }

    @Override
    public Future<?> stop() {
        return server == null
                ? Future.succeededFuture()
                : server.shutdown(options.limits().grace().toMillis(), TimeUnit.MILLISECONDS);
    }
}

package io.maas.api.server;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
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

    private final RouteTable table;
    private final Entrance entrance;
    private final GrpcGate grpc;
    private final ServerOptions options;
    private final InetAddress address;
    private final AtomicInteger port;
    private final Connections connections;
    private final @Nullable Certificates certificates;
    private @Nullable HttpServer server;

    /** @param port takes the port that was found */
    Listener(
            RouteTable table,
            Entrance entrance,
            GrpcGate grpc,
            ServerOptions options,
            InetAddress address,
            AtomicInteger port,
            Connections connections,
            @Nullable Certificates certificates) {
        this.connections = connections;
        this.certificates = certificates;
        this.table = table;
        this.entrance = entrance;
        this.grpc = grpc;
        this.options = options;
        this.address = address;
        this.port = port;
    }

    @Override
    public Future<?> start() {
        HttpServerOptions settings = new HttpServerOptions()
                .setHttp2ClearTextEnabled(true)
                // Nothing here speaks by web sockets; what waits for them breaks off connections that send many
                // requests at once.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) options.limits().idleTimeout().toMillis());
        Http2Limits.apply(settings, MAX_HEADER_BYTES);
        if (certificates != null) {
            certificates.to(settings);
        }
        HttpServer created = vertx.createHttpServer(settings);
        server = created;
        Handler<HttpServerRequest> others = table.router(vertx, entrance);
        return created.requestHandler(request -> handle(request, GrpcGate.takes(request) ? grpc : others))
                .invalidRequestHandler(Answer::malformed)
                .connectionHandler(connections::opened)
                .listen(socket())
                .onSuccess(listening -> port.set(listening.actualPort()));
    }

    /** What the router falls over is nothing that it knows: some names of hosts with percent signs. Nobody else would answer it. */
    private static void handle(HttpServerRequest request, Handler<HttpServerRequest> handler) {
        try {
            handler.handle(request);
        } catch (RuntimeException e) {
            Answer.malformed(request);
        }
    }

    /** Takes new certificates, if there are any; the future says whether there were. */
    Future<Boolean> refresh() {
        return server == null || certificates == null ? Future.succeededFuture(false) : certificates.refresh(server);
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

package io.maas.api.server;

import io.maas.Maas;
import io.maas.error.MaasException;
import io.maas.error.Require;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Serves the deployed models of a {@link Maas} by the Open Inference Protocol and its extensions, as JSON and binary data over
 * HTTP/1.1. Without an authenticator it asks nobody who they are, and listens on loopback addresses only.
 *
 * <p>Thread-safe. Who starts it closes it, before the {@link Maas}; the server never closes that.
 */
public final class MaasServer implements AutoCloseable {
    private final Vertx vertx;
    private final URI uri;
    private final Health health;

    private MaasServer(Vertx vertx, URI uri, Health health) {
        this.vertx = vertx;
        this.uri = uri;
        this.health = health;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @return a server that the caller closes
     * @throws IllegalArgumentException if the host is no address, or not a loopback one and nobody is authenticated
     * @throws MaasException if the port is taken or may not be used
     */
    public static MaasServer start(Maas maas, ServerOptions options) {
        InetAddress address = address(options);
        int loops = Runtime.getRuntime().availableProcessors();
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(loops)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        AtomicInteger port = new AtomicInteger();
        Catalog catalog = new Catalog(maas);
        Health health = new Health(catalog);
        List<Route> routes = new ArrayList<>(ReportRoutes.of(maas, catalog).routes());
        routes.addAll(new InferenceRoutes(catalog, health, options.limits()).routes());
        routes.addAll(new RepositoryRoutes(new Repository(maas), options.limits()).routes());
        routes.addAll(new OpenAiRoutes(maas, options.limits()).routes());
        AtomicReference<RouteTable> whole = new AtomicReference<>();
        routes.addAll(new ServerRoutes(whole::get, options).routes());
        RouteTable table = new RouteTable(routes);
        whole.set(table);
        Entrance entrance = new Entrance(vertx, catalog, options);
        try {
            await(vertx.deployVerticle(
                    () -> new Listener(table, entrance, options, address, port),
                    new DeploymentOptions().setInstances(loops)));
        } catch (CompletionException e) {
            await(vertx.close());
            throw new MaasException(
                    "cannot listen on " + address.getHostAddress() + ":" + options.port()
                            + " (expected: a free port that this process may use); choose another one, or 0 for any",
                    e.getCause());
        }
        return new MaasServer(vertx, uri(address, port.get()), health);
    }

    private static InetAddress address(ServerOptions options) {
        String host = options.host();
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "host: " + Require.quote(host) + " (expected: an address of this machine, such as 127.0.0.1)", e);
        }
        Require.that(
                address.isLoopbackAddress() || options.authenticator() != null,
                "host",
                Require.quote(host),
                "a loopback address, such as 127.0.0.1, where nobody is authenticated; give an authenticator to listen"
                        + " for other machines");
        return address;
    }

    private static URI uri(InetAddress address, int port) {
        String literal = address.getHostAddress();
        return URI.create("http://" + (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + port);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    /** The port that it listens on. */
    public int port() {
        return uri.getPort();
    }

    /** The address for clients, such as {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return uri;
    }

    /** Takes no more requests, gives those under way a few seconds, and stops all its threads. Idempotent. */
    @Override
    public void close() {
        health.drain();
        await(vertx.close());
    }
}

package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.job.TrainingJobs;
import io.maas.api.security.ApiKeys;
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
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Serves the deployed models of a {@link Maas} by the Open Inference Protocol: health, metadata and inference as JSON over
 * HTTP, and by gRPC on the same port. Without an authenticator it asks nobody who they are, and listens on loopback addresses only.
 *
 * <p>Thread-safe. Who starts it closes it, before the {@link Maas}; the server never closes that.
 */
public final class MaasServer implements AutoCloseable {
    private static final long TLS_LOOK_MS = 5000;

    private final Vertx vertx;
    private final URI uri;
    private final Health health;
    private final Entrance entrance;

    /** All share one port; what one of them is told holds for all. */
    private final Listener first;

    private final RouteTable table;
    private final Connections connections;

    private MaasServer(
            Vertx vertx,
            URI uri,
            Health health,
            Entrance entrance,
            Listener first,
            RouteTable table,
            Connections connections) {
        this.table = table;
        this.connections = connections;
        this.vertx = vertx;
        this.uri = uri;
        this.health = health;
        this.first = first;
        this.entrance = entrance;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @return a server that the caller closes
     * @throws IllegalArgumentException if the host is no address, or not a loopback one and nobody is authenticated
     * @throws MaasException if the port is taken or may not be used, or another server has the folder of uploads
     */
    public static MaasServer start(Maas maas, ServerOptions options) {
        return start(maas, options, CompletableFuture.completedFuture(null));
    }

    /**
     * {@link #start(Maas, ServerOptions)} while models are still being put into service: it lives and answers at once, and says that it
     * is ready when they are.
     *
     * @param preparation what must have ended well before the server says that it is ready
     */
    public static MaasServer start(Maas maas, ServerOptions options, CompletionStage<?> preparation) {
        InetAddress address = address(options);
        int loops = Runtime.getRuntime().availableProcessors();
        Connections connections = new Connections(options.limits());
        Uploads uploads = ManagementRoutes.uploads(options);
        Vertx vertx = Vertx.builder()
                .withTransport(connections.transport())
                .with(new VertxOptions()
                        .setEventLoopPoolSize(loops)
                        .setWorkerPoolSize(loops)
                        .setFileSystemOptions(new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false)))
                .build();
        AtomicInteger port = new AtomicInteger();
        Catalog catalog = new Catalog(maas);
        Health health = new Health(catalog, preparation);
        RouteTable table = table(vertx, maas, catalog, health, uploads, options);
        Entrance entrance = new Entrance(vertx, catalog, health, options);
        GrpcGate grpc = new GrpcGate(vertx, entrance, catalog, options, methods(maas, catalog, health));
        Queue<Listener> listeners = new ConcurrentLinkedQueue<>();
        try {
            Tls tls = options.guard().tls();
            Certificates certificates = tls == null ? null : new Certificates(vertx, tls);
            await(vertx.deployVerticle(
                    () -> {
                        Listener listener =
                                new Listener(table, entrance, grpc, options, address, port, connections, certificates);
                        listeners.add(listener);
                        return listener;
                    },
                    new DeploymentOptions().setInstances(loops)));
        } catch (MaasException e) {
            await(vertx.close());
            throw e;
        } catch (CompletionException e) {
            await(vertx.close());
            throw new MaasException(
                    "cannot listen on " + address.getHostAddress() + ":" + options.port()
                            + " (expected: a free port that this process may use); choose another one, or 0 for any",
                    e.getCause());
        }
        MaasServer server = new MaasServer(
                vertx,
                uri(options.guard().tls() != null, address, port.get()),
                health,
                entrance,
                listeners.element(),
                table,
                connections);
        if (options.guard().tls() != null) {
            vertx.setPeriodic(TLS_LOOK_MS, timer -> server.first.refresh());
        }
        return server;
    }

    private static RouteTable table(
            Vertx vertx, Maas maas, Catalog catalog, Health health, Uploads uploads, ServerOptions options) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(ReportRoutes.of(maas, catalog).routes());
        routes.addAll(new InferenceRoutes(catalog, health, options.limits()).routes());
        routes.addAll(new RepositoryRoutes(new Repository(maas), options.limits()).routes());
        routes.addAll(new OpenAiRoutes(maas, options.limits()).routes());
        routes.addAll(
                ManagementRoutes.of(maas, vertx, uploads, options.limits()).routes());
        ApiKeys keys = options.guard().keys();
        if (keys != null) {
            routes.addAll(new KeyRoutes(keys).routes());
        }
        TrainingJobs training = options.training();
        if (training != null) {
            routes.addAll(new DataSetRoutes(training.dataSets(), vertx, options.limits()).routes());
            routes.addAll(new JobRoutes(training, health, options.limits()).routes());
        }
        AtomicReference<RouteTable> whole = new AtomicReference<>();
        routes.addAll(new ServerRoutes(whole::get, options).routes());
        RouteTable table = new RouteTable(routes);
        whole.set(table);
        return table;
    }

    private static List<GrpcMethod> methods(Maas maas, Catalog catalog, Health health) {
        List<GrpcMethod> methods = new ArrayList<>();
        methods.addAll(new GrpcRoutes(catalog, health, new ModelReports(maas, Clock.systemUTC())).methods());
        methods.addAll(new GrpcRepository(new Repository(maas)).methods());
        methods.addAll(new GrpcHealth(health).methods());
        return methods;
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

    private static URI uri(boolean tls, InetAddress address, int port) {
        String literal = address.getHostAddress();
        return URI.create(
                (tls ? "https://" : "http://") + (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + port);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    /** All that can be asked of it. */
    RouteTable table() {
        return table;
    }

    /** How many connections are open, of all protocols. */
    int connections() {
        return connections.open();
    }

    /** How many bytes lie in memory of requests that are not there as a whole. */
    long pendingBytes() {
        return entrance.pending().taken();
    }

    /** The port that it listens on. */
    public int port() {
        return uri.getPort();
    }

    /** The address for clients, such as {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return uri;
    }

    /**
     * Looks now whether there are new certificates in the files, as happens every few seconds anyway.
     *
     * @return whether there were, and they hold for connections from now on; false too if they cannot be used, as the log says
     */
    public boolean refreshCertificates() {
        return await(first.refresh());
    }

    /** From now on readiness says no, while requests are answered: whoever spreads them turns elsewhere. To be called before closing. */
    public void drain() {
        health.drain();
    }

    /**
     * Takes no more requests, gives those under way a few seconds, in which probes hear that the server is not ready, and stops all its
     * threads. Idempotent.
     */
    @Override
    public void close() {
        health.close();
        if (!entrance.drain()) {
            // The grace is over: Vert.x would grant it again.
            connections.abort();
        }
        await(vertx.close());
    }
}

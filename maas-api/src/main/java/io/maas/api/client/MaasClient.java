package io.maas.api.client;

import com.google.common.net.HostAndPort;
import io.maas.api.wire.MetadataCodec;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.model.Model;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The models of a server that speaks the Open Inference Protocol, as {@link Model}s.
 *
 * <p>A remote model throws what a local one throws, and {@link MaasException} itself where the network or the server failed.
 * A request to run a model is sent once and never repeated: whether it ran is not known when a connection breaks. All values
 * arrive as they are where the server has the extension for binary data, as this library's has. To others they are sent by gRPC, or as JSON, which
 * cannot express infinities, float16, bfloat16, nor NaN but in float64 inputs, where it is a missing number: these are refused.
 *
 * <p>Thread-safe. Who connects closes; models of a closed client throw {@link IllegalStateException}.
 */
public final class MaasClient implements AutoCloseable {
    private static final Pattern NAME_AND_VERSION = Pattern.compile("(.*):([1-9][0-9]{0,8})");

    private final Transport transport;
    /** For the models and their calls, if the server was given by an address of gRPC. */
    private final @Nullable GrpcTransport grpc;

    private final MetadataCodec codec = new MetadataCodec();

    private MaasClient(Transport transport, @Nullable GrpcTransport grpc) {
        this.transport = transport;
        this.grpc = grpc;
    }

    /**
     * A client of the server at an address such as {@code http://127.0.0.1:8080}. Nothing is sent yet, so the server need not
     * be there yet.
     *
     * <p>By {@code grpc://127.0.0.1:8080}, or {@code grpcs} with TLS, models are called by gRPC. Several servers that all have the same
     * models, as in {@code grpc://one:8080,two:8080}, are taken in turn; one that cannot be reached is left out until it can.
     *
     * @return a client that the caller closes
     */
    public static MaasClient connect(URI server) {
        return connect(List.of(server), ClientOptions.defaults());
    }

    /** As {@link #connect(URI)}, with a key, other authorities and such. */
    public static MaasClient connect(URI server, ClientOptions options) {
        return connect(List.of(server), options);
    }

    /**
     * A client of several servers with the same models, over which requests are spread. A server that fails is left alone until it says
     * that it is ready again; what can safely be asked twice goes to the next one meanwhile.
     *
     * @param servers at least one address such as {@code http://127.0.0.1:8080}; one alone where it begins with {@code grpc}, which names
     *     several itself
     * @return a client that the caller closes
     */
    public static MaasClient connect(List<URI> servers, ClientOptions options) {
        Require.that(!servers.isEmpty(), "servers", servers, "at least one address");
        URI first = servers.get(0);
        if (servers.size() == 1 && ("grpc".equals(first.getScheme()) || "grpcs".equals(first.getScheme()))) {
            return connectGrpc(first, "grpcs".equals(first.getScheme()), options);
        }
        for (URI server : servers) {
            Require.that(
                    ("http".equals(server.getScheme()) || "https".equals(server.getScheme()))
                            && server.getHost() != null,
                    "server",
                    server,
                    "an address such as http://127.0.0.1:8080");
        }
        return new MaasClient(new Transport(servers, options), null);
    }

    /** The published models of the server, which are managed as those of a registry here. */
    public RemoteRegistry registry() {
        return new RemoteRegistry(new Rest(transport));
    }

    /** What the server has in service. */
    public RemoteDeployments deployments() {
        return new RemoteDeployments(new Rest(transport));
    }

    private static MaasClient connectGrpc(URI server, boolean encrypted, ClientOptions options) {
        List<HostAndPort> servers = GrpcAddress.parse(server);
        // The same servers have their other paths on the same ports.
        List<URI> paths = servers.stream()
                .map(each -> URI.create((encrypted ? "https://" : "http://") + each))
                .toList();
        return new MaasClient(new Transport(paths, options), new GrpcTransport(server, servers, encrypted, options));
    }

    /**
     * A model to call.
     *
     * @param name the name, or a name and one of the loaded versions such as {@code digits:2}
     * @throws ModelNotFoundException if the server has no model of that name
     * @throws MaasException if the server cannot be reached
     */
    public Model model(String name) {
        transport.requireOpen();
        Matcher named = NAME_AND_VERSION.matcher(name);
        return named.matches() ? model(named.group(1), Integer.valueOf(named.group(2))) : model(name, null);
    }

    private Model model(String name, @Nullable Integer version) {
        if (grpc != null) {
            GrpcModel model = new GrpcModel(grpc, name, version);
            Transport.join(model.describe());
            return model;
        }
        RemoteModel model = new RemoteModel(transport, codec, name, version);
        Transport.join(model.describe());
        return model;
    }

    /**
     * The names of the models that the server has in service, sorted.
     *
     * @throws MaasException if the server cannot be reached
     */
    public List<String> models() {
        if (grpc != null) {
            return Transport.join(grpc.models());
        }
        return Transport.join(transport.get("/v2/models").thenApply(answer -> {
            transport.requireOk(answer);
            return transport.read(answer, codec::readModels);
        }));
    }

    /** Whether the server can be reached and says that it is ready. */
    public boolean isReady() {
        if (grpc != null) {
            return Transport.join(grpc.isReady());
        }
        return Transport.join(transport.probe("/v2/health/ready").handle((answer, thrown) -> {
            if (thrown == null) {
                return answer.statusCode() == 200 && isReady(answer);
            }
            if (Transport.cause(thrown) instanceof MaasException) {
                return false;
            }
            throw Transport.unchecked(thrown);
        }));
    }

    private boolean isReady(HttpResponse<byte[]> answer) {
        try {
            return codec.readReady(answer.body());
        } catch (InvalidInputException e) {
            return false;
        }
    }

    /** The data sets of a server that takes training jobs. */
    public RemoteDataSets dataSets() {
        return new RemoteDataSets(new Rest(transport));
    }

    /** The training jobs of a server that takes them. */
    public RemoteJobs jobs() {
        return new RemoteJobs(new Rest(transport));
    }

    /**
     * Ends requests under way, streams too, with {@link IllegalStateException}. Idempotent.
     *
     * <p>Before Java 21, connections by HTTP that are idle and the threads that serve them stay until the garbage collector finds the client
     * unused, or {@code jdk.httpclient.keepalive.timeout} has passed, a system property that is 1200 seconds there.
     */
    @Override
    public void close() {
        if (grpc != null) {
            grpc.close();
        }
        transport.close();
    }
}

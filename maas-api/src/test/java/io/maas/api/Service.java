package io.maas.api;

import io.maas.Maas;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.backend.Backends;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.model.Artifact;
import io.maas.serving.DeployOptions;
import java.net.URI;

/** A maas with ONNX Runtime and a scripted engine, and a server in front of it. */
public final class Service implements AutoCloseable {
    private final ScriptedBackend scripted = new ScriptedBackend();
    private final Maas maas;
    private final MaasServer server;

    private Service(ServerOptions options) {
        maas = Maas.open(new MemoryRegistry(), Backends.of(new OnnxRuntimeBackend(), scripted));
        server = MaasServer.start(maas, options);
    }

    public static Service start() {
        return start(ServerOptions.defaults());
    }

    public static Service start(ServerOptions options) {
        return new Service(options);
    }

    /** Publishes a further version and puts it into service. */
    public void serve(String name, Artifact artifact) {
        maas.registry().publish(name, artifact);
        maas.deploy(name);
    }

    /** As {@link #serve}, run by the scripted engine, one request after the other. */
    public ScriptedBackend script(String name, Artifact artifact, int maxQueue) {
        maas.registry().publish(name, artifact);
        maas.deploy(
                name,
                "latest",
                DeployOptions.defaults()
                        .withBackend("scripted")
                        .withInstances(1)
                        .withMaxRows(1)
                        .withMaxQueue(maxQueue));
        return scripted;
    }

    public Maas maas() {
        return maas;
    }

    public MaasServer server() {
        return server;
    }

    public URI uri() {
        return server.uri();
    }

    @Override
    public void close() {
        server.close();
        maas.close();
    }
}

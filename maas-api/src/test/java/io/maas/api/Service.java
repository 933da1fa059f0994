package io.maas.api;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.Maas;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.backend.Backends;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.model.Artifact;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.DeployOptions;
import io.maas.serving.ServingOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** A maas on disk with ONNX Runtime and a scripted engine, and a server in front of it. */
public final class Service implements AutoCloseable {
    private final ScriptedBackend scripted = new ScriptedBackend();
    private final Path folder;
    private final Maas maas;
    private final MaasServer server;

    private Service(Path folder, ServerOptions options, ServingOptions serving) {
        this.folder = folder;
        maas = Maas.open(StoredModelRegistry.open(folder), Backends.of(new OnnxRuntimeBackend(), scripted), serving);
        server = MaasServer.start(maas, options);
    }

    public static Service start() {
        return start(ServerOptions.defaults());
    }

    public static Service start(ServerOptions options) {
        return start(options, ServingOptions.defaults());
    }

    public static Service start(ServerOptions options, ServingOptions serving) {
        try {
            return new Service(Files.createTempDirectory("maas-service"), options, serving);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    /** Where its registry is. */
    public Path folder() {
        return folder;
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
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.maas.backend;

import com.google.common.io.ByteSource;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import java.util.Set;

/** What backends of tests have in common: a name, and nothing that not every engine can do. */
public abstract class PlainBackend implements Backend {
    private final String name;

    protected PlainBackend(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        return compile(OnnxReader.read(onnx), options);
    }

    @Override
    public abstract Program compile(Graph graph, ProgramOptions options);
}

package io.maas.backend.nd4j;

import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.Properties;
import java.util.Set;

/**
 * The engine ND4J on the CPU. Native code is loaded with the first program.
 *
 * <p>Runs the operators of {@link io.maas.graph.Op} on float32, float64, int32, int64 and bool; a graph with anything else is
 * refused when it is compiled. Floating-point work is done by ND4J; integers, which in graphs are indices and sizes, are
 * computed exactly in Java.
 *
 * <p>ND4J keeps its number of threads, and on some platforms its error state, once a process. So one run is under way at a
 * time in the whole process, with the threads that its own {@link ProgramOptions} ask for; {@link
 * ProgramOptions#spinning()} and {@link ProgramOptions#flushDenormals()} mean nothing to ND4J and are ignored.
 *
 * <p>Thread-safe.
 */
public final class Nd4jBackend implements Backend {
    static final String NAME = "nd4j";

    @Override
    public String name() {
        return NAME;
    }

    /** As the engine's jar says, which has no version in its manifest. */
    @Override
    public String version() {
        Properties properties = new Properties();
        try (InputStream stream =
                Nd4jBackend.class.getResourceAsStream("/META-INF/maven/org.nd4j/nd4j-api/pom.properties")) {
            if (stream != null) {
                properties.load(stream);
            }
        } catch (IOException e) {
            return "";
        }
        return properties.getProperty("version", "");
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.CARRIED_STATE);
    }

    @Override
    public Program compile(Graph graph, ProgramOptions options) {
        Graph lowered = Coverage.lower(graph);
        Coverage.check(lowered);
        return Nd4jProgram.open(lowered, new Engine(options.threads()));
    }

    @Override
    public Program load(ByteSource onnx, ProgramOptions options) {
        return compile(OnnxReader.read(onnx), options);
    }
}

package io.maas.backend;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import java.util.Set;

/**
 * An engine that runs graphs. Implementations are found by {@link java.util.ServiceLoader} and have a constructor without
 * parameters that loads no native code yet.
 *
 * <p>Thread-safe. No type of the engine shows in any signature.
 */
public interface Backend {
    /** The name users choose it by, such as {@code onnxruntime}. */
    String name();

    /** The order in which backends are preferred where none is named; the highest wins. */
    int priority();

    Set<Capability> capabilities();

    /**
     * Makes a graph ready to run.
     *
     * @return a program that the caller closes
     * @throws BackendException if the engine refuses the graph or lacks one of its operators
     */
    Program compile(Graph graph, ProgramOptions options);

    /**
     * Makes an ONNX model ready to run, byte for byte as it is where the engine reads ONNX itself.
     *
     * @return a program that the caller closes
     * @throws ArtifactRejectedException if the bytes are not an ONNX model
     * @throws BackendException if the engine refuses the model or lacks one of its operators
     */
    Program load(ByteSource onnx, ProgramOptions options);
}

package io.maas.backend;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import java.nio.file.Path;
import java.util.Map;
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

    /** The version of the engine, such as {@code 1.29.0}; empty if not known. May load native code. */
    default String version() {
        return "";
    }

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
     * Makes a graph ready to run whose sessions all carry the same state, such as a training step. It does what {@link
     * #compile(Graph, ProgramOptions)} does; engines that know what is state can be faster.
     *
     * @param carried what each session is going to be given: for each input that is state, the output that replaces it
     * @return a program that the caller closes
     * @throws BackendException if the engine refuses the graph or lacks one of its operators
     */
    default Program compile(Graph graph, Map<String, String> carried, ProgramOptions options) {
        return compile(graph, options);
    }

    /**
     * Makes an ONNX model ready to run, as it is where the engine reads ONNX itself and computes all of its operators.
     *
     * @return a program that the caller closes
     * @throws ArtifactRejectedException if the bytes are not an ONNX model
     * @throws BackendException if the engine refuses the model or lacks one of its operators
     */
    Program load(ByteSource onnx, ProgramOptions options);

    /**
     * About how many bytes a program of a model takes that is loaded by {@link #load(ByteSource, ProgramOptions)}.
     *
     * @param modelBytes the size of its file
     */
    default long residentBytes(long modelBytes) {
        return modelBytes;
    }

    /**
     * Makes the ONNX model in a file ready to run; its values may lie in other files beside it. The files must not be changed,
     * other than by putting new ones in their place, as long as the program is open.
     *
     * @return a program that the caller closes
     * @throws ArtifactRejectedException if the file is not an ONNX model, or names a file outside its folder
     * @throws BackendException if the engine refuses the model or lacks one of its operators
     * @implSpec compiles the graph of the model. Engines that read ONNX files themselves override it
     */
    default Program load(Path onnx, ProgramOptions options) {
        return compile(OnnxReader.read(onnx), options);
    }
}

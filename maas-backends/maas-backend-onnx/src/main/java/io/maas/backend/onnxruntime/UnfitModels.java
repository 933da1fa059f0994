package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.error.MaasException;
import java.util.regex.Pattern;

/** Tells files that the runtime does not take from failures of the runtime itself, in words that are the model's alone. */
final class UnfitModels {
    /** Which error it is, and which file: whoever sent the model knows it by another name. */
    private static final Pattern BEGINNING =
            Pattern.compile("^Error code - \\S+ - message: |Load model from .*? failed:", Pattern.DOTALL);

    /** Where in its own source the runtime gave up: a file, a line and a function with its parameters. */
    private static final Pattern PLACE = Pattern.compile(
            "\\S+\\.(?:cc|h|cpp):\\d+ [^(\\n]*\\((?:[^()]|\\([^()]*\\))*\\)(?: const)?(?: \\[with [^]]*])?\\s*");

    /** What is left of them if they have another form. */
    private static final Pattern FILE = Pattern.compile("\\S+\\.(?:cc|h|cpp)\\b\\S*");

    private UnfitModels() {}

    /** The exception itself, or in its place that the model is rejected, with the runtime's reason but without places on this machine. */
    static MaasException told(BackendException e) {
        return e.getCause() instanceof OrtException cause && isOfModel(cause)
                ? new ArtifactRejectedException(
                        "the engine " + OnnxRuntimeBackend.NAME + " cannot load the model: "
                                + reason(String.valueOf(cause.getMessage())),
                        e)
                : e;
    }

    private static boolean isOfModel(OrtException e) {
        return switch (e.getCode()) {
            case ORT_INVALID_GRAPH, ORT_INVALID_PROTOBUF, ORT_INVALID_ARGUMENT, ORT_NOT_IMPLEMENTED, ORT_FAIL -> true;
            default -> false;
        };
    }

    static String reason(String message) {
        String folder = Pattern.quote(System.getProperty("java.io.tmpdir"));
        String text = PLACE.matcher(BEGINNING.matcher(message).replaceAll("")).replaceAll("");
        text = FILE.matcher(text).replaceAll("");
        return text.replaceAll(folder + "[^\\s\"']*", "a file").strip();
    }
}

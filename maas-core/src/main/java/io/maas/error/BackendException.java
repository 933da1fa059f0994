package io.maas.error;

import org.jspecify.annotations.Nullable;

/** An engine failed or lacks what a graph needs; carries the engine's name and keeps its own error as the cause. */
public final class BackendException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final String backend;

    public BackendException(String backend, String message) {
        this(backend, message, null);
    }

    public BackendException(String backend, String message, @Nullable Throwable cause) {
        super("backend \"" + backend + "\": " + message, cause);
        this.backend = backend;
    }

    /** The name of the backend, such as {@code onnxruntime}. */
    public String backend() {
        return backend;
    }
}

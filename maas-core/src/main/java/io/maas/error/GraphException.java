package io.maas.error;

import org.jspecify.annotations.Nullable;

/** A graph is malformed, or an operator cannot do what is asked of it; the message names the node. */
public final class GraphException extends MaasException {
    private static final long serialVersionUID = 1L;

    public GraphException(String message) {
        super(message);
    }

    public GraphException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

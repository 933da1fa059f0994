package io.maas.error;

import org.jspecify.annotations.Nullable;

/** Somebody asked for the work to stop before it was done. */
public final class CancelledException extends MaasException {
    private static final long serialVersionUID = 1L;

    public CancelledException(String message) {
        super(message);
    }

    public CancelledException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

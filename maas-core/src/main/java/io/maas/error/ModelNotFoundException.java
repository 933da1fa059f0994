package io.maas.error;

import org.jspecify.annotations.Nullable;

/** No model, version, alias or deployment of that name; the message lists what there is. */
public final class ModelNotFoundException extends MaasException {
    private static final long serialVersionUID = 1L;

    public ModelNotFoundException(String message) {
        super(message);
    }

    public ModelNotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

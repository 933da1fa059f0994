package io.maas.error;

import org.jspecify.annotations.Nullable;

/** No model, version, alias or deployment of that name; the message lists what there is. */
public final class ModelNotFoundException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final String discreet;

    public ModelNotFoundException(String message) {
        this(message, message, null);
    }

    public ModelNotFoundException(String message, @Nullable Throwable cause) {
        this(message, message, cause);
    }

    /**
     * One whose message names models.
     *
     * @param discreet the message without them
     */
    public ModelNotFoundException(String message, String discreet, @Nullable Throwable cause) {
        super(message, cause);
        this.discreet = discreet;
    }

    /** The message without the names of other models, for callers who may not know of them. */
    public String discreet() {
        return discreet;
    }
}

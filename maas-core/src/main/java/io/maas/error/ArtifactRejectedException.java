package io.maas.error;

import org.jspecify.annotations.Nullable;

/** A model file or artifact is damaged, unsafe or not what it claims to be; nothing of it was used. */
public final class ArtifactRejectedException extends MaasException {
    private static final long serialVersionUID = 1L;

    public ArtifactRejectedException(String message) {
        super(message);
    }

    public ArtifactRejectedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

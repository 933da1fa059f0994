package io.maas.error;

import org.jspecify.annotations.Nullable;

/** The registry's storage failed (permission, disk, lock); what was acknowledged before is intact. */
public final class RegistryException extends MaasException {
    private static final long serialVersionUID = 1L;

    public RegistryException(String message) {
        super(message);
    }

    public RegistryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

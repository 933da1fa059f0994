package io.maas.registry;

import java.io.IOException;

/**
 * Another writer came first: nothing was written, and what was about to be written must be thought over from what is there now.
 * Stores throw it, {@link StoredModelRegistry} tries again.
 */
public final class StoreConflictException extends IOException {
    private static final long serialVersionUID = 1L;

    public StoreConflictException(String message) {
        super(message);
    }
}

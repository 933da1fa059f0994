package io.maas.error;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of a training cannot be written or read, or is that of another training. Checkpoints that were written before are
 * intact: make space, mend the disk or choose another folder, and call again.
 */
public final class CheckpointException extends MaasException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

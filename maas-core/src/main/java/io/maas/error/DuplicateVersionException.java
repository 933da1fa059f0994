package io.maas.error;

/** The same content is already published under this name; use {@link #existingVersion()} instead. */
public final class DuplicateVersionException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final int existingVersion;

    public DuplicateVersionException(String message, int existingVersion) {
        super(message);
        this.existingVersion = existingVersion;
    }

    /** The number of the version that holds the same content. */
    public int existingVersion() {
        return existingVersion;
    }
}

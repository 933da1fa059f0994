package io.maas.registry;

import com.google.common.collect.ImmutableList;

/**
 * Something that is not as it should be in a registry's store.
 *
 * @param subject the log or the hash of the blob
 * @param versions those that suffer from it, such as {@code digits:3}
 * @param message what it is, in words
 */
public record Finding(Kind kind, String subject, ImmutableList<String> versions, String message) {
    /** What is wrong. */
    public enum Kind {
        /** A log whose chain does not hold, or which cannot be read: versions may be missing. Only a backup mends that. */
        BROKEN_LOG,
        /** A file or a manifest is not there. */
        MISSING_BLOB,
        /** A file or a manifest has other bytes than its hash says, or cannot be read. */
        DAMAGED_BLOB,
        /** A manifest is whole but is none that we read, perhaps of a newer format. */
        UNREADABLE_MANIFEST,
        /** The trust policy refuses a version. */
        UNTRUSTED_VERSION,
        /** A blob that nothing refers to: left by a version that was deleted, or by a publication that did not end. */
        ORPHAN
    }

    /** For people. */
    @Override
    public String toString() {
        return kind + " " + subject + (versions.isEmpty() ? "" : " of " + String.join(", ", versions)) + ": " + message;
    }
}

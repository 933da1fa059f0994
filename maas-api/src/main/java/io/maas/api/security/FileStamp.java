package io.maas.api.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What tells one state of a file from the next without reading it. A file that was replaced by another one of the same length within the
 * same tick of the disk's clock is another file.
 *
 * <p>Immutable and thread-safe.
 *
 * @param key which file of the disk it is, null where the system does not say
 */
public record FileStamp(
        FileTime modified, long bytes, @Nullable Object key) {
    /** Of a file that is there, by links too; null if it is not, or cannot be looked at. */
    public static @Nullable FileStamp of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return null;
        }
    }
}

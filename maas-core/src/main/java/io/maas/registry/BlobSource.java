package io.maas.registry;

import java.io.IOException;
import java.io.InputStream;

/** Something that may have bytes by their SHA-256, such as another registry. */
@FunctionalInterface
public interface BlobSource {
    /**
     * The bytes, which who asks for them checks.
     *
     * @throws java.nio.file.NoSuchFileException if it does not have them
     */
    InputStream open(String sha256) throws IOException;
}

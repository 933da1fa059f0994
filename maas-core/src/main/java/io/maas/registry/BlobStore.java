package io.maas.registry;

import com.google.common.io.ByteSource;
import io.maas.model.Manifest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Bytes by their SHA-256, which never change. It is apart from {@link RegistryStore} so that logs can be in one place and large
 * files in another one.
 *
 * <p>Whatever collects garbage, a blob that is being published must not be lost between the moment that it is there and the
 * moment that a log refers to it. What the two sides promise each other:
 *
 * <ol>
 *   <li>A publisher puts blobs, or finds them there, through a {@link Staging}; then, in a write section, {@linkplain
 *       Staging#install installs} them, appends the line that refers to them, and closes the staging after the section.
 *   <li>From an install that returned true until the close, {@link #retain} removes none of them, whoever calls it. What was
 *       removed between put and install makes install return false, and all is put again.
 *   <li>{@link #retain} asks which blobs are referred to only after it has seen to the second point.
 * </ol>
 *
 * <p>Where write sections keep all others out and {@link #retain} is called in one, as in a folder with a lock, that is so by
 * itself: install checks that the blobs are there, retain removes what nothing refers to. A lock that can be lost while its holder
 * goes on, as a database's is when the connection breaks, does not keep others out of the blobs.
 *
 * <p>An object store has no such lock. There an install writes a pin, an object that lists the blobs, and then looks for the
 * marks of collections: it waits until those that it finds are gone, and only then checks that every blob is there. A collection
 * writes its mark first, then lists the pins, then asks for the references, then removes what is neither pinned nor referred to,
 * and its mark last. As each side writes before it looks, at least one sees the other. A mark holds for a lease, which a
 * collection renews, or gives up before it ends; pins of processes that died hold for a long grace time. Blobs younger than that
 * are spared as well, and one that is reused should be made young again, so that an install need hardly ever say no.
 *
 * <p>Thread-safe, and safe between processes.
 */
public interface BlobStore {
    /**
     * The bytes of a blob. They are not checked; the caller does that.
     *
     * @throws java.nio.file.NoSuchFileException if it is not there
     */
    InputStream open(String sha256) throws IOException;

    /** Begins to put blobs in; the caller closes it. Many may do so at once. */
    Staging stage() throws IOException;

    /** Which blobs are referred to. */
    @FunctionalInterface
    interface References {
        Set<String> digests() throws IOException;
    }

    /**
     * Removes blobs that nothing refers to, and what dead processes left behind; all, or those only that nobody can be publishing.
     * Called in a write section.
     *
     * @param references asked when no publisher that is not seen otherwise can come in between, at least once
     * @return the number of bytes freed
     */
    long retain(References references) throws IOException;

    /**
     * A blob that is there.
     *
     * @param size its length in bytes, not checked
     */
    record Kept(String sha256, long size) {}

    /** Tells of all blobs that are there, in any order. One that comes or goes meanwhile may be told or not. */
    void list(Consumer<Kept> each) throws IOException;

    /** Where a blob is, for messages, such as its path. */
    String describe(String sha256);

    /** The blobs of one publication. Not thread-safe. */
    interface Staging extends Closeable {
        /**
         * Whether a blob that is there will do. It is one only if its bytes are right as far as the store can tell, so that
         * publishing the same content again heals a damaged one.
         *
         * @return false if it must be put
         */
        boolean reuse(Manifest.FileEntry entry) throws IOException;

        /**
         * Brings a blob in, in place of one of the same hash if there is one. Nobody may see a part of it under its hash, and a
         * reader of a blob that is replaced by the same bytes notices nothing.
         *
         * @param bytes to be read once and in one pass. They are checked while they are read: instead of the last byte the
         *     stream gives an {@code ArtifactRejectedException} if size or hash are others, and then nothing may be put
         */
        void put(Manifest.FileEntry entry, ByteSource bytes) throws IOException;

        /**
         * Makes all that was put or reused durable under its hash, and keeps it until the close. Called in a write section, once
         * more if that is repeated.
         *
         * @return false if one has been removed meanwhile: then all must be put anew, through another staging
         */
        boolean install() throws IOException;

        /** Removes what is left of it that has not been installed. Throws only what must not be passed over. Idempotent. */
        @Override
        void close() throws IOException;
    }
}

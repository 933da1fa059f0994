package io.maas.registry;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Manifest;
import io.maas.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Files addressed by the SHA-256 of their bytes, written once and then only replaced by the same bytes. New ones are first
 * written and synchronised under another name, so that what stands under its own name is whole.
 */
final class Blobs {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int CHUNK = 1 << 20;

    private final Storage storage;
    private final Path folder;
    private final Path temporary;

    Blobs(Storage storage, Path folder, Path temporary) {
        this.storage = storage;
        this.folder = folder;
        this.temporary = temporary;
    }

    /**
     * A blob that is about to get its own name.
     *
     * @param file where its bytes lie for now; null if a whole blob of that name was there already
     */
    record Staged(Manifest.FileEntry entry, @Nullable Path file) {}

    static String requireDigest(String text) {
        Require.that(DIGEST.matcher(text).matches(), "sha256", Require.quote(text), "64 lower-case hex digits");
        return text;
    }

    static String digest(byte[] bytes) {
        return Hashing.sha256().hashBytes(bytes).toString();
    }

    /** The only place where a text becomes a path below the folder. */
    Path path(String sha256) {
        return folder.resolve(requireDigest(sha256).substring(0, 2)).resolve(sha256);
    }

    VerifiedBlob get(Manifest.FileEntry entry) {
        return new VerifiedBlob(path(entry.sha256()), entry.sha256(), entry.size());
    }

    /**
     * Verifies a source and brings it near its place. A blob that is there is kept only if every byte of it is right, so
     * publishing the same content again heals a damaged one.
     *
     * @param what the file's name in messages
     * @param reuse whether a blob that is there already will do; it may be gone again when the lock is held
     * @throws ArtifactRejectedException if the source is not what the entry says
     */
    Staged stage(String what, Manifest.FileEntry entry, ByteSource source, boolean reuse) throws IOException {
        if (reuse && Files.exists(path(entry.sha256())) && get(entry).isWhole()) {
            copy(what, entry, source, null);
            return new Staged(entry, null);
        }
        Path file = temporary.resolve(UUID.randomUUID() + ".part");
        try {
            try (Storage.Output output = storage.open(file)) {
                copy(what, entry, source, output);
                storage.protect(file);
                output.sync();
            }
            return new Staged(entry, file);
        } catch (IOException | RuntimeException e) {
            discard(file, e);
            throw e;
        }
    }

    private static void copy(String what, Manifest.FileEntry entry, ByteSource source, Storage.@Nullable Output output)
            throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        long size = 0;
        byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, entry.size()))];
        try (InputStream in = open(what, source)) {
            for (int n = read(what, in, chunk); n >= 0; n = read(what, in, chunk)) {
                if (output != null) {
                    output.write(ByteBuffer.wrap(chunk, 0, n), size);
                }
                hasher.putBytes(chunk, 0, n);
                size += n;
                // Stops here, because a source that never ends must not fill the disk.
                requireSame(what, "size", size <= entry.size(), "more bytes than " + entry.size());
            }
        }
        requireSame(what, "size", size == entry.size(), size + " bytes instead of " + entry.size());
        requireSame(what, "SHA-256", hasher.hash().toString().equals(entry.sha256()), "other bytes");
    }

    private static void requireSame(String what, String property, boolean same, String found) {
        if (!same) {
            throw new ArtifactRejectedException("file " + Require.quote(what) + " of the artifact has not the "
                    + property + " that its manifest says: found " + found
                    + "; build the artifact again from files that stay the same");
        }
    }

    private static InputStream open(String what, ByteSource source) {
        try {
            return source.openStream();
        } catch (IOException e) {
            throw unreadable(what, e);
        }
    }

    private static int read(String what, InputStream in, byte[] chunk) {
        try {
            return in.read(chunk);
        } catch (IOException e) {
            throw unreadable(what, e);
        }
    }

    private static ArtifactRejectedException unreadable(String what, IOException e) {
        return new ArtifactRejectedException(
                "file " + Require.quote(what) + " of the artifact cannot be read: " + e.getMessage()
                        + "; expected a file that can be read until it is published",
                e);
    }

    /**
     * Gives staged blobs their names, durably. The caller holds the lock from here until something refers to them.
     *
     * @return false if a blob to be reused has been collected meanwhile: everything must be staged again without reuse
     */
    boolean install(List<Staged> all) throws IOException {
        for (Staged staged : all) {
            if (staged.file() == null && !Files.exists(path(staged.entry().sha256()))) {
                return false;
            }
        }
        Set<Path> folders = new LinkedHashSet<>();
        for (Staged staged : all) {
            Path to = path(staged.entry().sha256());
            storage.createDirectory(to.resolveSibling(""));
            if (staged.file() != null) {
                storage.move(staged.file(), to);
            }
            folders.add(to.resolveSibling(""));
        }
        // Also for a reused blob: whoever put it there may have died before this point.
        for (Path changed : folders) {
            storage.syncDirectory(changed);
        }
        storage.syncDirectory(folder);
        return true;
    }

    /** Removes what is left of staged blobs; a failure leaves a file that {@link #collectTemporary} will find. */
    void discard(List<Staged> all) {
        for (Staged staged : all) {
            if (staged.file() != null) {
                discard(staged.file(), null);
            }
        }
    }

    private void discard(Path file, @Nullable Exception cause) {
        try {
            storage.delete(file);
        } catch (IOException e) {
            if (cause != null) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Removes all blobs but those; files whose names are not ours are left alone. Returns the number of bytes freed. */
    long retain(Collection<String> digests) throws IOException {
        long freed = 0;
        for (Path prefix : list(folder)) {
            for (Path blob : Files.isDirectory(prefix) ? list(prefix) : List.<Path>of()) {
                String digest = name(blob);
                if (DIGEST.matcher(digest).matches() && !digests.contains(digest)) {
                    freed += remove(blob);
                }
            }
        }
        return freed;
    }

    /** Removes all temporary files; nobody may be staging. Returns the number of bytes freed. */
    long collectTemporary() throws IOException {
        long freed = 0;
        for (Path file : list(temporary)) {
            if (Files.isRegularFile(file)) {
                freed += remove(file);
            }
        }
        return freed;
    }

    private long remove(Path file) throws IOException {
        long size = Files.size(file);
        storage.delete(file);
        return size;
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return new ArrayList<>(paths.sorted().toList());
        }
    }
}

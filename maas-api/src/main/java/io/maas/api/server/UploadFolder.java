package io.maas.api.server;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.api.wire.Documents;
import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where files lie that are being sent, each with its description beside it: in a folder that outlives the server, or in one that ends with
 * it. Names on disk are made here: nothing that somebody sends ever becomes a path.
 *
 * <p>For one thread at a time.
 */
final class UploadFolder {
    private static final Logger LOG = LoggerFactory.getLogger(UploadFolder.class);
    private static final String DESCRIPTION = ".json";
    private static final String NEXT = ".next";
    private static final String LOCK = "lock";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Storage storage = Storage.disk();
    private final @Nullable FileChannel lock;
    private @Nullable Path folder;
    private boolean closed;

    /**
     * What is kept of an upload beside its file.
     *
     * @param version what has become of it, null as long as it is not published
     */
    record Kept(
            String id,
            String owner,
            String model,
            NewUpload wanted,
            @Nullable Integer version) {}

    private UploadFolder(@Nullable Path folder, @Nullable FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Opens a folder, which is made if it is not there.
     *
     * @param folder null for one that is made when it is needed and ends with the server
     * @throws MaasException if it cannot be used, or another server has it
     */
    static UploadFolder open(@Nullable Path folder) {
        if (folder == null) {
            return new UploadFolder(null, null);
        }
        Path whole = folder.toAbsolutePath().normalize();
        try {
            Storage.disk().createDirectories(whole);
            return new UploadFolder(whole, locked(whole));
        } catch (IOException e) {
            throw new MaasException(
                    "folder of uploads " + folder + " cannot be used: " + e.getMessage()
                            + " (expected: one that can be written to)",
                    e);
        }
    }

    private static FileChannel locked(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            held = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // By another server of this process.
        } finally {
            if (!held) {
                channel.close();
            }
        }
        if (!held) {
            throw new MaasException("folder of uploads " + folder
                    + ": in use (expected: one that no other server has); close the other, or choose another");
        }
        return channel;
    }

    private Path folder() throws IOException {
        if (closed) {
            throw new IOException("the server is closed");
        }
        Path known = folder;
        if (known == null) {
            known = Files.createTempDirectory("maas-uploads");
            folder = known;
        }
        return known;
    }

    /** Makes an empty file for an upload, with its description; neither is there if that fails. */
    Path create(Kept kept) throws IOException {
        Path file = folder().resolve(kept.id());
        Files.createFile(file);
        try {
            save(kept);
            return file;
        } catch (IOException e) {
            delete(kept.id());
            throw e;
        }
    }

    /** Writes the description of an upload in place of the one before it. */
    void save(Kept kept) throws IOException {
        if (lock == null) {
            return; // Nobody would ever read it.
        }
        Path next = folder().resolve(kept.id() + NEXT);
        try (Storage.Output output = storage.open(next)) {
            output.write(ByteBuffer.wrap(Documents.write(kept)), 0);
            output.sync();
        } catch (IOException e) {
            Files.deleteIfExists(next);
            throw e;
        }
        storage.move(next, folder().resolve(kept.id() + DESCRIPTION));
        storage.syncDirectory(folder());
    }

    void delete(String id) throws IOException {
        // Without its description a file is none.
        Files.deleteIfExists(folder().resolve(id + DESCRIPTION));
        Files.deleteIfExists(folder().resolve(id));
    }

    Path file(String id) throws IOException {
        return folder().resolve(id);
    }

    /** When something of an upload came last. */
    Instant touched(Kept kept) throws IOException {
        String name = kept.version() == null ? kept.id() : kept.id() + DESCRIPTION;
        return Files.getLastModifiedTime(folder().resolve(name)).toInstant();
    }

    /** What a server before left; what is no upload is removed. */
    List<Kept> load() {
        List<Kept> all = new ArrayList<>();
        if (lock == null) {
            return all;
        }
        try {
            for (Path file : files()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(DESCRIPTION)) {
                    Kept kept = read(file, name.substring(0, name.length() - DESCRIPTION.length()));
                    if (kept != null) {
                        all.add(kept);
                    }
                }
            }
            for (Path file : files()) {
                String name = String.valueOf(file.getFileName());
                boolean isKnown = name.equals(LOCK)
                        || all.stream()
                                .anyMatch(kept -> name.equals(kept.id()) || name.equals(kept.id() + DESCRIPTION));
                if (!isKnown && isOurs(name)) {
                    Files.deleteIfExists(file);
                }
            }
            return all;
        } catch (IOException e) {
            throw new MaasException("folder of uploads " + folder + " cannot be read", e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> list = Files.list(folder())) {
            return list.sorted().toList();
        }
    }

    /** Somebody else's files stay where they are. */
    private static boolean isOurs(String name) {
        int end = name.indexOf('.');
        return ID.matcher(end < 0 ? name : name.substring(0, end)).matches();
    }

    private @Nullable Kept read(Path file, String id) throws IOException {
        try {
            Kept kept = Documents.read(Files.readAllBytes(file), Kept.class);
            boolean isWhole = kept.version() != null || Files.isRegularFile(file(id));
            return kept.id().equals(id) && ID.matcher(id).matches() && isWhole ? kept : null;
        } catch (InvalidInputException e) {
            LOG.warn("an upload is given up, as its description is damaged: {}", file, e);
            return null;
        }
    }

    /** Ends the folder, or leaves what is in it for the next server. Idempotent. */
    void close() throws IOException {
        closed = true;
        if (lock != null) {
            lock.close();
        } else if (folder != null) {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
            folder = null;
        }
    }
}

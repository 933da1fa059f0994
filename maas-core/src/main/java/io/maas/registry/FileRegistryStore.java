package io.maas.registry;

import io.maas.error.RegistryException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registry's bytes in a folder: {@code models/<name>/log.jsonl} says what happened to a model, {@code blobs} holds all files
 * under their SHA-256. The folder may be copied as a whole while nobody writes.
 *
 * <p>Thread-safe; any number of instances and processes of one machine may use the same folder at once. Readers never wait.
 * Writers wait for each other at most half a minute, then throw {@link RegistryException}; copying a large file in does not
 * keep others waiting. There is nothing to close.
 */
public final class FileRegistryStore implements RegistryStore {
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    private final StoreFolder folder;
    private final Storage storage;
    private final StoreLock lock;
    private final Duration lockWait;
    private final FileBlobs blobs;

    private FileRegistryStore(StoreFolder folder, Storage storage, Duration lockWait) {
        this.folder = folder;
        this.storage = storage;
        this.lock = StoreLock.of(folder.lock());
        this.lockWait = lockWait;
        this.blobs = new FileBlobs(storage, folder, lock, lockWait);
    }

    /**
     * Opens the store in a folder, or makes one if the folder is empty or missing.
     *
     * @throws RegistryException if the folder holds something else, is of a newer format or cannot be used
     */
    public static FileRegistryStore open(Path root) {
        return open(root, Storage.disk(), LOCK_WAIT);
    }

    /**
     * Opens the folder that holds the files of a registry whose logs are elsewhere, or makes one if the folder is empty or missing;
     * only its blobs and its write sections are of use. {@link #open(Path)} refuses it, and so does every other owner: seen from
     * there nothing refers to its files, so that a collection would remove all of them.
     *
     * @param owner what tells that registry from all others
     * @throws RegistryException if the folder holds something else, is of a newer format or cannot be used
     */
    public static FileRegistryStore openFiles(Path root, String owner) {
        return open(root, owner, Storage.disk(), LOCK_WAIT);
    }

    static FileRegistryStore open(Path root, Storage storage, Duration lockWait) {
        return open(root, null, storage, lockWait);
    }

    private static FileRegistryStore open(Path root, @Nullable String owner, Storage storage, Duration lockWait) {
        return StoreAccess.io(
                root.toString(),
                "open the registry",
                () -> new FileRegistryStore(StoreFolder.open(root, owner, storage, lockWait), storage, lockWait));
    }

    private FileLog log(LogName name) {
        return new FileLog(storage, name, folder);
    }

    @Override
    public List<String> names(LogName.Kind kind) throws IOException {
        Path logs = folder.logs(kind);
        return Files.isDirectory(logs)
                ? StoreFolder.list(logs).stream().map(StoreFolder::name).toList()
                : List.of();
    }

    @Override
    public Head head(LogName log) throws IOException {
        return log(log).head();
    }

    @Override
    public byte[] read(LogName log, Head from, Head to) throws IOException {
        return log(log).read(from.bytes(), to.bytes());
    }

    @Override
    public void append(LogName log, Head expected, byte[] line) throws IOException {
        log(log).append(expected, line);
    }

    @Override
    public void sync(LogName log) throws IOException {
        log(log).sync();
    }

    @Override
    public <T> T write(Body<T> body) throws IOException {
        return lock.write(lockWait, body);
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    /** The folder's real path. */
    @Override
    public String describe() {
        return folder.root().toString();
    }

    @Override
    public void close() {}
}

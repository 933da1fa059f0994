package io.maas.registry;

import com.google.common.io.ByteSource;
import io.maas.model.Manifest;
import io.maas.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Files under their hashes. New ones are first written and synchronised under another name, so that what stands under its own
 * name is whole. Nothing is collected while it is being published because both install and retain are called by writers that
 * keep each other out.
 */
final class FileBlobs implements BlobStore {
    private static final int CHUNK = 1 << 20;
    /** From here on to hash a file and to get it onto the disk are long enough to be done at once. */
    private static final long LARGE = 24L * CHUNK;

    private final Storage storage;
    private final StoreFolder folder;
    private final StoreLock lock;
    private final Duration lockWait;

    FileBlobs(Storage storage, StoreFolder folder, StoreLock lock, Duration lockWait) {
        this.storage = storage;
        this.folder = folder;
        this.lock = lock;
        this.lockWait = lockWait;
    }

    /** The only place where a text becomes a path below the folder. */
    private Path path(String sha256) {
        return folder.blobs().resolve(Digests.require(sha256).substring(0, 2)).resolve(sha256);
    }

    @Override
    public String describe(String sha256) {
        return path(sha256).toString();
    }

    @Override
    public InputStream open(String sha256) throws IOException {
        return Files.newInputStream(path(sha256));
    }

    @Override
    public Staging stage() throws IOException {
        return new FileStaging(lock.stage(lockWait));
    }

    /** Files in the temporary folder, until they get their own names. */
    private final class FileStaging implements Staging {
        private final StoreLock.Hold hold;

        /** Where the bytes of each blob lie for now; empty if they have their own name. */
        private final Map<String, Optional<Path>> staged = new LinkedHashMap<>();

        private boolean closed;

        FileStaging(StoreLock.Hold hold) {
            this.hold = hold;
        }

        @Override
        public boolean reuse(Manifest.FileEntry entry) throws IOException {
            boolean whole = Files.exists(path(entry.sha256())) && new VerifiedBlob(FileBlobs.this, entry).isWhole();
            if (whole) {
                staged.putIfAbsent(entry.sha256(), Optional.empty());
            }
            return whole;
        }

        @Override
        public void put(Manifest.FileEntry entry, ByteSource bytes) throws IOException {
            Path file = folder.temporary().resolve(UUID.randomUUID() + ".part");
            Optional<Path> before = staged.put(entry.sha256(), Optional.of(file));
            if (before != null && before.isPresent()) {
                storage.delete(before.get());
            }
            try (InputStream in = bytes.openStream();
                    Storage.Output output = storage.open(file)) {
                byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, entry.size()))];
                if (entry.size() < LARGE) {
                    copy(in, output, chunk, size -> {});
                } else {
                    try (SyncBehind behind = new SyncBehind(output)) {
                        copy(in, output, chunk, behind::written);
                        behind.await();
                    }
                }
                storage.protect(file);
                output.sync();
            }
        }

        private interface Progress {
            void written(long size) throws IOException;
        }

        private static void copy(InputStream in, Storage.Output output, byte[] chunk, Progress progress)
                throws IOException {
            long size = 0;
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                output.write(ByteBuffer.wrap(chunk, 0, n), size);
                size += n;
                progress.written(size);
            }
        }

        @Override
        public boolean install() throws IOException {
            for (Map.Entry<String, Optional<Path>> blob : staged.entrySet()) {
                if (blob.getValue().isEmpty() && !Files.exists(path(blob.getKey()))) {
                    return false;
                }
            }
            Set<Path> folders = new LinkedHashSet<>();
            for (Map.Entry<String, Optional<Path>> blob : staged.entrySet()) {
                Path to = path(blob.getKey());
                storage.createDirectory(to.resolveSibling(""));
                if (blob.getValue().isPresent()) {
                    storage.move(blob.getValue().get(), to);
                    blob.setValue(Optional.empty());
                }
                folders.add(to.resolveSibling(""));
            }
            // Also for a reused blob: whoever put it there may have died before this point.
            for (Path changed : folders) {
                storage.syncDirectory(changed);
            }
            storage.syncDirectory(folder.blobs());
            return true;
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try {
                staged.values().forEach(file -> file.ifPresent(this::discard));
            } finally {
                hold.close();
            }
        }

        /** A failure leaves a file that the next collection will find. */
        private void discard(Path file) {
            try {
                storage.delete(file);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public long retain(References references) throws IOException {
        Set<String> used = references.digests();
        Long temporary = lock.unlessStaging(this::collectTemporary);
        long freed = temporary == null ? 0 : temporary;
        for (Path blob : files()) {
            if (!used.contains(StoreFolder.name(blob))) {
                freed += remove(blob);
            }
        }
        return freed;
    }

    @Override
    public void list(Consumer<Kept> each) throws IOException {
        for (Path blob : files()) {
            kept(blob).ifPresent(each);
        }
    }

    /** Empty if it was collected meanwhile. */
    private static Optional<Kept> kept(Path blob) throws IOException {
        try {
            return Optional.of(new Kept(StoreFolder.name(blob), Files.size(blob)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Files whose names are not ours are left out. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path prefix : StoreFolder.list(folder.blobs())) {
            for (Path blob : Files.isDirectory(prefix) ? StoreFolder.list(prefix) : List.<Path>of()) {
                if (Digests.isDigest(StoreFolder.name(blob))) {
                    files.add(blob);
                }
            }
        }
        return files;
    }

    /** Nobody may be staging. */
    private long collectTemporary() throws IOException {
        long freed = 0;
        for (Path file : StoreFolder.list(folder.temporary())) {
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
}

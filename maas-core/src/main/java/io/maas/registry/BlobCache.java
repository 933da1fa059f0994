package io.maas.registry;

import com.google.common.io.ByteStreams;
import io.maas.error.RegistryException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of blobs by their SHA-256, bounded in bytes, shared by the processes of a machine. A blob comes in under another name
 * and gets its own at one stroke; while many do so, a lock that they share says that their files are not those of dead processes.
 * Only to make room and to give a name is there a lock for one alone.
 *
 * <p>Nothing is synchronised to the disk: whatever a power cut leaves is checked before it is given out. What goes wrong with the
 * folder is logged, and the blob is read without it.
 *
 * <p>Thread-safe.
 */
final class BlobCache {
    private static final Logger LOG = LoggerFactory.getLogger(BlobCache.class);
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);
    private static final int CHUNK = 1 << 16;

    private final Path blobs;
    private final Path temporary;
    private final StoreLock lock;
    private final long maxBytes;
    private final Clock clock;

    private BlobCache(Path root, long maxBytes, Clock clock) {
        this.blobs = root.resolve("blobs");
        this.temporary = root.resolve("tmp");
        this.lock = StoreLock.of(root.resolve("lock"));
        this.maxBytes = maxBytes;
        this.clock = clock;
    }

    static BlobCache open(Path folder, long maxBytes, Clock clock) throws IOException {
        Files.createDirectories(folder);
        BlobCache cache = new BlobCache(folder.toRealPath(), maxBytes, clock);
        Files.createDirectories(cache.blobs);
        Files.createDirectories(cache.temporary);
        cache.lock.unlessStaging(() -> {
            for (Path file : StoreFolder.list(cache.temporary)) {
                Files.deleteIfExists(file);
            }
            return true;
        });
        cache.lock.write(LOCK_WAIT, () -> cache.makeRoom(0));
        return cache;
    }

    private Path path(String sha256) {
        return blobs.resolve(Digests.require(sha256));
    }

    /** A blob that is there and whole; null if there is none. */
    @Nullable
    InputStream find(String sha256) {
        Path file = path(sha256);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            if (isWhole(channel, sha256)) {
                touch(file);
                // What was checked is what is read, even if it loses its name in between.
                return Channels.newInputStream(channel);
            }
            channel.close();
            Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            LOG.warn("{} cannot be used and is fetched again: {}", file, e.toString());
        }
        return null;
    }

    private static boolean isWhole(FileChannel channel, String sha256) throws IOException {
        try {
            MessageDigest digest = Digests.begin();
            InputStream in = Channels.newInputStream(channel);
            byte[] chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
            }
            channel.position(0);
            return Digests.end(digest).equals(sha256);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Another process may have removed it, which is no matter. */
    private void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
        } catch (IOException e) {
            LOG.debug("{} stays as old as it was: {}", file, e.toString());
        }
    }

    /**
     * Reads a blob to its end and keeps it.
     *
     * @param source is closed, or read on by what is returned
     * @return the same bytes, of a file that nobody else can change
     * @throws IOException if the source cannot be read
     */
    InputStream keep(String sha256, InputStream source) throws IOException {
        StoreLock.Hold staging;
        try {
            staging = lock.stage(LOCK_WAIT);
        } catch (IOException | RegistryException e) {
            LOG.warn("{} cannot be kept in {}: {}", sha256, blobs, e.toString());
            return source;
        }
        Path part = temporary.resolve(UUID.randomUUID() + ".part");
        try (staging) {
            return keep(sha256, source, part);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(part);
            source.close();
            throw e;
        }
    }

    private InputStream keep(String sha256, InputStream source, Path part) throws IOException {
        OutputStream out = create(part);
        if (out == null) {
            return source;
        }
        MessageDigest digest = Digests.begin();
        byte[] chunk = new byte[CHUNK];
        long count = 0;
        int n;
        try (out) {
            n = source.read(chunk);
            while (n >= 0 && count + n <= maxBytes && write(out, chunk, n)) {
                digest.update(chunk, 0, n);
                count += n;
                n = source.read(chunk);
            }
        }
        if (n >= 0) {
            return new SequenceInputStream(Collections.enumeration(
                    List.of(openOnce(part, count), new ByteArrayInputStream(chunk, 0, n), source)));
        }
        source.close();
        if (!Digests.end(digest).equals(sha256)) {
            return openOnce(part, count); // Whoever reads it finds out that it is damaged.
        }
        InputStream whole = Files.newInputStream(part);
        name(part, path(sha256), count);
        return whole;
    }

    private static @Nullable OutputStream create(Path part) {
        try {
            return Files.newOutputStream(part, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            LOG.warn("{} cannot be made; its file is read without it: {}", part, e.toString());
            return null;
        }
    }

    private static boolean write(OutputStream out, byte[] chunk, int n) {
        try {
            out.write(chunk, 0, n);
            return true;
        } catch (IOException e) {
            LOG.warn("a file that is being fetched cannot be kept: {}", e.toString());
            return false;
        }
    }

    /** So much of a file that nobody else needs any more. */
    private static InputStream openOnce(Path part, long count) throws IOException {
        return ByteStreams.limit(Files.newInputStream(part, StandardOpenOption.DELETE_ON_CLOSE), count);
    }

    /** A file that stays without its name goes with the next ones. */
    private void name(Path part, Path file, long size) {
        try {
            touch(part);
            lock.write(LOCK_WAIT, () -> {
                makeRoom(size);
                return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            });
        } catch (IOException | RegistryException e) {
            LOG.warn("{} cannot be kept: {}", file, e.toString());
        }
    }

    private record Kept(Path file, long size, FileTime read) {}

    /** Removes what was not read for longest, until so many bytes fit. */
    private boolean makeRoom(long bytes) throws IOException {
        List<Kept> all = new ArrayList<>();
        for (Path file : StoreFolder.list(blobs)) {
            if (Digests.isDigest(StoreFolder.name(file))) {
                all.add(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
            }
        }
        all.sort(Comparator.comparing(Kept::read));
        long total = all.stream().mapToLong(Kept::size).sum();
        for (Kept oldest : all) {
            if (total + bytes <= maxBytes) {
                break;
            }
            Files.deleteIfExists(oldest.file());
            total -= oldest.size();
        }
        return total + bytes <= maxBytes;
    }
}

package io.maas.training.search;

import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a search has found out, in a file of JSON lines: the first says which search it is, each further one that a trial has
 * come to the end of a rung. A line is on the disk before the search goes on; one that was torn off by a crash is cut away.
 *
 * <p>Not thread-safe. Whoever opens it closes it; the file is locked in between.
 */
final class TrialLog implements AutoCloseable {
    private static final String FILE = "search.jsonl";
    private static final String LOCK = "search.lock";

    private final Path file;
    private final FileChannel lock;
    private final Storage.Output output;
    private final List<Entry> entries = new ArrayList<>();
    private long length;

    private TrialLog(Path file, FileChannel lock, Storage storage) throws IOException {
        this.file = file;
        this.lock = lock;
        try {
            this.output = storage.open(file);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Opens the log of a folder, which is created if it is not there.
     *
     * @param identity by what the search is known again
     * @throws IllegalArgumentException if the folder holds another search; the message says what differs
     * @throws IllegalStateException if another search has it open
     * @throws MaasException if a line is damaged
     * @throws UncheckedIOException if it cannot be read or written
     */
    static TrialLog open(Path folder, Map<String, String> identity, Storage storage) {
        Path file = folder.resolve(FILE);
        try {
            storage.createDirectories(folder);
            TrialLog log = new TrialLog(file, lock(folder), storage);
            try {
                log.read(identity);
                storage.syncDirectory(folder);
            } catch (RuntimeException | IOException | Error e) {
                log.close();
                throw e;
            }
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException("search log " + file + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** A file of its own: some systems free the lock of a file when anybody in the process closes it. */
    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IllegalStateException("search folder " + folder
                    + ": in use by another search (expected: one at a time); wait for it or use another folder");
        }
        return channel;
    }

    private void read(Map<String, String> identity) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int number = 0;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] == '\n') {
                read(++number, Arrays.copyOfRange(bytes, (int) length, end), identity);
                length = end + 1L;
            }
        }
        output.truncate(length);
        if (number == 0) {
            write(TrialJson.header(identity));
        }
    }

    private void read(int number, byte[] line, Map<String, String> identity) {
        Map<String, String> begun = Map.of();
        try {
            if (number > 1) {
                entries.add(TrialJson.entry(line));
                return;
            }
            begun = TrialJson.identity(line);
        } catch (IOException | RuntimeException e) {
            throw new MaasException(
                    "search log " + file + ", line " + number + " is damaged: " + e.getMessage()
                            + "; remove the line, or use another folder",
                    e);
        }
        requireSame(identity, begun);
    }

    private void requireSame(Map<String, String> given, Map<String, String> begun) {
        Set<String> names = new TreeSet<>(given.keySet());
        names.addAll(begun.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            String now = given.getOrDefault(name, "nothing");
            String then = begun.getOrDefault(name, "nothing");
            if (!now.equals(then)) {
                differences.add(name + ": " + now + " (begun with: " + then + ")");
            }
        }
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException("search log " + file + " is of another search: "
                    + String.join("; ", differences) + "; search as it was begun, or use another folder");
        }
    }

    /** What was found out before, oldest first. */
    List<Entry> entries() {
        return entries;
    }

    /**
     * Adds a line.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    void append(Entry entry) {
        try {
            write(TrialJson.line(entry));
        } catch (IOException e) {
            throw new UncheckedIOException("search log " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void write(byte[] line) throws IOException {
        byte[] ended = Arrays.copyOf(line, line.length + 1);
        ended[line.length] = '\n';
        output.write(ByteBuffer.wrap(ended), length);
        output.sync();
        length += ended.length;
    }

    /** Lets others search in the folder. Idempotent. */
    @Override
    public void close() {
        try (lock) {
            output.close();
        } catch (IOException e) {
            throw new UncheckedIOException("search log " + file + " cannot be closed: " + e.getMessage(), e);
        }
    }
}

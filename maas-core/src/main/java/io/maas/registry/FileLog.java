package io.maas.registry;

import com.google.common.primitives.Bytes;
import io.maas.error.Require;
import io.maas.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One log in a folder of its own: its lines, {@code log.jsonl}, and its {@link Head}, {@code head.json}.
 *
 * <p>Thread-safe for readers: what a head covers never changes again. A writer holds the registry's lock.
 */
final class FileLog {
    /** Far above any head, far below any harm. */
    private static final int MAX_HEAD = 4096;

    private final Storage storage;
    private final String model;
    private final StoreFolder root;
    private final Path folder;
    private final Path log;
    private final Path head;

    FileLog(Storage storage, LogName name, StoreFolder root) {
        this.storage = storage;
        this.model = name.model();
        this.root = root;
        this.folder = root.log(name);
        this.log = folder.resolve("log.jsonl");
        this.head = folder.resolve("head.json");
    }

    Head head() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(head)) {
            bytes = in.readNBytes(MAX_HEAD);
        } catch (NoSuchFileException e) {
            // A log is made head first.
            Require.that(!Files.exists(log) || Files.exists(head), "head.json", "missing", "to be beside log.jsonl");
            return Head.empty(model);
        }
        Head read = Head.parse(bytes);
        // Another model's, if the file system takes another spelling of a name for the same folder.
        boolean other = !read.model().equals(model)
                && !StoreFolder.name(folder.toRealPath()).equals(model);
        return other ? Head.empty(model) : read;
    }

    byte[] read(long from, long to) throws IOException {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            channel.position(from);
            return Channels.newInputStream(channel).readNBytes(Math.toIntExact(to - from));
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    /**
     * Adds a line with three synchronisations, and a few more if it is the first one. None can be left out: the line must be
     * on the disk before a head that names it, or a power cut leaves a head of nothing; the new head must be before it gets its
     * name, or the name may lead to an empty file; and the name must be before the change is acknowledged, or the old head may
     * come back. A single log whose last whole line counts would do with one, but could not tell a damaged last line from one
     * that was half-written.
     */
    void append(Head expected, byte[] line) throws IOException {
        Head found = head();
        if (!found.equals(expected)) {
            throw new StoreConflictException(
                    folder + ": found line " + found.sequence() + ", expected " + expected.sequence());
        }
        if (expected.sequence() == 0) {
            create(expected);
        }
        try (Storage.Output output = storage.open(log)) {
            output.truncate(expected.bytes());
            output.write(ByteBuffer.wrap(Bytes.concat(line, new byte[] {'\n'})), expected.bytes());
            output.sync();
        }
        if (expected.sequence() == 0) {
            storage.syncDirectory(folder);
        }
        root.replace(storage, expected.after(line).toJson(), head);
    }

    /** Repeats what a dead process may have begun: each step is harmless when it was done before. */
    private void create(Head empty) throws IOException {
        storage.createDirectory(folder.resolveSibling(""));
        storage.createDirectory(folder);
        root.replace(storage, empty.toJson(), head);
        storage.syncDirectory(folder.resolveSibling(""));
        storage.syncDirectory(root.root());
    }

    void sync() throws IOException {
        if (Files.exists(head)) {
            storage.syncDirectory(folder);
        }
    }
}

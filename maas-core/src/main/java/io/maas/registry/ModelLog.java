package io.maas.registry;

import com.google.common.primitives.Bytes;
import io.maas.error.RegistryException;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The log of one model, {@code log.jsonl}, and its {@link Head}, {@code head.json}. Each line holds the SHA-256 of the line
 * before it and the head that of the last, so a changed byte anywhere is seen.
 *
 * <p>Thread-safe for readers: what a head covers never changes again. A writer holds the registry's lock.
 */
final class ModelLog {
    /** Far above any head, far below any harm. */
    private static final int MAX_HEAD = 4096;

    private final Storage storage;
    private final String model;
    private final Path folder;
    private final Path log;
    private final Path head;
    private final Path temporary;

    ModelLog(Storage storage, String model, Path folder, Path temporary) {
        this.storage = storage;
        this.model = model;
        this.folder = folder;
        this.log = folder.resolve("log.jsonl");
        this.head = folder.resolve("head.json");
        this.temporary = temporary;
    }

    /**
     * The state now.
     *
     * @param known a state seen before, from which only the rest of the log is read
     * @throws RegistryException if the log is damaged
     */
    ModelState read(ModelState known) throws IOException {
        Head now = readHead();
        if (now == null) {
            return ModelState.empty(model);
        }
        if (now.equals(known.head())) {
            return known;
        }
        if (now.bytes() > known.head().bytes()) {
            try {
                return read(known, now);
            } catch (RegistryException e) {
                // Perhaps not damaged but another one, restored from a backup while this process ran: read all of it.
                return read(ModelState.empty(model), now);
            }
        }
        return read(ModelState.empty(model), now);
    }

    private ModelState read(ModelState base, Head now) throws IOException {
        List<LogEntry> entries = verify(base.head(), now);
        try {
            return base.after(entries, now);
        } catch (IllegalArgumentException e) {
            throw damaged(log, String.valueOf(e.getMessage()), e);
        }
    }

    private @Nullable Head readHead() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(head)) {
            bytes = in.readNBytes(MAX_HEAD);
        } catch (NoSuchFileException e) {
            // A model is made head first.
            if (Files.exists(log) && !Files.exists(head)) {
                throw damaged(head, "it is missing", null);
            }
            return null;
        }
        try {
            Head read = Head.parse(bytes);
            if (!read.model().equals(model)) {
                // Not damaged if the file system takes another spelling of a name for the same folder.
                Require.that(
                        !Blobs.name(folder.toRealPath()).equals(model), "model", Require.quote(read.model()), model);
                return null;
            }
            return read;
        } catch (IllegalArgumentException e) {
            throw damaged(head, String.valueOf(e.getMessage()), e);
        }
    }

    private List<LogEntry> verify(Head from, Head to) throws IOException {
        byte[] bytes = readLog(from.bytes(), to.bytes());
        List<LogEntry> entries = new ArrayList<>();
        Head at = from;
        for (int start = 0; start < bytes.length; start = (int) (at.bytes() - from.bytes())) {
            byte[] line = Arrays.copyOfRange(bytes, start, lineEnd(bytes, start, at.sequence() + 1));
            entries.add(parse(line, at));
            at = at.after(line);
        }
        if (!at.equals(to)) {
            throw damaged(log, "line " + at.sequence() + " is not the one that " + head.getFileName() + " names", null);
        }
        return entries;
    }

    private int lineEnd(byte[] bytes, int start, long number) {
        for (int i = start; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        throw damaged(log, "line " + number + " does not end", null);
    }

    private LogEntry parse(byte[] line, Head before) {
        long number = before.sequence() + 1;
        try {
            LogEntry entry = LogEntry.parse(line);
            Require.that(entry.sequence() == number, "seq", entry.sequence(), String.valueOf(number));
            Require.that(entry.previous().equals(before.digest()), "previous", entry.previous(), before.digest());
            return entry;
        } catch (IllegalArgumentException e) {
            throw damaged(log, "line " + number + ": " + e.getMessage(), e);
        }
    }

    private byte[] readLog(long from, long to) throws IOException {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            if (channel.size() < to) {
                throw damaged(log, "it has " + channel.size() + " bytes instead of " + to, null);
            }
            channel.position(from);
            byte[] bytes = Channels.newInputStream(channel).readNBytes(Math.toIntExact(to - from));
            if (bytes.length < to - from) {
                throw damaged(log, "it ends early", null);
            }
            return bytes;
        } catch (NoSuchFileException e) {
            if (to == 0) {
                return new byte[0];
            }
            throw damaged(log, "it is missing", e);
        }
    }

    private RegistryException damaged(Path file, String how, @Nullable Throwable cause) {
        return new RegistryException(
                "registry file " + file + " of model " + model + " is damaged: " + how + "; restore the folder "
                        + folder + " from a backup",
                cause);
    }

    /**
     * Adds an entry durably.
     *
     * @param state the state now, read under the lock
     * @return the state after it
     */
    ModelState append(ModelState state, Instant at, LogEntry.Event event, int version, String subject)
            throws IOException {
        Head old = state.head();
        LogEntry entry = new LogEntry(old.sequence() + 1, at, event, version, subject, old.digest());
        byte[] line = entry.toJson();
        Head next = old.after(line);
        ModelState after = state.after(List.of(entry), next);
        if (old.sequence() == 0) {
            create(old);
        }
        try (Storage.Output output = storage.open(log)) {
            output.truncate(old.bytes());
            output.write(ByteBuffer.wrap(Bytes.concat(line, new byte[] {'\n'})), old.bytes());
            output.sync();
        }
        if (old.sequence() == 0) {
            storage.syncDirectory(folder);
        }
        replaceHead(next);
        return after;
    }

    /** Repeats what a dead process may have begun: each step is harmless when it was done before. */
    private void create(Head empty) throws IOException {
        storage.createDirectory(folder);
        replaceHead(empty);
        storage.syncDirectory(folder.resolveSibling(""));
        storage.syncDirectory(folder.resolveSibling("").resolveSibling(""));
    }

    private void replaceHead(Head next) throws IOException {
        replace(storage, next.toJson(), head, temporary);
    }

    /** Replaces a small file durably: there is the old or the new one at any moment. */
    static void replace(Storage storage, byte[] bytes, Path file, Path temporary) throws IOException {
        Path part = temporary.resolve(UUID.randomUUID() + ".part");
        try {
            try (Storage.Output output = storage.open(part)) {
                output.write(ByteBuffer.wrap(bytes), 0);
                output.sync();
            }
            storage.move(part, file);
        } catch (IOException e) {
            try {
                storage.delete(part);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        storage.syncDirectory(file.resolveSibling(""));
    }

    /** Makes durable what another process may have written and not have synchronised before it died. */
    void sync() throws IOException {
        if (Files.exists(head)) {
            storage.syncDirectory(folder);
        }
    }
}

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What happened to one model, line by line, {@code log.jsonl}, and its {@link Head}, {@code head.json}. Each line holds the
 * SHA-256 of the line before it and the head that of the last, so a changed byte anywhere is seen.
 *
 * <p>Thread-safe for readers: what a head covers never changes again. A writer holds the registry's lock.
 */
final class ChainedLog<L extends ChainedLog.Line> {
    /** One line. */
    interface Line {
        /** 1 for the first line. */
        long sequence();

        /** SHA-256 of the line before it. */
        String previous();

        byte[] toJson();
    }

    static final String HEAD = "head.json";

    /** Far above any head, far below any harm. */
    private static final int MAX_HEAD = 4096;

    private final Storage storage;
    private final Function<byte[], L> parser;
    private final String model;
    private final Path folder;
    private final Path log;
    private final Path head;
    private final Path temporary;

    /**
     * @param parser throws {@link IllegalArgumentException} for what is no line
     * @param temporary a folder of the same file system where nobody minds the rest of what a dead process wrote
     */
    ChainedLog(Storage storage, Function<byte[], L> parser, String model, Path folder, Path temporary) {
        this.storage = storage;
        this.parser = parser;
        this.model = model;
        this.folder = folder;
        this.log = folder.resolve("log.jsonl");
        this.head = folder.resolve(HEAD);
        this.temporary = temporary;
    }

    /**
     * How much of the log counts now, null if there is none.
     *
     * @throws RegistryException if it is damaged
     */
    @Nullable
    Head head() throws IOException {
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

    /**
     * The lines between two heads.
     *
     * @throws RegistryException if they are damaged
     */
    List<L> lines(Head from, Head to) throws IOException {
        byte[] bytes = readLog(from.bytes(), to.bytes());
        List<L> lines = new ArrayList<>();
        Head at = from;
        for (int start = 0; start < bytes.length; start = (int) (at.bytes() - from.bytes())) {
            byte[] line = Arrays.copyOfRange(bytes, start, lineEnd(bytes, start, at.sequence() + 1));
            lines.add(parse(line, at));
            at = at.after(line);
        }
        if (!at.equals(to)) {
            throw damaged(log, "line " + at.sequence() + " is not the one that " + head.getFileName() + " names", null);
        }
        return lines;
    }

    private int lineEnd(byte[] bytes, int start, long number) {
        for (int i = start; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        throw damaged(log, "line " + number + " does not end", null);
    }

    private L parse(byte[] line, Head before) {
        long number = before.sequence() + 1;
        try {
            L parsed = parser.apply(line);
            Require.that(parsed.sequence() == number, "seq", parsed.sequence(), String.valueOf(number));
            Require.that(parsed.previous().equals(before.digest()), "previous", parsed.previous(), before.digest());
            return parsed;
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

    /** What is wrong with the lines as a whole, although each is whole. */
    RegistryException damaged(String how, Throwable cause) {
        return damaged(log, how, cause);
    }

    /**
     * Adds a line durably.
     *
     * @param old the head now, read under the lock
     * @return the head after it
     */
    Head append(Head old, L added) throws IOException {
        byte[] line = added.toJson();
        Head next = old.after(line);
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
        return next;
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

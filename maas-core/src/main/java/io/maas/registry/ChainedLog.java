package io.maas.registry;

import io.maas.error.RegistryException;
import io.maas.error.Require;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A log of a store as lines that mean something. Each line holds the SHA-256 of the line before it and the {@link Head} that of
 * the last, so a changed byte anywhere is seen.
 *
 * <p>Thread-safe for readers: what a head covers never changes again. A writer is in a write section of the store.
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

    private final RegistryStore store;
    private final LogName name;
    private final Function<byte[], L> parser;

    /** @param parser throws {@link IllegalArgumentException} for what is no line */
    ChainedLog(RegistryStore store, LogName name, Function<byte[], L> parser) {
        this.store = store;
        this.name = name;
        this.parser = parser;
    }

    /**
     * How much of the log counts now.
     *
     * @throws RegistryException if it is damaged
     */
    Head head() throws IOException {
        try {
            Head head = store.head(name);
            Require.that(head.model().equals(name.model()), "model", Require.quote(head.model()), name.model());
            return head;
        } catch (IllegalArgumentException e) {
            throw damaged("head: " + e.getMessage(), e);
        }
    }

    /**
     * The lines between two heads.
     *
     * @throws RegistryException if they are damaged
     */
    List<L> lines(Head from, Head to) throws IOException {
        byte[] bytes = store.read(name, from, to);
        if (bytes.length != to.bytes() - from.bytes()) {
            throw damaged("it has " + (from.bytes() + bytes.length) + " bytes instead of " + to.bytes(), null);
        }
        List<L> lines = new ArrayList<>();
        Head at = from;
        for (int start = 0; start < bytes.length; start = (int) (at.bytes() - from.bytes())) {
            byte[] line = Arrays.copyOfRange(bytes, start, lineEnd(bytes, start, at.sequence() + 1));
            lines.add(parse(line, at));
            at = at.after(line);
        }
        if (!at.equals(to)) {
            throw damaged("line " + at.sequence() + " is not the one that its head names", null);
        }
        return lines;
    }

    private int lineEnd(byte[] bytes, int start, long number) {
        for (int i = start; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        throw damaged("line " + number + " does not end", null);
    }

    private L parse(byte[] line, Head before) {
        long number = before.sequence() + 1;
        try {
            L parsed = parser.apply(line);
            Require.that(parsed.sequence() == number, "seq", parsed.sequence(), String.valueOf(number));
            Require.that(parsed.previous().equals(before.digest()), "previous", parsed.previous(), before.digest());
            return parsed;
        } catch (IllegalArgumentException e) {
            throw damaged("line " + number + ": " + e.getMessage(), e);
        }
    }

    /** What is wrong with the log. */
    RegistryException damaged(String how, @Nullable Throwable cause) {
        return new RegistryException(
                "log of " + name + " in registry " + store.describe() + " is damaged: " + how
                        + "; restore it from a backup",
                cause);
    }

    /**
     * Adds a line durably.
     *
     * @param old the head now, read in the same write section
     * @throws StoreConflictException if it is another one by now
     */
    void append(Head old, L added) throws IOException {
        store.append(name, old, added.toJson());
    }

    /** Makes durable what another process may have written and not have synchronised before it died. */
    void sync() throws IOException {
        store.sync(name);
    }
}

package io.maas.registry;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Where a registry keeps its bytes: logs that only grow, and {@link BlobStore blobs} by their hash. What the bytes mean, how they
 * are chained and checked, and every decision is of {@link StoredModelRegistry}, so that a store is as simple as it can be and a
 * new one cannot decide differently. Each store passes {@code RegistryStoreContract} of {@code maas-store-tck}.
 *
 * <p>A log is lines of bytes and a {@link Head} that says how far they count. The change of the head is the moment at which a
 * line is there: before it nobody sees the line, after it everybody does, in this process and in others, and it survives the end
 * of this process and of the machine. A line that was never acknowledged, because its writer died or failed before the head was
 * changed, may remain in the store; {@link #read} never gives it out and the next {@link #append} takes its place.
 *
 * <p>Thread-safe, and safe between processes. Every method may throw an {@link IOException}, whose message names the place;
 * readers are told what happened by {@code RegistryException}, and nothing that was acknowledged may suffer from it.
 */
public interface RegistryStore extends Closeable {
    /** What is done in a {@linkplain #write write section}. */
    @FunctionalInterface
    interface Body<T> {
        T run() throws IOException;
    }

    /** Hears of changes. */
    @FunctionalInterface
    interface Listener {
        /** A log has grown, or was replaced; several changes may come as one. */
        void changed(LogName log);
    }

    /** The names of all logs of a kind, in any order. Those without a line, and what is no name of a model, may be among them. */
    List<String> names(LogName.Kind kind) throws IOException;

    /**
     * How much of a log counts now; {@link Head#empty} if there is none. Not older than the last append that was acknowledged to
     * anybody.
     *
     * @throws IllegalArgumentException if what is kept is not a head, as of {@link Head#parse}, or is missing where it must be
     */
    Head head(LogName log) throws IOException;

    /**
     * The lines after one head up to another one, each with its line feed: {@code to.bytes() - from.bytes()} bytes.
     *
     * @param from {@link Head#empty} or a head that the log had, though perhaps before it was restored from a backup
     * @param to a head of this log
     * @return those bytes, or what there is of them if some are missing; not checked
     */
    byte[] read(LogName log, Head from, Head to) throws IOException;

    /**
     * Adds one line durably, if the head is the expected one; afterwards it is {@code expected.after(line)}. Called in a {@linkplain
     * #write write section} only.
     *
     * <p>A store that cannot tell whether its line was written, because an answer was lost, finds out before it says that it was
     * not: a conflict means that this line is surely not there.
     *
     * @param line without its line feed
     * @throws StoreConflictException if the head is another one
     */
    void append(LogName log, Head expected, byte[] line) throws IOException;

    /**
     * Makes durable what can be seen of a log, before somebody relies on a change that its writer may have died over. Nothing to do
     * where all that can be seen is durable.
     */
    default void sync(LogName log) throws IOException {}

    /**
     * Does something as the only writer, where the store can keep others out: by a lock or in a transaction, which is committed
     * before this method returns. It waits for others a bounded time and then throws {@code RegistryException}. Where the store
     * cannot, as by default, it does the same while others write, and {@link #append} finds the conflict.
     *
     * <p>The caller runs the body again after a {@link StoreConflictException}, whether of an append or of the commit, so a body
     * does nothing that could not be done twice. It reads first, appends at most one line, on the calling thread, and does
     * not call this method. What it reads is not older than the section.
     */
    default <T> T write(Body<T> body) throws IOException {
        return body.run();
    }

    /** The blobs. */
    BlobStore blobs();

    /**
     * Tells a listener what changes from now on, within about a second, until what is returned is closed. Changes of this process
     * are told too. By default the heads are looked at over and over by a thread, twice as rarely each time that nothing has
     * changed, but every second at least; see {@link StorePoll} for something cheaper to look at.
     *
     * @param listener called by one thread at a time, which it should not keep; what it throws is logged
     */
    default Closeable watch(Listener listener) throws IOException {
        return StorePoll.start(() -> StorePoll.heads(this), listener);
    }

    /** Where this is, for messages, such as a folder's path or a bucket's address, without credentials. */
    String describe();

    /** Frees what the store holds, such as connections. Idempotent. */
    @Override
    void close() throws IOException;
}

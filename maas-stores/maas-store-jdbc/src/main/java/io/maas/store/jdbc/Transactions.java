package io.maas.store.jdbc;

import io.maas.error.RegistryException;
import io.maas.registry.RegistryStore;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads and write sections over connections that are borrowed for each. A connection that turns out to be dead, as after a restart
 * of the server, is replaced once for a read; a section over one is a conflict, so that the registry does it again.
 *
 * <p>Thread-safe.
 */
final class Transactions {
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DataSource source;
    private final Tables tables;
    private final Duration wait;

    /** The sections under way, each by the thread that is in it. */
    private final ConcurrentMap<Thread, Section> sections = new ConcurrentHashMap<>();

    Transactions(DataSource source, Tables tables, Duration wait) {
        this.source = source;
        this.tables = tables;
        this.wait = wait;
    }

    /** What is done with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException, IOException;
    }

    @Nullable
    Section section() {
        return sections.get(Thread.currentThread());
    }

    /** Reads in this thread's section, or what is committed by now. */
    <T> T read(Work<T> work) throws IOException {
        Section section = section();
        if (section == null) {
            return outside(work);
        }
        try {
            return work.run(section.connection());
        } catch (SQLException e) {
            throw Failures.rolledBack(e);
        }
    }

    private <T> T outside(Work<T> work) throws IOException {
        for (boolean first = true; ; first = false) {
            Connection connection = connect();
            boolean autoCommit = true;
            try {
                autoCommit = connection.getAutoCommit();
                connection.setAutoCommit(true);
                return work.run(connection);
            } catch (SQLException e) {
                if (!first || !Failures.isLost(e)) {
                    throw Failures.io(e);
                }
            } finally {
                giveBack(connection, autoCommit);
            }
        }
    }

    /** As the only writer, in a transaction that is committed when this returns. */
    <T> T write(RegistryStore.Body<T> body) throws IOException {
        Outcome<T> outcome;
        try {
            outcome = locked(connection -> run(connection, body));
        } catch (SQLException e) {
            if (Failures.isBusy(e)) {
                throw new RegistryException(
                        "registry is locked: waited " + wait.toMillis() + " ms for other writers of schema "
                                + tables.schema() + "; expected them to end; try again, or end what holds its lock",
                        e);
            }
            throw Failures.rolledBack(e);
        }
        Section.Append append = outcome.append();
        SQLException failure = outcome.failure();
        if (append != null && failure != null && !isThere(append, failure)) {
            throw Failures.rolledBack(failure);
        }
        return outcome.result();
    }

    /** @param failure of the commit, after which it is not known whether it was done */
    private record Outcome<T>(
            T result,
            Section.@Nullable Append append,
            @Nullable SQLException failure) {}

    private <T> Outcome<T> run(Connection connection, RegistryStore.Body<T> body) throws IOException {
        Section section = new Section(tables, connection);
        T result;
        sections.put(Thread.currentThread(), section);
        try {
            result = body.run();
        } finally {
            sections.remove(Thread.currentThread());
        }
        try {
            connection.commit();
            return new Outcome<>(result, section.appended(), null);
        } catch (SQLException e) {
            return new Outcome<>(result, section.appended(), e);
        }
    }

    /**
     * Finds out whether a line was committed when the answer was lost. The lock comes first: the server may still be at work on the
     * transaction, which holds it until it has ended one way or the other.
     */
    private boolean isThere(Section.Append append, SQLException failure) throws IOException {
        long start = System.nanoTime();
        for (long pause = SHORTEST_PAUSE_NANOS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
            Exception last;
            try {
                return locked(connection -> append.isThere(tables, connection));
            } catch (SQLException | IOException e) {
                last = e;
            }
            LockSupport.parkNanos(pause);
            if (System.nanoTime() - start >= wait.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                failure.addSuppressed(last);
                throw new IOException(
                        "the answer to a commit was lost, and for " + wait.toMillis() + " ms the server could not be"
                                + " asked whether line " + append.sequence() + " of the log of " + append.log()
                                + " is there; look whether it is before you do the same again",
                        failure);
            }
        }
    }

    private <T> T locked(Work<T> work) throws SQLException, IOException {
        Connection connection = connect();
        boolean autoCommit = true;
        try {
            autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            tables.lock(connection, wait.toMillis());
            return work.run(connection);
        } finally {
            giveBack(connection, autoCommit);
        }
    }

    /** Not a conflict if it fails: a server that cannot be reached is told at once. */
    Connection connect() throws IOException {
        try {
            return source.getConnection();
        } catch (SQLException e) {
            throw Failures.io(e);
        }
    }

    /** With nothing of ours left in it. What was done is done, so that a failure here is none of the work. */
    static void giveBack(Connection connection, boolean autoCommit) {
        try (connection) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            connection.setAutoCommit(autoCommit);
        } catch (SQLException e) {
            discard(connection);
        }
    }

    /** So that no pool gives it to anybody; it is dead anyway. */
    private static void discard(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            return;
        }
    }
}

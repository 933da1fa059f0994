package io.maas.store.jdbc;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to what the server tells, on a connection of its own that is replaced when it breaks. What is missed meanwhile, or never
 * told, is for somebody else to find by looking.
 *
 * <p>Thread-safe.
 */
final class Notifications {
    private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);

    /** A wait that nobody can end, so it is short. */
    private static final int LISTEN_MILLIS = 500;

    private static final int WAITS_BETWEEN_CHECKS = 60;
    private static final int CHECK_SECONDS = 10;
    private static final long PAUSE_MILLIS = 2_000;

    private final Transactions transactions;
    private final String channel;
    private final Runnable told;
    private boolean closed;

    /** Of the listening thread, so that a failure is logged once. */
    private boolean failing;

    /** @param told is called after something may have been told, and when it begins to listen */
    Notifications(Transactions transactions, String channel, Runnable told) {
        this.transactions = transactions;
        this.channel = channel;
        this.told = told;
    }

    void start() {
        Thread thread = new Thread(this::run, "maas-registry-listen");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!isClosed()) {
            try {
                if (!listen()) {
                    LOG.info(
                            "the registry's connections cannot hear of changes; looking for them every second instead");
                    return;
                }
            } catch (IOException | SQLException | RuntimeException e) {
                if (!failing && !isClosed()) {
                    LOG.warn("the registry's changes are not told for now; looking for them every second instead", e);
                }
                failing = true;
            }
            pause(PAUSE_MILLIS);
        }
    }

    /** Until it is closed or the connection breaks; false if this connection cannot listen. */
    private boolean listen() throws IOException, SQLException {
        Connection connection = transactions.connect();
        boolean autoCommit = true;
        try {
            if (!connection.isWrapperFor(PGConnection.class)) {
                return false;
            }
            autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(true);
            execute(connection, "LISTEN \"" + channel + '"');
            failing = false;
            told.run();
            hear(connection);
            execute(connection, "UNLISTEN \"" + channel + '"');
            return true;
        } finally {
            Transactions.giveBack(connection, autoCommit);
        }
    }

    private void hear(Connection connection) throws SQLException {
        PGConnection listening = connection.unwrap(PGConnection.class);
        for (int waits = 1; !isClosed(); waits++) {
            if (listening.getNotifications(LISTEN_MILLIS).length > 0) {
                told.run();
            }
            if (waits % WAITS_BETWEEN_CHECKS == 0 && !connection.isValid(CHECK_SECONDS)) {
                throw new SQLException("the connection is dead", "08006");
            }
        }
    }

    private static void execute(Connection connection, String statement) throws SQLException {
        try (Statement plain = connection.createStatement()) {
            plain.execute(statement);
        }
    }

    private synchronized void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            for (long left = millis; !closed && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** It stops hearing at once and gives its connection back within a second. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}

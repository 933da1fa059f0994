package io.maas.store.jdbc;

import io.maas.registry.StoreConflictException;
import java.io.IOException;
import java.sql.SQLException;

/** What a failure of the database means for the store, by its SQLSTATE. */
final class Failures {
    private Failures() {}

    /** The connection is gone, and a transaction in it that had not begun to commit is rolled back. */
    static boolean isLost(SQLException e) {
        String state = state(e);
        // Connection exceptions; shutdowns and kills by an operator; a transaction that idled too long.
        return state.startsWith("08") || state.startsWith("57P") || state.equals("25P03");
    }

    /** Waited in vain for a lock. */
    static boolean isBusy(SQLException e) {
        return state(e).equals("55P03");
    }

    /** The transaction was rolled back because of others, and would succeed if it were done again. */
    static boolean isConflict(SQLException e) {
        // Such as serialization failures and deadlocks.
        return state(e).startsWith("40");
    }

    private static String state(SQLException e) {
        String state = e.getSQLState();
        return state == null ? "" : state;
    }

    /** What is thrown for a section that is surely rolled back; it may be done again where a new try can succeed. */
    static IOException rolledBack(SQLException e) {
        if (isLost(e) || isConflict(e)) {
            StoreConflictException again =
                    new StoreConflictException("rolled back, " + state(e) + ": " + e.getMessage());
            again.initCause(e);
            return again;
        }
        return io(e);
    }

    static IOException io(SQLException e) {
        return new IOException("SQLSTATE " + state(e) + ": " + e.getMessage(), e);
    }
}

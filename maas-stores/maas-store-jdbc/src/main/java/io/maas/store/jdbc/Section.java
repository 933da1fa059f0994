package io.maas.store.jdbc;

import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.StoreConflictException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A write section under way: its transaction, and what it has appended. Used by one thread. */
final class Section {
    private final Tables tables;
    private final Connection connection;
    private @Nullable Append append;

    Section(Tables tables, Connection connection) {
        this.tables = tables;
        this.connection = connection;
    }

    /** A line that is there once its transaction is committed; its id tells it from an equal line of somebody else. */
    record Append(LogName log, long sequence, UUID id) {
        boolean isThere(Tables tables, Connection connection) throws SQLException {
            return tables.isThere(connection, id, log, sequence);
        }
    }

    Connection connection() {
        return connection;
    }

    /** What the commit will make durable; null if nothing. */
    @Nullable
    Append appended() {
        return append;
    }

    void append(LogName log, Head expected, byte[] line) throws SQLException, StoreConflictException {
        Head next = expected.after(line);
        if (!tables.advance(connection, log, expected, next)) {
            Head found = tables.head(connection, log);
            throw new StoreConflictException(
                    "log of " + log + ": found line " + found.sequence() + ", expected " + expected.sequence());
        }
        UUID id = UUID.randomUUID();
        tables.insert(connection, log, next.sequence(), line, id);
        append = new Append(log, next.sequence(), id);
    }
}

package io.maas.store.jdbc;

import com.google.common.hash.Hashing;
import io.maas.error.RegistryException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Brings a schema up to what this library knows. Each step is applied once, in its own order, whoever opens the registry at the
 * same time: under an advisory lock, in one transaction with the line that records it.
 */
final class Schema {
    /**
     * What leads from each version to the next, as lists of statements; a step that was released never changes. Names are compared by
     * their bytes, so that no index depends on a library of the operating system.
     */
    private static final List<List<String>> STEPS = List.of(List.of(
            """
            CREATE TABLE {s}.registry (
              one boolean PRIMARY KEY DEFAULT true CHECK (one),
              id uuid NOT NULL,
              last_append uuid NOT NULL)
            """, """
            CREATE TABLE {s}.heads (
              kind text COLLATE "C" NOT NULL CHECK (kind IN ('model', 'deployment')),
              model text COLLATE "C" NOT NULL,
              sequence bigint NOT NULL CHECK (sequence > 0),
              bytes bigint NOT NULL CHECK (bytes > 0),
              digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
              PRIMARY KEY (kind, model))
            """, """
            CREATE TABLE {s}.lines (
              kind text COLLATE "C" NOT NULL,
              model text COLLATE "C" NOT NULL,
              sequence bigint NOT NULL CHECK (sequence > 0),
              line bytea NOT NULL,
              append uuid NOT NULL,
              PRIMARY KEY (kind, model, sequence),
              FOREIGN KEY (kind, model) REFERENCES {s}.heads)
            """, "INSERT INTO {s}.registry (id, last_append) SELECT gen_random_uuid(), gen_random_uuid()"));

    private final Tables tables;

    Schema(Tables tables) {
        this.tables = tables;
    }

    /**
     * Applies what is missing. Who opens a schema that is up to date needs no right to make one.
     *
     * @param connection in autocommit, and afterwards again
     * @throws RegistryException if the schema is of a newer version of the library
     */
    void migrate(Connection connection, long waitMillis) throws SQLException {
        if (version(connection) == STEPS.size()) {
            return;
        }
        connection.setAutoCommit(false);
        try {
            tables.first(connection, row -> true, "SELECT set_config('lock_timeout', ?, true)", waitMillis + "ms");
            tables.first(connection, row -> true, "SELECT pg_advisory_xact_lock(?)", lockKey());
            for (int step = version(connection); step < STEPS.size(); step++) {
                apply(connection, step);
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private void apply(Connection connection, int step) throws SQLException {
        if (step == 0 && !exists(connection, "SELECT 1 FROM pg_namespace WHERE nspname = ?", tables.schema())) {
            tables.update(connection, "CREATE SCHEMA {s}");
        }
        if (step == 0) {
            tables.update(
                    connection,
                    "CREATE TABLE {s}.migrations (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT"
                            + " now())");
        }
        for (String statement : STEPS.get(step)) {
            tables.update(connection, statement);
        }
        tables.update(connection, "INSERT INTO {s}.migrations (version) VALUES (?)", step + 1);
    }

    private int version(Connection connection) throws SQLException {
        boolean any = exists(
                connection,
                "SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = 'migrations'",
                tables.schema());
        int version = !any
                ? 0
                : tables.first(connection, row -> row.getInt(1), "SELECT coalesce(max(version), 0) FROM {s}.migrations")
                        .orElse(0);
        if (version > STEPS.size()) {
            throw new RegistryException("schema " + tables.schema() + " is of version " + version
                    + ", expected at most " + STEPS.size() + "; use a newer version of this library");
        }
        return version;
    }

    private boolean exists(Connection connection, String query, Object... parameters) throws SQLException {
        return tables.first(connection, row -> true, query, parameters).isPresent();
    }

    /** One for each schema, and hardly one that somebody else uses in this database. */
    private long lockKey() {
        return Hashing.sha256()
                .hashString("io.maas.store.jdbc " + tables.schema(), StandardCharsets.UTF_8)
                .asLong();
    }

    /** Tells this registry from all others, also from one that was at the same place before. */
    UUID id(Connection connection) throws SQLException {
        return tables.first(connection, row -> row.getObject(1, UUID.class), "SELECT id FROM {s}.registry")
                .orElseThrow(() -> new SQLException("table registry of schema " + tables.schema() + " is empty"));
    }
}

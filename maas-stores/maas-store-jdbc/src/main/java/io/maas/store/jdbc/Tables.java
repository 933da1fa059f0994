package io.maas.store.jdbc;

import io.maas.registry.Head;
import io.maas.registry.LogName;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The statements on the tables of one schema. Whatever comes from outside is a parameter; only the schema's name, which {@link
 * JdbcStoreOptions} has checked, is a part of their text.
 */
record Tables(String schema) {
    /** On which it is told that something was appended, when that is committed. */
    String channel() {
        return "maas_" + schema;
    }

    private String sql(String text) {
        return text.replace("{s}", '"' + schema + '"');
    }

    private PreparedStatement prepare(Connection connection, String text, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql(text));
        try {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    int update(Connection connection, String text, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, text, parameters)) {
            return statement.executeUpdate();
        }
    }

    /** What becomes of a row. */
    @FunctionalInterface
    interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    <T> List<T> query(Connection connection, Row<T> row, String text, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, text, parameters);
                ResultSet found = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (found.next()) {
                rows.add(row.of(found));
            }
            return rows;
        }
    }

    <T> Optional<T> first(Connection connection, Row<T> row, String text, Object... parameters) throws SQLException {
        return query(connection, row, text, parameters).stream().findFirst();
    }

    static String kind(LogName.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Keeps all other writers of this registry out until the end of the transaction, in which each statement sees what was committed
     * before it: a snapshot taken before the wait would be too old. The settings end with the transaction. A commit is on
     * the disk when it is answered, and a client that vanished without a word holds the lock for a minute and not for two hours.
     *
     * @throws SQLException also if others stay in for the given time
     */
    void lock(Connection connection, long waitMillis) throws SQLException {
        update(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE");
        first(connection, row -> true, """
            SELECT set_config('lock_timeout', ?, true),
              set_config('tcp_keepalives_idle', '30', true),
              set_config('tcp_keepalives_interval', '10', true),
              set_config('tcp_keepalives_count', '3', true),
              CASE current_setting('synchronous_commit')
                WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END
            """, waitMillis + "ms");
        first(connection, row -> row.getObject(1), "SELECT last_append FROM {s}.registry FOR UPDATE");
    }

    List<String> names(Connection connection, LogName.Kind kind) throws SQLException {
        return query(connection, row -> row.getString(1), "SELECT model FROM {s}.heads WHERE kind = ?", kind(kind));
    }

    Head head(Connection connection, LogName log) throws SQLException {
        return first(
                        connection,
                        row -> new Head(log.model(), row.getLong(1), row.getLong(2), row.getString(3)),
                        "SELECT sequence, bytes, digest FROM {s}.heads WHERE kind = ? AND model = ?",
                        kind(log.kind()),
                        log.model())
                .orElse(Head.empty(log.model()));
    }

    byte[] lines(Connection connection, LogName log, Head from, Head to) throws SQLException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] line : query(
                connection,
                row -> row.getBytes(1),
                "SELECT line FROM {s}.lines WHERE kind = ? AND model = ? AND sequence > ? AND sequence <= ?"
                        + " ORDER BY sequence",
                kind(log.kind()),
                log.model(),
                from.sequence(),
                to.sequence())) {
            bytes.writeBytes(line);
            bytes.write('\n');
        }
        return bytes.toByteArray();
    }

    /** Replaces a head by the one after it; false, and nothing is changed, if it is another one. */
    boolean advance(Connection connection, LogName log, Head expected, Head next) throws SQLException {
        String kind = kind(log.kind());
        if (expected.equals(Head.empty(log.model()))) {
            return update(
                            connection,
                            "INSERT INTO {s}.heads (kind, model, sequence, bytes, digest) VALUES (?, ?, ?, ?, ?)"
                                    + " ON CONFLICT (kind, model) DO NOTHING",
                            kind,
                            log.model(),
                            next.sequence(),
                            next.bytes(),
                            next.digest())
                    == 1;
        }
        return update(
                        connection,
                        "UPDATE {s}.heads SET sequence = ?, bytes = ?, digest = ?"
                                + " WHERE kind = ? AND model = ? AND sequence = ? AND bytes = ? AND digest = ?",
                        next.sequence(),
                        next.bytes(),
                        next.digest(),
                        kind,
                        log.model(),
                        expected.sequence(),
                        expected.bytes(),
                        expected.digest())
                == 1;
    }

    /** Adds a line that its head names already, and tells of it when that is committed. */
    void insert(Connection connection, LogName log, long sequence, byte[] line, UUID append) throws SQLException {
        update(
                connection,
                "INSERT INTO {s}.lines (kind, model, sequence, line, append) VALUES (?, ?, ?, ?, ?)",
                kind(log.kind()),
                log.model(),
                sequence,
                line,
                append);
        update(connection, "UPDATE {s}.registry SET last_append = ?", append);
        first(connection, row -> true, "SELECT pg_notify(?, '')", channel());
    }

    boolean isThere(Connection connection, UUID append, LogName log, long sequence) throws SQLException {
        return first(
                        connection,
                        row -> row.getObject(1, UUID.class),
                        "SELECT append FROM {s}.lines WHERE kind = ? AND model = ? AND sequence = ?",
                        kind(log.kind()),
                        log.model(),
                        sequence)
                .filter(append::equals)
                .isPresent();
    }

    /** What is another one after each append. */
    UUID lastAppend(Connection connection) throws SQLException {
        return first(connection, row -> row.getObject(1, UUID.class), "SELECT last_append FROM {s}.registry")
                .orElseThrow(() -> new SQLException("table registry of schema " + schema + " is empty"));
    }

    /** All heads, each as a text that is equal until it changes. */
    Map<LogName, String> heads(Connection connection) throws SQLException {
        Map<LogName, String> heads = new HashMap<>();
        for (LogName.Kind kind : LogName.Kind.values()) {
            query(
                    connection,
                    row -> heads.put(new LogName(kind, row.getString(1)), row.getLong(2) + " " + row.getString(3)),
                    "SELECT model, sequence, digest FROM {s}.heads WHERE kind = ?",
                    kind(kind));
        }
        return heads;
    }
}

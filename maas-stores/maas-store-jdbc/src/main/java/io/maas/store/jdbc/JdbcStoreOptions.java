package io.maas.store.jdbc;

import io.maas.error.Require;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How a registry is kept in a database.
 *
 * @param schema the schema that holds the tables and nothing else, {@code maas} by default; a registry of its own for each schema
 * @param lockWait how long a writer waits for others, and how long it tries to find out whether a commit whose answer was lost
 *     has happened; half a minute by default, rounded to milliseconds
 */
public record JdbcStoreOptions(String schema, Duration lockWait) {
    /** As long as PostgreSQL's own limit for names, less the prefix of the channel on which changes are told. */
    private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,54}");

    public JdbcStoreOptions {
        Require.that(
                SCHEMA.matcher(schema).matches() && !schema.startsWith("pg_"),
                "schema",
                Require.quote(schema),
                "a name that matches " + SCHEMA.pattern() + " and does not start with pg_");
        Require.that(
                lockWait.toMillis() > 0 && lockWait.toMillis() <= Integer.MAX_VALUE,
                "lockWait",
                lockWait,
                "at least 1 ms, at most 24 days");
    }

    public static JdbcStoreOptions defaults() {
        return new JdbcStoreOptions("maas", Duration.ofSeconds(30));
    }

    public JdbcStoreOptions withSchema(String schema) {
        return new JdbcStoreOptions(schema, lockWait);
    }

    public JdbcStoreOptions withLockWait(Duration lockWait) {
        return new JdbcStoreOptions(schema, lockWait);
    }
}

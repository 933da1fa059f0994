package io.maas.store.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real PostgreSQL out of Maven, one for all tests of this JVM. It refuses to run as root, who is somebody else to it in a user
 * namespace of its own; tests are skipped where there is none, and on platforms of which the server is not fetched.
 */
final class Server implements ParameterResolver {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    /** A schema that no test has used. */
    static String newSchema() {
        return "test_" + SCHEMAS.incrementAndGet();
    }

    /** A server that is running. */
    record Running(EmbeddedPostgres postgres) implements AutoCloseable {
        DataSource source() {
            return postgres.getPostgresDatabase();
        }

        @Override
        public void close() throws IOException {
            postgres.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == DataSource.class;
    }

    @Override
    public DataSource resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent("postgres", key -> start(EmbeddedPostgres.builder()), Running.class)
                .source();
    }

    static Running start(EmbeddedPostgres.Builder builder) {
        assumeItRuns();
        try {
            return new Running(builder.setServerConfig("fsync", "off").start());
        } catch (IOException e) {
            throw new AssertionError("PostgreSQL did not start", e);
        }
    }

    private static void assumeItRuns() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        Assumptions.assumeTrue(
                os.contains("linux") && System.getProperty("os.arch").equals("amd64"),
                "the tests fetch PostgreSQL for Linux on x86-64 only");
        Assumptions.assumeTrue(
                !System.getProperty("user.name").equals("root") || succeeds("unshare", "-U", "id", "-u"),
                "PostgreSQL does not run as root, and this system has no user namespaces");
    }

    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void execute(DataSource source, String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    static long number(DataSource source, String query) {
        return Long.parseLong(text(source, query));
    }

    static String text(DataSource source, String query) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(query)) {
            found.next();
            return found.getString(1);
        } catch (SQLException e) {
            throw new AssertionError(query, e);
        }
    }

    /** Ends what a connection is to the server, and waits until it has ended. */
    static void kill(DataSource admin, long backend) {
        execute(admin, "SELECT pg_terminate_backend(" + backend + ")");
        await(admin, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend, 0);
    }

    static void await(DataSource source, String query, long expected) {
        long start = System.nanoTime();
        while (number(source, query) != expected) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                throw new AssertionError(query + " did not become " + expected);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}

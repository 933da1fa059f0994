package io.maas.store.jdbc;

import java.io.Closeable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * A pool as simple as it can be: it gives a connection out again as it came back, dead or not, unless it was aborted. Tests look at,
 * and break, what goes through its connections.
 */
final class Pool implements Closeable {
    private final DataSource source;
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final Set<Connection> detached = ConcurrentHashMap.newKeySet();
    private volatile String onOpen = "SELECT 1";
    private volatile boolean deaf;
    private volatile Tap tap = (connection, what, proceed) -> proceed.run();

    Pool(DataSource source) {
        this.source = source;
    }

    /** What happens instead of a statement or commit; by default the same. */
    @FunctionalInterface
    interface Tap {
        Object call(Connection connection, String what, Call proceed) throws Throwable;
    }

    @FunctionalInterface
    interface Call {
        Object run() throws Throwable;
    }

    void tap(Tap through) {
        tap = through;
    }

    /** What is done with each connection that is opened. */
    void onOpen(String sql) {
        onOpen = sql;
    }

    /** Hides that the connections are PostgreSQL's, as another driver or wrapper may. */
    void deafen() {
        deaf = true;
    }

    /** From now on its borrower has a dead connection, whatever becomes of the real one. */
    void detach(Connection connection) {
        detached.add(connection);
    }

    static long backend(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID();
    }

    DataSource source() {
        return proxy(DataSource.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getConnection" -> lend();
            default -> call(source, method, arguments);
        });
    }

    private Connection lend() throws SQLException {
        Connection found = idle.pollFirst();
        Connection lent = found == null ? opened() : found;
        return proxy(Connection.class, (proxy, method, arguments) -> {
            if (detached.contains(lent)) {
                return dead(method);
            }
            return switch (method.getName()) {
                case "close" -> {
                    idle.addFirst(lent);
                    yield null;
                }
                case "abort" -> {
                    idle.remove(lent);
                    yield call(lent, method, arguments);
                }
                case "isWrapperFor" -> !deaf && (boolean) call(lent, method, arguments);
                case "commit" -> tap.call(lent, "commit", () -> call(lent, method, arguments));
                case "prepareStatement" -> statement(lent, String.valueOf(arguments[0]), call(lent, method, arguments));
                default -> call(lent, method, arguments);
            };
        });
    }

    private Connection opened() throws SQLException {
        Connection connection = source.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute(onOpen);
        }
        return connection;
    }

    private static @Nullable Object dead(Method method) throws SQLException {
        if (method.getName().equals("close") || method.getName().equals("abort")) {
            return null;
        }
        throw new SQLException("the connection is dead", "08003");
    }

    private Object statement(Connection lent, String sql, Object statement) {
        return proxy(
                PreparedStatement.class,
                (proxy, method, arguments) -> method.getName().startsWith("execute")
                        ? tap.call(lent, sql, () -> call(statement, method, arguments))
                        : call(statement, method, arguments));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Pool.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** Whether what is idle is as it was opened: a pool need not clean up after the store. */
    boolean isClean() throws SQLException {
        for (Connection connection : idle) {
            if (connection.isClosed() || !connection.getAutoCommit()) {
                return false;
            }
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT current_setting('lock_timeout') = '0' AND NOT EXISTS (SELECT"
                                    + " pg_listening_channels())")) {
                row.next();
                if (!row.getBoolean(1)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void close() {
        for (Connection connection : idle) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
    }
}

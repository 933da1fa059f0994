package io.maas.store.jdbc;

import io.maas.error.RegistryException;
import io.maas.registry.BlobStore;
import io.maas.registry.FileRegistryStore;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import io.maas.registry.StorePoll;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A registry whose logs are rows of PostgreSQL, 13 or later, and whose files lie in a folder or in another blob store. A write is
 * one transaction under a lock on one row, so that one writer at a time is in a registry, from whatever machine; readers never wait.
 *
 * <p>Each read borrows a connection for one statement, each write for one transaction, so the data source is best one with a pool. It
 * stays the caller's. It leads to the primary server, as a replica is behind it, and its connections are not part of transactions of
 * the caller's. A connection that breaks costs nothing: what was not committed is done again, and of a commit whose answer was lost it
 * is found out whether it was done.
 *
 * <p>Thread-safe; any number of instances and processes may use the same schema at once.
 */
public final class JdbcRegistryStore implements RegistryStore {
    private final Tables tables;
    private final Transactions transactions;
    private final Outer outer;
    private final BlobStore blobs;
    private final String place;
    private final Set<Closeable> watches = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private JdbcRegistryStore(Tables tables, Transactions transactions, Outer outer, BlobStore blobs, String place) {
        this.tables = tables;
        this.transactions = transactions;
        this.outer = outer;
        this.blobs = blobs;
        this.place = place;
    }

    /** What keeps others out besides the database, around the whole transaction. */
    @FunctionalInterface
    private interface Outer {
        <T> T write(Body<T> body) throws IOException;
    }

    /**
     * Opens the registry in a database, or makes one, with its files in a folder of its own, such as on a disk that all machines
     * share. Writers hold that folder's lock as well as the database's: if the connection breaks, the database lets the next
     * writer in while this one may still be removing files. So the disk must know file locks, as NFS 4 does.
     *
     * @throws RegistryException if the schema is of a newer version, or the folder is of another registry, or one cannot be used
     */
    public static JdbcRegistryStore open(DataSource source, Path folder, JdbcStoreOptions options) {
        return opening(source, options, (tables, transactions, registry) -> {
            FileRegistryStore files =
                    FileRegistryStore.openFiles(folder, registry.id().toString());
            return new JdbcRegistryStore(tables, transactions, files::write, files.blobs(), registry.place());
        });
    }

    /**
     * Opens the registry in a database, or makes one, with its files in a store that by itself removes nothing of what is being
     * published, as of {@link BlobStore}; for a folder use the other method. The store holds the files of this registry only, and stays
     * the caller's to close.
     *
     * @throws RegistryException if the schema is of a newer version or cannot be used
     */
    public static JdbcRegistryStore open(DataSource source, BlobStore blobs, JdbcStoreOptions options) {
        return opening(
                source,
                options,
                (tables, transactions, registry) ->
                        new JdbcRegistryStore(tables, transactions, Body::run, blobs, registry.place()));
    }

    /** A registry that was found or made. */
    private record Found(UUID id, String place) {}

    @FunctionalInterface
    private interface Opening {
        JdbcRegistryStore open(Tables tables, Transactions transactions, Found found);
    }

    private static JdbcRegistryStore opening(DataSource source, JdbcStoreOptions options, Opening opening) {
        Tables tables = new Tables(options.schema());
        Transactions transactions = new Transactions(source, tables, options.lockWait());
        try {
            Found found = transactions.read(connection -> {
                Schema schema = new Schema(tables);
                schema.migrate(connection, options.lockWait().toMillis());
                return new Found(schema.id(connection), place(connection, options.schema()));
            });
            return opening.open(tables, transactions, found);
        } catch (IOException e) {
            throw new RegistryException(
                    "registry in schema " + options.schema() + " failed to open: " + e.getMessage()
                            + "; check that the server can be reached and that its user may use or make that schema",
                    e);
        }
    }

    /** The address without parameters, among which a password may be. */
    private static String place(Connection connection, String schema) throws SQLException {
        String url = connection.getMetaData().getURL();
        int end = url.indexOf('?');
        return (end < 0 ? url : url.substring(0, end)).replaceFirst("//[^/]*@", "//") + " schema " + schema;
    }

    @Override
    public List<String> names(LogName.Kind kind) throws IOException {
        return read(connection -> tables.names(connection, kind));
    }

    @Override
    public Head head(LogName log) throws IOException {
        return read(connection -> tables.head(connection, log));
    }

    @Override
    public byte[] read(LogName log, Head from, Head to) throws IOException {
        return read(connection -> tables.lines(connection, log, from, to));
    }

    @Override
    public void append(LogName log, Head expected, byte[] line) throws IOException {
        Section section = transactions.section();
        if (section == null) {
            throw new IllegalStateException("append to the log of " + log
                    + " outside of a write section; expected to be called in one; use write");
        }
        read(connection -> {
            section.append(log, expected, line);
            return true;
        });
    }

    private <T> T read(Transactions.Work<T> work) throws IOException {
        requireOpen();
        return transactions.read(work);
    }

    @Override
    public <T> T write(Body<T> body) throws IOException {
        requireOpen();
        return outer.write(() -> transactions.write(body));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("registry " + place + " is closed; open it again");
        }
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Looks for changes every second at least, which costs one row, and at once when the server tells of one. For that a
     * connection is borrowed until the watch is closed. Where the server cannot tell, as through a proxy that shares connections
     * between transactions, looking is what remains.
     */
    @Override
    public Closeable watch(Listener listener) throws IOException {
        requireOpen();
        StorePoll poll = StorePoll.start(new Heads(), listener);
        Notifications notifications = new Notifications(transactions, tables.channel(), poll::wake);
        notifications.start();
        Closeable watch = new Closeable() {
            @Override
            public void close() {
                watches.remove(this);
                notifications.close();
                poll.close();
            }
        };
        watches.add(watch);
        return watch;
    }

    /** The heads of all logs, read again only after an append. Used by one thread at a time. */
    private final class Heads implements StorePoll.Look {
        private @Nullable UUID append;
        private Map<LogName, String> heads = Map.of();

        @Override
        public Map<LogName, String> marks() throws IOException {
            return read(connection -> {
                // Before the heads: they may be newer than it says, and are then read once more.
                UUID now = tables.lastAppend(connection);
                if (!now.equals(append)) {
                    heads = tables.heads(connection);
                    append = now;
                }
                return heads;
            });
        }
    }

    /** The address of the database and the schema, without user and password. */
    @Override
    public String describe() {
        return place;
    }

    /** Ends all watches; the data source stays open. */
    @Override
    public void close() throws IOException {
        closed = true;
        for (Closeable watch : watches) {
            watch.close();
        }
    }
}

package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DuplicateVersionException;
import io.maas.error.RegistryException;
import io.maas.registry.AliasChange;
import io.maas.registry.FileRegistryStore;
import io.maas.registry.ModelRegistry;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Connections that end at the worst moment: each change happens once, and is told as what it is. */
@ExtendWith(Server.class)
class LostConnectionTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-02-29T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final DataSource admin;
    private final JdbcStoreOptions options = JdbcStoreOptions.defaults().withSchema(Server.newSchema());
    private Pool pool;
    private StoredModelRegistry registry;
    private StoredModelRegistry other;

    LostConnectionTest(DataSource admin) {
        this.admin = admin;
    }

    @BeforeEach
    void open() {
        pool = new Pool(admin);
        registry = on(pool.source(), options);
        other = on(admin, options);
        other.publish("digits", Samples.of(1));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private StoredModelRegistry on(DataSource source, JdbcStoreOptions with) {
        return StoredModelRegistry.on(JdbcRegistryStore.open(source, folder, with), CLOCK);
    }

    /** Kills the connection before its n-th statement or commit from now on. */
    private AtomicBoolean killAt(int n) {
        AtomicInteger seen = new AtomicInteger();
        AtomicBoolean killed = new AtomicBoolean();
        pool.tap((connection, what, proceed) -> {
            if (seen.getAndIncrement() == n) {
                killed.set(true);
                Server.kill(admin, Pool.backend(connection));
            }
            return proceed.run();
        });
        return killed;
    }

    @Test
    void aPublicationHappensOnceWhicheverStatementIsTheLast() throws IOException {
        int n = 0;
        AtomicBoolean killed;
        do {
            killed = killAt(n++);
            Version version = registry.publish("digits", Samples.of(100 + n));
            assertThat(version.number()).as("killed at %d", n).isEqualTo(n + 1);
            assertThat(other.versions("digits")).hasSize(n + 1).contains(version);
            assertThat(Samples.model(other, version))
                    .isEqualTo(Samples.of(100 + n).model().read());
        } while (killed.get());
        assertThat(n).as("statements of a publication").isGreaterThan(8);
    }

    @Test
    void anAliasIsSetOnceWhicheverStatementIsTheLast() {
        other.publish("digits", Samples.of(2));
        int n = 0;
        AtomicBoolean killed;
        do {
            killed = killAt(n++);
            registry.setAlias("digits", "champion", 1 + n % 2);
            assertThat(other.aliasHistory("digits", "champion"))
                    .as("killed at %d", n)
                    .hasSize(n);
        } while (killed.get());
        killed = killAt(0);
        assertThat(registry.aliases("digits")).hasSize(1);
        assertThat(killed).isTrue();
    }

    /** As when the server has committed and the network loses its answer. */
    @Test
    void aCommitWhoseAnswerIsLostHasHappened() {
        AtomicInteger commits = new AtomicInteger();
        pool.tap((connection, what, proceed) -> {
            Object result = proceed.run();
            if (what.equals("commit") && commits.getAndIncrement() == 0) {
                lose(connection);
            }
            return result;
        });
        assertThat(registry.publish("digits", Samples.of(2)).number()).isEqualTo(2);
        assertThat(other.versions("digits")).hasSize(2);
        assertThat(commits).hasValue(1);
    }

    private void lose(Connection connection) throws SQLException {
        Server.kill(admin, Pool.backend(connection));
        throw new SQLException("the answer was lost", "08006");
    }

    /** Not whether the line is there, which it is, but whether it is this one's: equal to the byte, by the same clock. */
    @Test
    void aCommitThatIsLostIsNotTakenForAnEqualOneOfSomebodyElse() {
        AtomicInteger commits = new AtomicInteger();
        pool.tap((connection, what, proceed) -> {
            if (what.equals("commit") && commits.getAndIncrement() == 0) {
                Server.kill(admin, Pool.backend(connection));
                // The folder is still locked, so straight into the database.
                assertThat(publishAtTheSameTime()).isEqualTo(1);
            }
            return proceed.run();
        });
        assertThatThrownBy(() -> registry.publish("iris", Samples.of(1)))
                .isInstanceOf(DuplicateVersionException.class)
                .hasMessageContaining("as version 1");
        assertThat(other.versions("iris")).hasSize(1);
    }

    /** What another process would write that publishes the same to model iris at the same time. */
    private int publishAtTheSameTime() {
        StoredModelRegistry twin = StoredModelRegistry.on(
                JdbcRegistryStore.open(
                        admin,
                        FileRegistryStore.openFiles(
                                        folder, Server.text(admin, "SELECT id FROM " + options.schema() + ".registry"))
                                .blobs(),
                        options),
                CLOCK);
        return twin.publish("iris", Samples.of(1)).number();
    }

    /** As when the client is cut off after it has sent its commit: the server is at it while it is asked about it. */
    @Test
    void aCommitThatIsStillUnderWayIsWaitedFor() throws Exception {
        ExecutorService server = Executors.newSingleThreadExecutor();
        List<Future<Boolean>> late = new CopyOnWriteArrayList<>();
        try {
            AtomicInteger commits = new AtomicInteger();
            pool.tap((connection, what, proceed) -> {
                if (!what.equals("commit") || commits.getAndIncrement() > 0) {
                    return proceed.run();
                }
                // Another one than that of the pool, which its borrower is about to roll back.
                pool.detach(connection);
                late.add(server.submit(() -> {
                    String waits =
                            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"
                                    + options.schema() + "%'";
                    Server.await(admin, waits, 1);
                    connection.commit();
                    connection.close();
                    return true;
                }));
                throw new SQLException("the answer was lost", "08006");
            });
            assertThat(registry.publish("digits", Samples.of(2)).number()).isEqualTo(2);
            assertThat(other.versions("digits")).hasSize(2);
            assertThat(commits).hasValue(1);
            assertThat(late).hasSize(1);
            assertThat(late.get(0).get()).isTrue();
        } finally {
            server.shutdown();
        }
    }

    @Test
    void aCommitOfWhichNothingCanBeFoundOutIsNoConflict() {
        ModelRegistry impatient = on(pool.source(), options.withLockWait(Duration.ofMillis(100)));
        AtomicBoolean lost = new AtomicBoolean();
        pool.tap((connection, what, proceed) -> {
            if (lost.get()) {
                throw new SQLException("the network is down", "08006");
            }
            Object result = proceed.run();
            if (what.equals("commit")) {
                lost.set(true);
                lose(connection);
            }
            return result;
        });
        assertThatThrownBy(() -> impatient.setAlias("digits", "champion", 1))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("the answer to a commit was lost, and for 100 ms the server could not be asked"
                        + " whether line 2 of the log of model digits is there");
        assertThat(other.aliasHistory("digits", "champion"))
                .extracting(AliasChange::number)
                .containsExactly(1);
    }

    @Test
    void whatTheServerRollsBackBecauseOfOthersIsDoneAgain() {
        AtomicInteger commits = new AtomicInteger();
        pool.tap((connection, what, proceed) -> {
            if (what.equals("commit") && commits.getAndIncrement() == 0) {
                connection.rollback();
                throw new SQLException("could not serialize access", "40001");
            }
            return proceed.run();
        });
        registry.setAlias("digits", "champion", 1);
        assertThat(commits).hasValue(2);
        assertThat(other.aliasHistory("digits", "champion")).hasSize(1);
    }

    /** The database lets the next writer in while this one, cut off, goes on removing files: the folder does not. */
    @Test
    void aCollectorThatHasLostItsConnectionTakesNothingThatIsBeingPublished() throws Exception {
        other.delete("digits", 1);
        JdbcRegistryStore store = JdbcRegistryStore.open(pool.source(), folder, options);
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try {
            Future<Version> published = store.write(() -> {
                killMine();
                Future<Version> future = publisher.submit(() -> other.publish("digits", Samples.of(1)));
                giveAChance(future);
                assertThat(store.blobs().retain(Set::of)).isGreaterThan(2_000);
                return future;
            });
            assertThat(Samples.model(other, published.get()))
                    .isEqualTo(Samples.of(1).model().read());
        } finally {
            publisher.shutdown();
        }
    }

    private void killMine() {
        String mine = "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%"
                + options.schema() + "%'";
        Server.kill(admin, Server.number(admin, mine));
    }

    /** Long enough to come in, if anything lets it in. */
    private static void giveAChance(Future<Version> publication) throws IOException {
        try {
            publication.get(500, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LockSupport.parkNanos(1);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}

package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.LogName;
import io.maas.registry.StoredModelRegistry;
import java.io.Closeable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Changes are heard of because the server tells, and where it cannot because somebody looks. */
@ExtendWith(Server.class)
class WatchTest {
    private static final LogName DIGITS = new LogName(LogName.Kind.MODEL, "digits");

    @TempDir
    Path folder;

    private final DataSource source;
    private final JdbcStoreOptions options = JdbcStoreOptions.defaults().withSchema(Server.newSchema());
    private final BlockingQueue<LogName> heard = new LinkedBlockingQueue<>();
    private StoredModelRegistry writer;

    WatchTest(DataSource source) {
        this.source = source;
    }

    @BeforeEach
    void publish() {
        writer = StoredModelRegistry.on(JdbcRegistryStore.open(source, folder, options));
        writer.publish("digits", Samples.of(1));
        writer.publish("digits", Samples.of(2));
    }

    private String listeners() {
        return "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"maas_" + options.schema() + "\"'";
    }

    private void assertHeard() throws InterruptedException {
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo(DIGITS);
    }

    /** Nobody looks here. */
    @Test
    void theServerTellsOfEachChangeAndAfterAConnectionIsReplaced() throws Exception {
        Tables tables = new Tables(options.schema());
        Semaphore told = new Semaphore(0);
        Transactions transactions = new Transactions(source, tables, Duration.ofSeconds(30));
        Notifications notifications = new Notifications(transactions, tables.channel(), told::release);
        notifications.start();
        assertTold(told);
        for (int i = 0; i < 3; i++) {
            writer.setAlias("digits", "champion", 1 + i % 2);
            assertTold(told);
        }
        Server.kill(source, Server.number(source, listeners().replace("count(*)", "pid")));
        assertTold(told);
        writer.setAlias("digits", "champion", 2);
        assertTold(told);
        notifications.close();
        Server.await(source, listeners(), 0);
    }

    private static void assertTold(Semaphore told) throws InterruptedException {
        assertThat(told.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aChangeIsHeardOfWhereTheServerCannotTell() throws Exception {
        Pool deaf = new Pool(source);
        deaf.deafen();
        JdbcRegistryStore store = JdbcRegistryStore.open(deaf.source(), folder, options);
        try (Closeable watch = store.watch(heard::add)) {
            writer.setAlias("digits", "champion", 1);
            assertHeard();
            assertThat(Server.number(source, listeners())).isZero();
            assertThat(watch).isNotNull();
        }
        deaf.close();
    }

    @Test
    void theConnectionGoesBackWhenTheWatchOrTheStoreIsClosed() throws Exception {
        Pool pool = new Pool(source);
        JdbcRegistryStore store = JdbcRegistryStore.open(pool.source(), folder, options);
        Closeable watch = store.watch(heard::add);
        store.watch(heard::add);
        Server.await(source, listeners(), 2);
        watch.close();
        Server.await(source, listeners(), 1);
        store.close();
        Server.await(source, listeners(), 0);
        assertThat(pool.isClean()).isTrue();
        pool.close();
    }
}

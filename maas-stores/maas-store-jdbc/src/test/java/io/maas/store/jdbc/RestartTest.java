package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.registry.LogName;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that goes away and comes back. */
class RestartTest {
    @TempDir
    Path folder;

    private Server.Running start(int port) {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("data"))
                .setCleanDataDirectory(false);
        return Server.start(port == 0 ? builder : builder.setPort(port));
    }

    @Test
    void whatWasAcknowledgedIsThereAndWorkGoesOn() throws Exception {
        Server.Running first = start(0);
        Pool pool = new Pool(first.source());
        JdbcRegistryStore store =
                JdbcRegistryStore.open(pool.source(), folder.resolve("files"), JdbcStoreOptions.defaults());
        StoredModelRegistry registry = StoredModelRegistry.on(store);
        Version version = registry.publish("digits", Samples.of(1));
        BlockingQueue<LogName> heard = new LinkedBlockingQueue<>();
        try (Closeable watch = store.watch(heard::add)) {
            first.close();
            assertThatThrownBy(() -> registry.setAlias("digits", "champion", 1)).isInstanceOf(RegistryException.class);
            assertNotOpened(first.source());
            try (Server.Running second = start(first.postgres().getPort())) {
                // Over the connections of before, which are dead.
                assertThat(registry.versions("digits")).containsExactly(version);
                registry.setAlias("digits", "champion", 1);
                assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new LogName(LogName.Kind.MODEL, "digits"));
                assertThat(registry.aliasHistory("digits", "champion")).hasSize(1);
                assertThat(Samples.model(registry, version))
                        .isEqualTo(Samples.of(1).model().read());
                assertThat(second.source()).isNotNull();
            }
            assertThat(watch).isNotNull();
        } finally {
            pool.close();
        }
    }

    private void assertNotOpened(DataSource gone) {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> JdbcRegistryStore.open(gone, none, JdbcStoreOptions.defaults()))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("registry in schema maas failed to open: SQLSTATE 08001: ")
                .hasMessageEndingWith(
                        "; check that the server can be reached and that its user may use or make that" + " schema");
        assertThat(none).doesNotExist();
    }
}

package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import io.maas.store.tck.RegistryStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(Server.class)
class JdbcStoreTest extends RegistryStoreContract {
    private final DataSource source;
    private final Pool pool;
    private final String schema = Server.newSchema();

    @TempDir
    Path folder;

    JdbcStoreTest(DataSource source) {
        this.source = source;
        this.pool = new Pool(source);
    }

    @Override
    protected RegistryStore newStore() {
        return JdbcRegistryStore.open(
                pool.source(), folder, JdbcStoreOptions.defaults().withSchema(schema));
    }

    @AfterEach
    void thePoolIsAsItWas() throws SQLException {
        assertThat(pool.isClean()).isTrue();
        pool.close();
    }

    @Override
    protected void damage(LogName log) {
        Server.execute(
                source,
                "UPDATE " + schema + ".lines l SET line = set_byte(line, length(line) - 5, 1 # get_byte(line,"
                        + " length(line) - 5)) FROM " + schema + ".heads h WHERE l.kind = '" + Tables.kind(log.kind())
                        + "' AND l.model = '" + log.model()
                        + "' AND (h.kind, h.model, h.sequence) = (l.kind, l.model, l.sequence)");
    }

    @Override
    protected void replaceBlob(String sha256, byte @Nullable [] bytes) throws IOException {
        Path blob = folder.resolve("blobs").resolve(sha256.substring(0, 2)).resolve(sha256);
        Files.deleteIfExists(blob);
        if (bytes != null) {
            Files.write(blob, bytes);
        }
    }
}

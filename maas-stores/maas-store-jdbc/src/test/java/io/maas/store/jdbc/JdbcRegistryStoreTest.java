package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.registry.BlobStore;
import io.maas.registry.FileRegistryStore;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is of a database in this store, beyond what all stores promise. */
@ExtendWith(Server.class)
class JdbcRegistryStoreTest {
    private static final LogName DIGITS = new LogName(LogName.Kind.MODEL, "digits");

    @TempDir
    Path folder;

    private final DataSource source;
    private final String schema = Server.newSchema();
    private final JdbcStoreOptions options = JdbcStoreOptions.defaults().withSchema(schema);

    JdbcRegistryStoreTest(DataSource source) {
        this.source = source;
    }

    private JdbcRegistryStore open() {
        return JdbcRegistryStore.open(source, folder, options);
    }

    @Test
    void whoeverOpensAtTheSameTimeFindsEachStepAppliedOnce() throws Exception {
        ExecutorService openers = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(() -> open().describe());
            }
            for (Future<String> opened : openers.invokeAll(all)) {
                assertThat(opened.get())
                        .startsWith("jdbc:postgresql://localhost:")
                        .endsWith("/postgres schema " + schema);
            }
        } finally {
            openers.shutdown();
        }
        assertThat(Server.number(source, "SELECT count(*) FROM " + schema + ".migrations"))
                .isEqualTo(1);
        assertThat(Server.number(source, "SELECT count(*) FROM " + schema + ".registry"))
                .isEqualTo(1);
    }

    @Test
    void aSchemaOfANewerLibraryIsRefused() {
        open();
        Server.execute(source, "INSERT INTO " + schema + ".migrations (version) VALUES (99)");
        assertThatThrownBy(this::open)
                .isInstanceOf(RegistryException.class)
                .hasMessage("schema " + schema + " is of version 99, expected at most 1; use a newer version of this"
                        + " library");
    }

    @Test
    void aStepThatFailsLeavesNothing() {
        Server.execute(source, "CREATE SCHEMA " + schema + "; CREATE TABLE " + schema + ".lines (of int)");
        assertThatThrownBy(this::open).isInstanceOf(RegistryException.class).hasMessageContaining("already exists");
        assertThat(Server.number(source, "SELECT count(*) FROM pg_tables WHERE schemaname = '" + schema + "'"))
                .isEqualTo(1);
    }

    /** As an administrator sets it up who does not let applications make tables. */
    @Test
    void anApplicationNeedsNoRightToMakeTables() throws IOException {
        open();
        String role = schema + "_app";
        Server.execute(
                source,
                "CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role
                        + "; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
        Pool limited = new Pool(source);
        limited.onOpen("SET SESSION AUTHORIZATION " + role);
        StoredModelRegistry registry =
                StoredModelRegistry.on(JdbcRegistryStore.open(limited.source(), folder, options));
        registry.publish("digits", Samples.of(1));
        registry.setAlias("digits", "champion", 1);
        registry.delete("digits", registry.publish("digits", Samples.of(2)).number());
        assertThat(registry.collectGarbage()).isPositive();
        limited.close();
    }

    @Test
    void aWriterWaitsABoundedTimeForOthers() throws Exception {
        StoredModelRegistry registry = StoredModelRegistry.on(
                JdbcRegistryStore.open(source, folder, options.withLockWait(Duration.ofMillis(50))));
        registry.publish("digits", Samples.of(1));
        try (Connection holder = source.getConnection();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT 1 FROM " + schema + ".registry FOR UPDATE");
            assertThatThrownBy(() -> registry.setAlias("digits", "champion", 1))
                    .isInstanceOf(RegistryException.class)
                    .hasMessage("registry is locked: waited 50 ms for other writers of schema " + schema
                            + "; expected them to end; try again, or end what holds its lock");
            // Readers do not wait.
            assertThat(registry.versions("digits")).hasSize(1);
            holder.rollback();
        }
        registry.setAlias("digits", "champion", 1);
        assertThat(registry.aliases("digits")).containsEntry("champion", 1);
    }

    @Test
    void aFolderIsOfOneRegistry() throws IOException {
        open();
        JdbcStoreOptions another = options.withSchema(Server.newSchema());
        assertThatThrownBy(() -> JdbcRegistryStore.open(source, folder, another))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining(" holds the files of registry ")
                .hasMessageContaining("choose another folder");
        assertThatThrownBy(() -> StoredModelRegistry.open(folder))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("whose logs are elsewhere");
    }

    @Test
    void filesMayBeInAnyBlobStore() throws IOException {
        BlobStore blobs = FileRegistryStore.open(folder).blobs();
        JdbcRegistryStore store = JdbcRegistryStore.open(source, blobs, options);
        Version version = StoredModelRegistry.on(store).publish("digits", Samples.of(1));
        assertThat(store.blobs()).isSameAs(blobs);
        StoredModelRegistry again = StoredModelRegistry.on(JdbcRegistryStore.open(source, blobs, options));
        assertThat(Samples.model(again, version))
                .isEqualTo(Samples.of(1).model().read());
    }

    @Test
    void bytesAndNamesAreNoSql() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        byte[] hostile = ("'; DROP SCHEMA " + schema + " CASCADE; --\\\0\"$1 ?").getBytes(StandardCharsets.UTF_8);
        JdbcRegistryStore store = open();
        for (String name : List.of("a--b", "1._-", "DROP-TABLE", "null", "select")) {
            LogName log = new LogName(LogName.Kind.DEPLOYMENT, name);
            for (byte[] line : List.of(hostile, all)) {
                store.write(() -> {
                    store.append(log, store.head(log), line);
                    return true;
                });
            }
            Head one = Head.empty(name).after(hostile);
            Head two = one.after(all);
            assertThat(store.head(log)).isEqualTo(two);
            assertThat(store.read(log, one, two)).startsWith(all).hasSize(257);
        }
        StoredModelRegistry registry = StoredModelRegistry.on(store);
        for (String name : List.of("'; --", "a'b", "a\"b", "a b", "")) {
            assertThatIllegalArgumentException().isThrownBy(() -> registry.publish(name, Samples.of(1)));
            assertThatIllegalArgumentException().isThrownBy(() -> registry.setAlias("x", name, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\"b", "a'b", "a b", "pg_mine", "Upper", "a-b", "1a", "a;drop"})
    void aSchemaHasAPlainName(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options.withSchema(name))
                .withMessageStartingWith("schema: \"");
    }

    @Test
    void settingsAreChecked() {
        assertThat(options.withSchema("a".repeat(55)).schema()).hasSize(55);
        assertThatIllegalArgumentException().isThrownBy(() -> options.withSchema("a".repeat(56)));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withLockWait(Duration.ZERO));
        assertThat(JdbcStoreOptions.defaults()).isEqualTo(new JdbcStoreOptions("maas", Duration.ofSeconds(30)));
    }

    @Test
    void anAppendOutsideOfASectionIsAMistake() {
        JdbcRegistryStore store = open();
        assertThatIllegalStateException()
                .isThrownBy(() -> store.append(DIGITS, Head.empty("digits"), new byte[] {'x'}))
                .withMessageContaining("outside of a write section");
    }

    @Test
    void aClosedStoreIsNotUsed() throws IOException {
        JdbcRegistryStore store = open();
        store.close();
        assertThatIllegalStateException().isThrownBy(() -> store.head(DIGITS)).withMessageContaining(" is closed");
        assertThatIllegalStateException().isThrownBy(() -> store.write(() -> true));
    }

    @Test
    void whatIsRestoredFromABackupIsReadAnew() {
        StoredModelRegistry registry = StoredModelRegistry.on(open());
        registry.publish("digits", Samples.of(1));
        String copy = "CREATE TABLE " + schema + ".lines_then AS TABLE " + schema + ".lines; CREATE TABLE " + schema
                + ".heads_then AS TABLE " + schema + ".heads";
        Server.execute(source, copy);
        registry.publish("digits", Samples.of(2));
        registry.setAlias("digits", "champion", 2);
        Server.execute(
                source,
                ("TRUNCATE {s}.heads, {s}.lines; INSERT INTO {s}.heads TABLE {s}.heads_then;"
                                + " INSERT INTO {s}.lines TABLE {s}.lines_then")
                        .replace("{s}", schema));
        assertThat(registry.versions("digits")).hasSize(1);
        for (int i = 3; i < 8; i++) {
            StoredModelRegistry.on(open()).publish("digits", Samples.of(i));
        }
        assertThat(registry.versions("digits")).hasSize(6);
    }
}

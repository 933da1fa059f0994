package io.maas.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.AliasChange;
import io.maas.registry.LogName;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Several processes that open a registry which is not there yet, and write to it at once. */
@ExtendWith(Server.class)
class ProcessesTest {
    private static final int PROCESSES = 3;
    private static final int EACH = Boolean.getBoolean("maas.nightly") ? 100 : 2;

    @TempDir
    Path folder;

    private final DataSource source;
    private final JdbcStoreOptions options = JdbcStoreOptions.defaults().withSchema(Server.newSchema());

    ProcessesTest(DataSource source) {
        this.source = source;
    }

    /** What each process does: publish, set an alias, collect. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setURL(args[0]);
            source.setUser("postgres");
            JdbcStoreOptions options = JdbcStoreOptions.defaults().withSchema(args[1]);
            StoredModelRegistry registry =
                    StoredModelRegistry.on(JdbcRegistryStore.open(source, Path.of(args[2]), options));
            int first = Integer.parseInt(args[3]);
            for (int i = first; i < first + Integer.parseInt(args[4]); i++) {
                Version version = registry.publish("digits", Samples.of(i));
                registry.setAlias("digits", "champion", version.number());
                registry.collectGarbage();
            }
        }
    }

    private Process start(int first, int count) throws IOException, SQLException {
        String url = source.unwrap(PGSimpleDataSource.class).getURL();
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        url,
                        options.schema(),
                        folder.toString(),
                        String.valueOf(first),
                        String.valueOf(count))
                .inheritIO()
                .start();
    }

    @Test
    void eachPublicationHasANumberOfItsOwnAndEachChangeIsHeardOf() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(start(i * 1_000, EACH));
        }
        for (Process process : processes) {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
        JdbcRegistryStore store = JdbcRegistryStore.open(source, folder, options);
        StoredModelRegistry registry = StoredModelRegistry.on(store);
        int count = PROCESSES * EACH;
        assertThat(registry.versions("digits"))
                .extracting(Version::number)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, count).boxed().toList());
        for (Version version : registry.versions("digits")) {
            assertThat(Samples.model(registry, version)).hasSize(2_000);
        }
        assertThat(registry.aliasHistory("digits", "champion"))
                .extracting(AliasChange::number)
                .hasSize(count)
                .doesNotHaveDuplicates();

        BlockingQueue<LogName> heard = new LinkedBlockingQueue<>();
        try (Closeable watch = store.watch(heard::add)) {
            Process last = start(9_000, 1);
            assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo(new LogName(LogName.Kind.MODEL, "digits"));
            assertThat(last.waitFor(300, TimeUnit.SECONDS)).isTrue();
            assertThat(watch).isNotNull();
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = "maas.nightly",
            matches = "true",
            disabledReason = "LostConnectionTest is the short form")
    void aProcessThatIsKilledLeavesWholeVersions() throws Exception {
        Process writer = start(0, 1_000_000);
        StoredModelRegistry registry = StoredModelRegistry.on(JdbcRegistryStore.open(source, folder, options));
        String count = "SELECT least(count(*), 1) FROM " + options.schema() + ".lines WHERE sequence >= 6";
        Server.await(source, count, 1);
        assertThat(writer.destroyForcibly().waitFor(60, TimeUnit.SECONDS)).isTrue();

        Version next = registry.publish("digits", Samples.of(-1));
        registry.collectGarbage();
        List<Version> versions = registry.versions("digits");
        assertThat(versions).hasSizeGreaterThanOrEqualTo(4).last().isEqualTo(next);
        for (Version version : versions) {
            assertThat(Samples.model(registry, version)).hasSize(2_000);
        }
    }
}

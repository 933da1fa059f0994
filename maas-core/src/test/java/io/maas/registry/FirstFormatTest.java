package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.Resources;
import io.maas.error.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder as the library wrote it before logs knew who and why. */
class FirstFormatTest {
    @TempDir
    Path folder;

    @BeforeEach
    void copy() throws Exception {
        Path from = Path.of(
                Resources.getResource(FirstFormatTest.class, "first-format").toURI());
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path to = folder.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(each, to);
                }
            }
        }
        Files.createDirectories(folder.resolve("tmp"));
    }

    @Test
    void isReadAndGoesOn() throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1, 2);
        assertThat(registry.aliases("digits")).containsEntry("champion", 1);
        assertThat(registry.history("digits"))
                .hasSize(7)
                .allSatisfy(event -> assertThat(event.change()).isEqualTo(Change.unsaid()))
                .extracting(RegistryEvent::at)
                .containsOnly(Instant.parse("2024-02-29T12:00:00Z"));
        assertThat(registry.load(registry.version("digits", 2)).model().read())
                .isEqualTo(Artifacts.of(2, 40).model().read());
        assertThat(registry.upkeep().check().findings()).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.delete("digits", 2))
                .withMessageContaining("it is deployed");

        registry.setTag("digits", 2, "stage", "prod", new Change("anna", "a test"));
        assertThat(registry.publish("digits", Artifacts.of(4)).number()).isEqualTo(4);
        assertThat(StoredModelRegistry.open(folder).history("digits")).hasSize(9);
    }

    @Test
    void linesThatTellNothingNewAreWrittenAsBefore() throws IOException {
        Path log = folder.resolve("models/digits/log.jsonl");
        for (String line : Files.readAllLines(log)) {
            byte[] bytes = line.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            assertThat(LogEntry.parse(bytes).toJson()).isEqualTo(bytes);
        }
        StoredModelRegistry.open(folder).setAlias("digits", "champion", 2);
        List<String> lines = Files.readAllLines(log);
        assertThat(lines.get(7)).startsWith("{\"alias\":\"champion\",\"at\":\"").doesNotContain("format", "who");
    }

    @Test
    void aNewerFormatIsRefusedAsSuch() {
        byte[] line = "{\"format\":\"3\",\"news\":{}}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatThrownBy(() -> LogEntry.parse(line))
                .isInstanceOf(RegistryException.class)
                .hasMessage("log of a model is of format 3, expected at most 2; use a newer version of this library");
    }
}

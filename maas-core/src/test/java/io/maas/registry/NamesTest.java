package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.maas.model.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    /** Ways to write {@code ../} and {@code /}, as plain text, for URLs, and for decoders that are too kind. */
    private static final List<String> UP = List.of(
            "../",
            "..\\",
            "..",
            "./",
            ".\\",
            "/",
            "\\",
            "//",
            "....//",
            "..../",
            "...\\.\\",
            "%2e%2e%2f",
            "%2e%2e/",
            "..%2f",
            "%2e%2e%5c",
            "..%5c",
            "%252e%252e%252f",
            "..%252f",
            "..%c0%af",
            "%c0%ae%c0%ae/",
            "..%c1%9c",
            "..%e0%80%af",
            "%uff0e%uff0e%u2215",
            "..%00/",
            "..\u0000/",
            "..;/",
            ";/../",
            "..\u2215",
            "..\u2044",
            "..\uff0f",
            "\uff0e\uff0e/",
            "\u2025/",
            "\u202e../",
            "..\ufe68",
            "..\u29f5",
            "\u00ad../",
            "..\t/",
            "..\n/",
            " ../",
            "../ ",
            "~/",
            "~root/",
            "file:///",
            "file:..",
            "\\\\?\\C:\\",
            "\\\\host\\share\\",
            "C:\\",
            "C:/",
            "C:",
            "c:..\\",
            "/proc/self/root/",
            "&#46;&#46;&#47;",
            "\\u002e\\u002e\\u002f",
            "${HOME}/",
            "$(pwd)/",
            "`pwd`/",
            "'../",
            "\"../");

    private static final List<String> TARGETS = List.of("etc/passwd", "maas-registry.json", "blobs", "digits", "");

    private static final List<String> ODD = List.of(
            "",
            ".",
            "..",
            "...",
            ".hidden",
            "-rf",
            "_x",
            "a b",
            "a/b",
            "a\\b",
            "a:b",
            "digits:stream",
            "digits::$DATA",
            "a*",
            "a?",
            "a\u0000",
            "a\n",
            "a\r\nb",
            "\ta",
            "ä",
            "数字",
            "a\u0301",
            "\ud800",
            "a%20b",
            "a+b",
            "a@1",
            "a#b",
            "a|b",
            "a<b",
            "a\"b",
            "a'b",
            "digits.",
            "digits..",
            "con",
            "CON",
            "Con.txt",
            "prn",
            "aux",
            "AUX.onnx",
            "nul",
            "nul.tar.gz",
            "com1",
            "COM9.x",
            "lpt1",
            "lPt9",
            "x".repeat(129));

    @TempDir
    Path folder;

    static List<String> corpus() {
        List<String> corpus = new ArrayList<>(ODD);
        for (String up : UP) {
            for (String target : TARGETS) {
                corpus.add(up + target);
                corpus.add("digits/" + up + target);
                corpus.add(up.repeat(8) + target);
            }
        }
        return corpus.stream().distinct().toList();
    }

    @Test
    void noNameLeavesTheFolder() throws IOException {
        Path root = folder.resolve("outer/registry");
        StoredModelRegistry registry = StoredModelRegistry.open(root);
        Version good = registry.publish("digits", Artifacts.of(1));
        Map<String, Long> before = files(folder);
        assertThat(corpus()).hasSizeGreaterThan(400);
        for (String name : corpus()) {
            refused(name, () -> registry.publish(name, Artifacts.of(2)));
            refused(name, () -> registry.versions(name));
            refused(name, () -> registry.version(name, 1));
            refused(name, () -> registry.resolve(name, "latest"));
            refused(name, () -> registry.resolve(name, "1"));
            refused(name, () -> registry.aliases(name));
            refused(name, () -> registry.setAlias(name, "champion", 1));
            refused(name, () -> registry.aliasHistory(name, "champion"));
            refused(name, () -> registry.rollback(name, "champion"));
            refused(name, () -> registry.delete(name, 1));
            refused(name, () -> registry.load(new Version(name, 1, good.digest(), Instant.EPOCH, good.manifest())));
        }
        assertThat(files(folder)).isEqualTo(before);
    }

    @Test
    void noDigestLeavesTheFolder() {
        StoredModelRegistry registry = StoredModelRegistry.open(folder.resolve("registry"));
        for (String name : corpus()) {
            assertThatIllegalArgumentException().as(name).isThrownBy(() -> Digests.require(name));
            Manifest manifest = new Manifest(
                    Artifacts.SIGNATURE,
                    Artifacts.of(1).manifest().lineage(),
                    "",
                    Map.of(),
                    Map.of("model.onnx", new Manifest.FileEntry(name, 1)),
                    0);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> registry.publish(
                            "digits",
                            io.maas.model.Artifact.stored(manifest, entry -> com.google.common.io.ByteSource.empty()))))
                    .as(name)
                    .isInstanceOf(io.maas.error.ArtifactRejectedException.class);
        }
    }

    private static void refused(String name, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatIllegalArgumentException()
                .as(name)
                .isThrownBy(call)
                .withMessageStartingWith("model: ")
                .withMessageContaining("(expected: a name that ");
    }

    private static Map<String, Long> files(Path folder) throws IOException {
        Map<String, Long> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(file -> !StoreFolder.name(file).startsWith("lock"))
                    .toList()) {
                files.put(file.toString(), Files.getLastModifiedTime(file).toMillis());
            }
        }
        return files;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "0", "digits", "Digits-2.1_b", "con1", "console", "com10", "a..b", "nul-1", "lpt", "a-"})
    void takesOrdinaryNames(String name) {
        assertThat(Names.model(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "007", "latest", "Latest", "LATEST", "a/b", "..", "a b", "-a"})
    void refusesAliasesThatMeanSomethingElse(String alias) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.alias(alias))
                .withMessageStartingWith("alias: \"")
                .withMessageContaining("(expected: a name that ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"champion", "v1", "1a", "latest-stable", "con"})
    void takesOrdinaryAliases(String alias) {
        assertThat(Names.alias(alias)).isEqualTo(alias);
    }
}

package io.maas.api.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Looks for bytes that a parser does not bear, led by what they reach in it, for {@code maas.fuzz.seconds} each (120). Each parser has a
 * process of its own with little memory. A finding stands in the log with the bytes that lead to it.
 */
@EnabledIfSystemProperty(named = "maas.nightly", matches = "true")
class JazzerIT {
    @TempDir
    Path folder;

    static List<FuzzTarget> targets() {
        return FuzzTarget.all();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void findsNothing(FuzzTarget target) throws Exception {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        for (int i = 0; i < target.seeds().size(); i++) {
            Files.write(corpus.resolve("seed-" + i), target.seeds().get(i));
        }
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + JazzerDriver.class.getName(),
                        "--target_args=" + target.name(),
                        "--instrumentation_includes=io.maas.**:com.fasterxml.jackson.core.**",
                        // It stops Netty's use of memory, of which it knows nothing.
                        "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.UnsafeSanitizer",
                        "--reproducer_path=" + folder,
                        "-artifact_prefix=" + folder + "/",
                        "-max_total_time=" + Integer.getInteger("maas.fuzz.seconds", 120),
                        "-max_len=8192",
                        "-timeout=10",
                        "-rss_limit_mb=2048",
                        corpus.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor()).as(() -> end(log)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Long enough for a stack trace and the bytes. */
    private static String end(Path log) {
        try {
            List<String> lines = Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 100), lines.size()));
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }
}

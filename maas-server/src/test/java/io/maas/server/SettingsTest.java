package io.maas.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that starts where it should not would run until it is told to end. */
@Timeout(120)
class SettingsTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private Path file = Path.of("");

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("maas.properties"), "port=1\nhost=localhost\ngrace=3\n");
    }

    private int run(Map<String, String> environment, String... arguments) {
        return ServerCommand.run(environment, new PrintWriter(out, true), arguments);
    }

    @Test
    void aFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile() {
        int code = run(
                Map.of("MAAS_PORT", "2", "MAAS_GRACE", "4"),
                "--config",
                file.toString(),
                "--print-config",
                "--grace=5");
        assertThat(out.toString())
                .contains("grace = 5   # flag")
                .contains("port = 2   # MAAS_PORT")
                .contains("host = localhost   # " + file)
                .contains("registry = models   # default");
        assertThat(code).isZero();
    }

    @Test
    void theFileMayBeNamedInTheEnvironment() {
        assertThat(run(Map.of("MAAS_CONFIG", file.toString()), "--print-config"))
                .isZero();
        assertThat(out.toString()).contains("port = 1   # " + file);
    }

    @Test
    void aKeyIsPrintedAndOnlyItsHashKept() throws IOException {
        Path keys = folder.resolve("keys.json");
        assertThat(run(Map.of(), "issue-key", "--keys=" + keys, "--name=anna", "--grants=admin,infer:team-*"))
                .isZero();
        String key = out.toString().trim();
        assertThat(key).startsWith("maas_");
        assertThat(keys).content().contains("anna").doesNotContain(key.substring(key.lastIndexOf('_') + 1));
        assertThat(run(Map.of(), "issue-key", "--keys=" + keys, "--name=anna", "--grants=root"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("expected: infer, train, deploy or admin");
    }

    /** Starts the server on folders of its own, which is to fail. */
    private int serve(String argument) {
        return run(
                Map.of(),
                argument,
                "--port=0",
                "--registry=" + folder.resolve("r"),
                "--training=" + folder.resolve("t"));
    }

    @ParameterizedTest
    @CsvSource({
        "--tls-certificates, --tls-key",
        "--tls-key, --tls-certificates",
        "--tls-clients, --tls-certificates",
        "--tls-client-names, --tls-clients",
        "--jwt-keys, --jwt-issuer",
        "--jwt-issuer, --jwt-keys",
        "--jwt-audience, --jwt-keys",
        "--jwt-grants, --jwt-keys"
    })
    void settingsThatNeedOthersSaySo(String given, String missing) {
        assertThat(serve(given + "=x")).isEqualTo(1);
        assertThat(out.toString()).contains(missing + " is missing (expected: it is given with " + given + ")");
    }

    @Test
    void aModelThatIsNotThereEndsIt() {
        assertThat(serve("--deploy=ghost")).isEqualTo(1);
        assertThat(out.toString()).contains("no model \"ghost\"");
    }

    @Test
    void whatMeansNothingIsRefused() throws IOException {
        Files.writeString(file, "prot=1\n");
        assertThat(run(Map.of(), "--config=" + file, "--print-config")).isEqualTo(2);
        assertThat(out.toString()).contains(file + ": no setting \"prot\" (expected: one of [");
        assertThat(run(Map.of(), "--config", folder.resolve("nosuch").toString()))
                .isEqualTo(2);
        assertThat(out.toString()).contains("cannot read ");
        assertThat(run(Map.of("MAAS_PORT", "many"))).isEqualTo(2);
        assertThat(run(
                        Map.of(),
                        "--host=0.0.0.0",
                        "--port=0",
                        "--registry=" + folder.resolve("r"),
                        "--training=" + folder.resolve("t")))
                .isEqualTo(1);
        assertThat(out.toString())
                .contains("expected: a loopback address, such as 127.0.0.1")
                .contains("give --keys or --jwt-keys");
    }

    @Test
    void whatOnlyAFlagCanSayIsRefusedInTheFileAndNotOffered() throws IOException {
        for (String key : new String[] {"config", "help", "version"}) {
            Files.writeString(file, key + "=true\n");
            assertThat(run(Map.of(), "--config=" + file, "--print-config")).isEqualTo(2);
            assertThat(out.toString())
                    .contains(file + ": no setting \"" + key + "\"")
                    .doesNotContainPattern("expected: one of (\\[|\\[[^]]* )(config|help|version)[,\\]]");
        }
    }

    @Test
    void settingsArePrintedHoweverOftenThatIsAskedFor() throws IOException {
        Files.writeString(file, "print-config=true\n");
        assertThat(run(Map.of("MAAS_PRINT_CONFIG", "true"), "--config=" + file, "--print-config"))
                .isZero();
        assertThat(out.toString()).contains("port = 8080   # default");
    }

    @Test
    void filesThatAreNoneOfSettingsAreNamed() throws IOException {
        Files.writeString(file, "port=\\u00zz\n");
        assertThat(run(Map.of(), "--config=" + file)).isEqualTo(2);
        assertThat(out.toString())
                .contains("cannot read " + file + ": Malformed")
                .doesNotContain("\tat ");
        assertThat(run(Map.of(), "--config=" + folder)).isEqualTo(2);
        assertThat(out.toString())
                .contains("cannot read " + folder + ": it is a folder (expected: a file of properties)");
    }

    @Test
    void numbersOutOfBoundsAreWrongBeforeAnythingStarts() {
        for (String wrong : new String[] {"--port=99999", "--grace=-5", "--max-body-bytes=0", "--memory-budget=-1"}) {
            assertThat(run(Map.of(), wrong, "--print-config")).isEqualTo(2);
            assertThat(out.toString()).contains(wrong.replace("=", ": ") + " (expected: ");
        }
    }
}

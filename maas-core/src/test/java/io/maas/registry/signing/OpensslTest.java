package io.maas.registry.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/registry.md, where the machine has openssl. */
class OpensslTest {
    private static final Statement STATEMENT = new Statement("digits", 3, "ab".repeat(32));

    @TempDir
    Path folder;

    @BeforeEach
    void requireOpenssl() throws Exception {
        boolean there;
        try {
            there = run(List.of("openssl", "version")) == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeTrue(there, "no openssl");
    }

    @Test
    void readsItsKeysAndVerifiesItsSignatures() throws Exception {
        assertThat(openssl("genpkey -algorithm ed25519 -out key.pem")).isZero();
        assertThat(openssl("pkey -in key.pem -pubout -out public.pem")).isZero();
        Files.write(folder.resolve("statement"), STATEMENT.bytes());
        assertThat(openssl("pkeyutl -sign -inkey key.pem -rawin -in statement -out signature"))
                .isZero();

        VerifyingKey key = VerifyingKey.read(folder.resolve("public.pem"));
        VersionSignature signature = new VersionSignature(
                key.id(), Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("signature"))));
        assertThat(key.verifies(STATEMENT, signature)).isTrue();
        // Ed25519 has no randomness: both tools sign alike.
        assertThat(SigningKey.read(folder.resolve("key.pem")).sign(STATEMENT)).isEqualTo(signature);
    }

    @Test
    void verifiesOurSignatures() throws Exception {
        SigningKey key = SigningKey.generate();
        Files.writeString(folder.resolve("key.pem"), key.toPem());
        Files.writeString(folder.resolve("public.pem"), key.verifyingKey().toPem());
        Files.write(folder.resolve("statement"), STATEMENT.bytes());
        Files.write(folder.resolve("signature"), key.sign(STATEMENT).bytes());
        String verify = "pkeyutl -verify -pubin -inkey public.pem -rawin -in statement -sigfile signature";
        assertThat(openssl(verify)).isZero();
        Files.write(folder.resolve("statement"), new Statement("digits", 4, STATEMENT.digest()).bytes());
        assertThat(openssl(verify)).isNotZero();
        assertThat(openssl("pkey -in key.pem -pubout -out again.pem")).isZero();
        assertThat(folder.resolve("again.pem")).hasSameTextualContentAs(folder.resolve("public.pem"));
    }

    @Test
    void anIdIsTheHashOfItsX509Form() throws Exception {
        SigningKey key = SigningKey.generate();
        Files.writeString(folder.resolve("public.pem"), key.verifyingKey().toPem());
        assertThat(openssl("pkey -pubin -in public.pem -outform DER -out public.der"))
                .isZero();
        assertThat(com.google.common.io.MoreFiles.asByteSource(folder.resolve("public.der"))
                        .hash(com.google.common.hash.Hashing.sha256()))
                .hasToString(key.verifyingKey().id());
    }

    private int openssl(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        return run(command);
    }

    private int run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor();
    }
}

package io.maas.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateFileTest {
    @TempDir
    Path folder;

    private Path write(String... lines) throws IOException {
        return Files.write(folder.resolve("callers"), List.of(lines));
    }

    @Test
    void eachCallerHasGrantsAndACertificate() throws IOException {
        assertThat(CertificateFile.read(write(
                        "worker = infer:team-*,train  uri:spiffe://example.com/worker",
                        "root = admin subject:CN=root, O=Acme")))
                .isEqualTo(Map.of(
                        "uri:spiffe://example.com/worker",
                        new Principal("worker", ImmutableSet.of(Grant.parse("infer:team-*"), Grant.of(Role.TRAIN))),
                        "subject:CN=root, O=Acme",
                        Principal.of("root", Role.ADMIN)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            worker = infer           | worker: certificate: missing (expected: grants, then a certificate's name
            worker = root dns:a      | worker: grant: "root" (expected: infer, train, deploy or admin
            worker = infer CN=worker | names: "CN=worker" (expected: one that begins with subject:, dns:, uri: or email:)
            """)
    void whatIsNoCallerIsRefused(String line, String message) throws IOException {
        Path file = write(line);
        assertThatThrownBy(() -> CertificateFile.of(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    @Test
    void aCertificateIsOneCallers() throws IOException {
        Path file = write("a = infer dns:x", "b = admin dns:x");
        assertThatThrownBy(() -> CertificateFile.of(file))
                .hasMessageContaining("certificate: \"dns:x\" (expected: one caller for each)");
        assertThatThrownBy(() -> CertificateFile.of(write("a = infer dns:x", "b = admin dns:X")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

package io.maas.registry.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ArtifactRejectedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustPolicyTest {
    private static final Statement STATEMENT = new Statement("digits", 3, "ab".repeat(32));

    private final SigningKey ours = SigningKey.generate();
    private final SigningKey theirs = SigningKey.generate();
    private final TrustPolicy strict = TrustPolicy.require(ours.verifyingKey());

    @TempDir
    Path folder;

    @Test
    void takesWhatATrustedKeyHasSigned() {
        assertThatCode(() -> strict.check(STATEMENT, List.of(ours.sign(STATEMENT))))
                .doesNotThrowAnyException();
        assertThatCode(() -> strict.check(STATEMENT, List.of(theirs.sign(STATEMENT), ours.sign(STATEMENT))))
                .doesNotThrowAnyException();
        assertThatCode(() -> TrustPolicy.open().check(STATEMENT, List.of())).doesNotThrowAnyException();
    }

    @Test
    void refusesWhatNobodyTrustedHasSigned() {
        refused(
                strict,
                "version digits:3 is not trusted: it is not signed (expected: a signature by " + ours.verifyingKey()
                        + "); sign it with a trusted key, or trust the one it is signed with");
        refused(
                strict,
                "version digits:3 is not trusted: it is signed by " + theirs.verifyingKey()
                        + " only (expected: a signature by " + ours.verifyingKey()
                        + "); sign it with a trusted key, or trust the one it is signed with",
                theirs.sign(STATEMENT));
        refused(
                TrustPolicy.require(),
                "version digits:3 is not trusted: it is not signed (expected: a signature by a"
                        + " trusted key, and none is); sign it with a trusted key, or trust the one it is signed with");
    }

    @Test
    void refusesForgedSignaturesEvenIfNoneIsRequired() {
        VersionSignature forged = new VersionSignature(
                ours.verifyingKey().id(), theirs.sign(STATEMENT).value());
        VersionSignature replayed = ours.sign(new Statement("digits", 2, STATEMENT.digest()));
        for (TrustPolicy policy : List.of(strict, TrustPolicy.open().withTrusted(ours.verifyingKey()))) {
            for (VersionSignature bad : List.of(forged, replayed)) {
                refused(
                        policy,
                        "version digits:3 is not trusted: its signature by " + ours.verifyingKey()
                                + " does not hold (expected: a signature by " + ours.verifyingKey()
                                + "); sign it again, if it is what it should be",
                        bad);
            }
        }
    }

    @Test
    void aRevokedKeyCountsNoLongerAndTaintsWhatOnlyItHasSigned() {
        String id = ours.verifyingKey().id();
        String message = "version digits:3 is not trusted: it is signed by " + ours.verifyingKey()
                + ", which was revoked (expected: a signature by a trusted key, and none is); have it signed by another"
                + " key";
        refused(strict.withRevoked(id), message, ours.sign(STATEMENT));
        refused(TrustPolicy.open().withRevoked(id), message, ours.sign(STATEMENT));
        TrustPolicy both = strict.withTrusted(theirs.verifyingKey()).withRevoked(id);
        assertThatCode(() -> both.check(STATEMENT, List.of(ours.sign(STATEMENT), theirs.sign(STATEMENT))))
                .doesNotThrowAnyException();
    }

    private static void refused(TrustPolicy policy, String message, VersionSignature... signatures) {
        assertThatThrownBy(() -> policy.check(STATEMENT, List.of(signatures)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage(message);
    }

    @Test
    void isReadFromAFolderOfKeys() throws IOException {
        assertThat(TrustPolicy.read(folder)).isEqualTo(TrustPolicy.require());
        write("trusted/us.pem", ours.verifyingKey().toPem());
        write("trusted/them.pem", theirs.verifyingKey().toPem());
        write("trusted/README", "not ours");
        write("revoked/them.pem", theirs.verifyingKey().toPem());
        assertThat(TrustPolicy.read(folder))
                .isEqualTo(strict.withTrusted(theirs.verifyingKey())
                        .withRevoked(theirs.verifyingKey().id()));
        Path odd = write("revoked/odd.pem", "half a key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrustPolicy.read(folder))
                .withMessageStartingWith("key file " + odd + ": PEM: no key (expected: ");
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        return Files.writeString(file, text);
    }
}

package io.maas.registry.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SigningKeyTest {
    private static final Statement STATEMENT = new Statement("digits", 3, "ab".repeat(32));

    /** RFC 8410, section 10.3. */
    private static final String RFC_PRIVATE = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
            -----END PRIVATE KEY-----
            """;

    /** RFC 8410, section 10.1: the public half of it. */
    private static final String RFC_PUBLIC = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----
            """;

    @Test
    void findsThePublicHalfOfAKeyInAFile() {
        SigningKey key = SigningKey.ofPem(RFC_PRIVATE);
        assertThat(key.verifyingKey()).isEqualTo(VerifyingKey.ofPem(RFC_PUBLIC));
        assertThat(key.verifyingKey().toPem()).isEqualTo(RFC_PUBLIC);
        assertThat(key.toPem()).isEqualTo(RFC_PRIVATE);
    }

    @Test
    void signsWhatItsPublicHalfVerifiesAndNoOther() {
        SigningKey key = SigningKey.generate();
        VersionSignature signature = SigningKey.ofPem(key.toPem()).sign(STATEMENT);
        assertThat(key.verifyingKey().verifies(STATEMENT, signature)).isTrue();
        assertThat(signature.keyId()).isEqualTo(key.verifyingKey().id());
        VerifyingKey other = SigningKey.generate().verifyingKey();
        assertThat(other.verifies(STATEMENT, signature)).isFalse();
        assertThat(other.verifies(STATEMENT, new VersionSignature(other.id(), signature.value())))
                .isFalse();
    }

    @Test
    void aSignatureHoldsForOneContentOfOneVersionOfOneModel() {
        SigningKey key = SigningKey.generate();
        VersionSignature signature = key.sign(STATEMENT);
        for (Statement other : List.of(
                new Statement("digits2", 3, STATEMENT.digest()),
                new Statement("digits", 4, STATEMENT.digest()),
                new Statement("digits", 3, "ac" + STATEMENT.digest().substring(2)))) {
            assertThat(key.verifyingKey().verifies(other, signature))
                    .as("%s", other)
                    .isFalse();
        }
    }

    @Test
    void noFlippedBitOfASignatureHolds() {
        SigningKey key = SigningKey.generate();
        byte[] good = key.sign(STATEMENT).bytes();
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(key.verifyingKey().verifies(STATEMENT, signature(key, bad)))
                    .as("bit %d", bit)
                    .isFalse();
        }
        byte[] random = new byte[64];
        new Random(1).nextBytes(random);
        assertThat(key.verifyingKey().verifies(STATEMENT, signature(key, random)))
                .isFalse();
        assertThat(key.verifyingKey().verifies(STATEMENT, signature(key, new byte[64])))
                .isFalse();
    }

    private static VersionSignature signature(SigningKey key, byte[] bytes) {
        return new VersionSignature(
                key.verifyingKey().id(), java.util.Base64.getEncoder().encodeToString(bytes));
    }

    @Test
    void theStatementIsFourLinesOfText() {
        assertThat(STATEMENT.bytes())
                .asString()
                .isEqualTo(
                        "maas-version-signature 1\nmodel digits\nversion 3\nmanifest-sha256 " + "ab".repeat(32) + "\n");
    }

    @Test
    void refusesWhatIsNoKeyWithoutRepeatingIt() {
        String body = RFC_PRIVATE.lines().toList().get(1);
        for (String odd : List.of(
                "",
                body,
                RFC_PUBLIC,
                RFC_PRIVATE.replace("PRIVATE", "ENCRYPTED PRIVATE"),
                RFC_PRIVATE.replace("MC4CAQ", "MC4CAg"),
                RFC_PRIVATE.replace("MC4C", "MC4=C"),
                RFC_PRIVATE.replace("-----END PRIVATE KEY-----", ""),
                RFC_PRIVATE + RFC_PRIVATE,
                RFC_PRIVATE.replace(body, body.substring(0, 40)))) {
            assertThatIllegalArgumentException()
                    .as(odd)
                    .isThrownBy(() -> SigningKey.ofPem(odd))
                    .satisfies(e ->
                            assertThat(e.getMessage()).contains("(expected: ").doesNotContain("Ed25519\n" + body));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VerifyingKey.ofPem(RFC_PRIVATE))
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith(
                                "PEM: \"PRIVATE KEY\" (expected: one Ed25519 key between -----BEGIN PUBLIC KEY-----")
                        .doesNotContain(body));
        assertThat(SigningKey.ofPem(RFC_PRIVATE).toString())
                .doesNotContain(body)
                .startsWith("private half of key ");
    }

    @Test
    void refusesKeysOfOtherAlgorithms() throws Exception {
        for (String algorithm : List.of("Ed448", "X25519", "EC")) {
            byte[] der = java.security.KeyPairGenerator.getInstance(algorithm)
                    .generateKeyPair()
                    .getPublic()
                    .getEncoded();
            assertThatIllegalArgumentException()
                    .as(algorithm)
                    .isThrownBy(() -> VerifyingKey.ofPem(Pem.write("PUBLIC KEY", der)))
                    .withMessageContaining("Ed25519");
        }
    }

    @Test
    void aSignatureHasOneFormOnly() {
        VersionSignature good = SigningKey.ofPem(RFC_PRIVATE).sign(STATEMENT);
        for (String odd :
                List.of("", "x", good.value().substring(4), good.value().replace("=", ""), "*" + good.value())) {
            assertThatIllegalArgumentException()
                    .as(odd)
                    .isThrownBy(() -> new VersionSignature(good.keyId(), odd))
                    .withMessageStartingWith("value: ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new VersionSignature(HexFormat.of().withUpperCase().formatHex(new byte[31]), good.value()))
                .withMessageStartingWith("keyId: ");
    }
}

package io.maas.api.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.BaseEncoding;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.maas.error.MaasException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that are signed as they should be, and all the ways in which they are not. */
class JwtAuthenticatorTest {
    private static final long NOW = 1769854830; // 2026-01-31T10:20:30Z
    private static final String HEADER = "{\"alg\":\"ES256\",\"kid\":\"ec\"}";
    private static final String CLAIMS = "{\"iss\":\"https://id.example\",\"aud\":\"maas\",\"sub\":\"worker\",\"exp\":"
            + (NOW + 60) + ",\"grants\":[\"infer:team-*\",\"openid\"]}";

    private static KeyPair rsa;
    private static KeyPair ec;
    private static KeyPair ed;
    private static KeyPair stranger;

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private Path file;
    private JwtAuthenticator tokens;

    @BeforeAll
    static void makeKeys() throws Exception {
        rsa = pair("RSA", null);
        ec = pair("EC", "secp256r1");
        stranger = pair("EC", "secp256r1");
        ed = pair("Ed25519", null);
    }

    private static KeyPair pair(String kind, @Nullable String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        if (curve != null) {
            generator.initialize(new ECGenParameterSpec(curve));
        }
        return generator.generateKeyPair();
    }

    @BeforeEach
    void open() throws Exception {
        file = folder.resolve("jwks.json");
        Files.writeString(file, new JWKSet(List.of(rsaKey(), ecKey(ec, "ec"), edKey())).toString());
        tokens = open(JwtRules.of("https://id.example", "maas"));
    }

    private JwtAuthenticator open(JwtRules rules) {
        return JwtAuthenticator.of(file, rules, clock, clock);
    }

    private static RSAKey rsaKey() {
        return new RSAKey.Builder((RSAPublicKey) rsa.getPublic()).keyID("rsa").build();
    }

    private static ECKey ecKey(KeyPair pair, String id) {
        return new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic())
                .keyID(id)
                .build();
    }

    private static OctetKeyPair edKey() {
        byte[] encoded = ed.getPublic().getEncoded();
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
        return new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point))
                .keyID("ed")
                .build();
    }

    private static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String encode(byte[] bytes) {
        return BaseEncoding.base64Url().omitPadding().encode(bytes);
    }

    private static String token(String header, String claims, PrivateKey key) throws Exception {
        String signed = encode(header) + "." + encode(claims);
        Signature signature = switch (header.replaceAll(".*\"alg\":\"(..).*", "$1")) {
            case "RS" -> Signature.getInstance("SHA256withRSA");
            case "PS" -> pss();
            case "Ed" -> Signature.getInstance("Ed25519");
            default -> Signature.getInstance("SHA256withECDSAinP1363Format");
        };
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + encode(signature.sign());
    }

    private static Signature pss() throws Exception {
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        return signature;
    }

    private static String hmac(String header, byte[] secret) throws Exception {
        String signed = encode(header) + "." + encode(CLAIMS);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static Optional<Principal> authenticate(Authenticator tokens, String token) {
        return tokens.authenticate(new Credentials(token, null));
    }

    private static void assertRefused(Authenticator tokens, String token) {
        assertThatThrownBy(() -> authenticate(tokens, token)).isInstanceOf(AuthenticationException.class);
    }

    private static String claims(String change) {
        String[] fromTo = change.split("=>", -1);
        assertThat(CLAIMS).contains(fromTo[0]);
        return CLAIMS.replace(fromTo[0], fromTo[1]);
    }

    @ParameterizedTest
    @CsvSource({"RS256,rsa", "PS256,rsa", "ES256,ec", "EdDSA,ed"})
    void everyKindOfSignatureIsKnown(String algorithm, String id) throws Exception {
        PrivateKey key = (id.equals("rsa") ? rsa : id.equals("ec") ? ec : ed).getPrivate();
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + id + "\",\"typ\":\"JWT\"}";

        Principal principal = authenticate(tokens, token(header, CLAIMS, key)).orElseThrow();

        assertThat(principal.name()).isEqualTo("worker");
        assertThat(principal.grants()).containsExactly(Grant.parse("infer:team-*"));
        assertRefused(
                open(JwtRules.of("https://id.example", "maas").withAlgorithms("ES512")), token(header, CLAIMS, key));
        // The same signature under other claims.
        String[] parts = token(header, CLAIMS, key).split("\\.", -1);
        assertRefused(tokens, parts[0] + "." + encode(claims("worker=>admin")) + "." + parts[2]);
    }

    static Stream<Arguments> headers() {
        return Stream.of(
                        "{\"alg\":\"none\"}",
                        "{\"alg\":\"None\",\"kid\":\"ec\"}",
                        "{\"alg\":\"HS256\",\"kid\":\"ec\"}",
                        "{\"alg\":\"RS256\",\"kid\":\"ec\"}",
                        "{\"alg\":\"ES384\",\"kid\":\"ec\"}",
                        "{\"alg\":\"es256\",\"kid\":\"ec\"}",
                        "{\"alg\":null,\"kid\":\"ec\"}",
                        "{\"kid\":\"ec\"}",
                        "{\"alg\":[\"ES256\"],\"kid\":\"ec\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"alg\":\"ES256\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"rsa\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"../../../../dev/null\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec' UNION SELECT 'k\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"\"}",
                        "{\"alg\":\"ES256\",\"kid\":7}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"jku\":\"https://evil.example/jwks\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x5u\":\"https://evil.example/x5u\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x5c\":[\"MIIB\"]}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"jwk\":{\"kty\":\"EC\"}}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"crit\":[\"exp\"]}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"crit\":[]}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"b64\":false}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x5t\":null}",
                        "{\"alg\":\"ES256\",\"kid\":null}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"zip\":\"DEF\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"enc\":\"A128GCM\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"logout+jwt\"}",
                        "[\"ES256\"]",
                        "{\"alg\":\"ES256\"",
                        "")
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("headers")
    void headersThatWantSomethingElseAreRefused(String header) throws Exception {
        String signed = encode(header) + "." + encode(CLAIMS);
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(ec.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        // Signed by the right key all the same: only the header is wrong.
        assertRefused(tokens, signed + "." + encode(signature.sign()));
        assertRefused(tokens, signed + ".");
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                        "\"iss\":\"https://id.example\",=>",
                        "https://id.example=>https://id.example/",
                        "https://id.example=>https://evil.example",
                        "\"iss\":\"https://id.example\"=>\"iss\":[\"https://id.example\"]",
                        "\"aud\":\"maas\",=>",
                        "\"aud\":\"maas\"=>\"aud\":\"other\"",
                        "\"aud\":\"maas\"=>\"aud\":[\"other\"]",
                        "\"aud\":\"maas\"=>\"aud\":[]",
                        "\"aud\":\"maas\"=>\"aud\":[\"maas\",7]",
                        "\"aud\":\"maas\"=>\"aud\":{\"maas\":1}",
                        "\"sub\":\"worker\",=>",
                        "\"sub\":\"worker\"=>\"sub\":null",
                        "\"sub\":\"worker\"=>\"sub\":\"\"",
                        "\"sub\":\"worker\"=>\"sub\":\"" + "a".repeat(200) + "\"",
                        "\"sub\":\"worker\"=>\"sub\":\"a\\nb\"",
                        "\"exp\":" + (NOW + 60) + ",=>",
                        "\"exp\":" + (NOW + 60) + "=>\"exp\":" + (NOW - 30),
                        "\"exp\":" + (NOW + 60) + "=>\"exp\":\"" + (NOW + 60) + "\"",
                        "\"exp\":" + (NOW + 60) + "=>\"exp\":-1",
                        "\"exp\":" + (NOW + 60) + "=>\"exp\":1e300",
                        "\"exp\":" + (NOW + 60) + "=>\"exp\":null",
                        "\"exp\":=>\"nbf\":" + (NOW + 31) + ",\"exp\":",
                        "\"exp\":=>\"nbf\":\"now\",\"exp\":",
                        "\"exp\":=>\"nbf\":null,\"exp\":",
                        "\"exp\":=>\"email\":null,\"email\":null,\"exp\":",
                        "\"exp\":=>\"more\":{\"a\":1,\"a\":2},\"exp\":",
                        "\"exp\":=>\"iat\":" + (NOW + 31) + ",\"exp\":",
                        "\"exp\":=>\"exp\":" + (NOW + 60) + ",\"exp\":",
                        "\"sub\":=>\"sub\":\"admin\",\"sub\":",
                        "]}=>]}{}",
                        "]}=>]")
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("changes")
    void claimsThatAreNotForUsAreRefused(String change) throws Exception {
        assertRefused(tokens, token(HEADER, claims(change), ec.getPrivate()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"email\":null", "\"groups\":[null]", "\"realm_access\":{\"roles\":null}"})
    void claimsThatNobodyAsksForMayBeNull(String claim) throws Exception {
        String token = token(HEADER, claims("\"exp\":=>" + claim + ",\"exp\":"), ec.getPrivate());
        assertThat(authenticate(tokens, token).orElseThrow().grants()).containsExactly(Grant.parse("infer:team-*"));
    }

    @Test
    void clocksMayBeApartByTheSkew() throws Exception {
        String claims = claims("\"exp\":=>\"nbf\":" + (NOW + 30) + ",\"exp\":");
        String token = token(HEADER, claims, ec.getPrivate());
        assertThat(authenticate(tokens, token)).isPresent();
        clock.pass(Duration.ofSeconds(89));
        assertThat(authenticate(tokens, token)).isPresent();
        clock.pass(Duration.ofSeconds(1));
        assertRefused(tokens, token);
    }

    @Test
    void publicKeysAreNoSecrets() throws Exception {
        for (byte[] secret : List.of(
                rsa.getPublic().getEncoded(),
                ec.getPublic().getEncoded(),
                rsaKey().toString().getBytes(StandardCharsets.UTF_8),
                Files.readAllBytes(file),
                new byte[1])) {
            assertRefused(tokens, hmac("{\"alg\":\"HS256\",\"kid\":\"rsa\"}", secret));
            assertRefused(tokens, hmac("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", secret));
        }
    }

    @Test
    void signaturesOfStrangersAndNoneAreRefused() throws Exception {
        assertRefused(tokens, token(HEADER, CLAIMS, stranger.getPrivate()));
        String right = token(HEADER, CLAIMS, ec.getPrivate());
        String signed = right.substring(0, right.lastIndexOf('.') + 1);
        assertRefused(tokens, signed);
        assertRefused(tokens, signed + encode(new byte[64])); // CVE-2022-21449: zeros
        assertRefused(tokens, right + "=");
        assertRefused(tokens, right + "AA");
        assertRefused(tokens, right.substring(0, right.length() - 2));
        // Bits behind the last byte that a lenient decoder throws away.
        String last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char end = last.charAt(last.indexOf(right.charAt(right.length() - 1)) ^ 1);
        assertRefused(tokens, right.substring(0, right.length() - 1) + end);
    }

    @Test
    void hugeTokensAreNotTakenApart() throws Exception {
        String claims = claims("worker=>worker\",\"more\":\"" + "a".repeat(10_000));
        assertRefused(tokens, token(HEADER, claims, ec.getPrivate()));
        assertRefused(tokens, encode("{\"a\":".repeat(1000)) + "." + encode("[".repeat(1000)) + ".");
    }

    @Test
    void whatIsNoTokenIsLeftToOthers() {
        assertThat(authenticate(tokens, "maas_a_b")).isEmpty();
        assertThat(authenticate(tokens, "a.b")).isEmpty();
        assertThat(authenticate(tokens, "a.b.c.d.e")).isEmpty();
        assertThat(tokens.authenticate(new Credentials(null, null))).isEmpty();
    }

    @Test
    void withoutAnIdOnlyOneKeyMayFit() throws Exception {
        String token = token("{\"alg\":\"ES256\"}", CLAIMS, ec.getPrivate());
        assertThat(authenticate(tokens, token)).isPresent();
        Files.writeString(file, new JWKSet(List.of(ecKey(ec, "ec"), ecKey(stranger, "other"))).toString());
        clock.pass(Duration.ofSeconds(1));
        assertRefused(tokens, token);
    }

    @Test
    void keysAreReadAgainWhenTheFileChanges() throws Exception {
        String token = token(HEADER.replace("\"ec\"", "\"new\""), CLAIMS, stranger.getPrivate());
        assertRefused(tokens, token);
        Files.writeString(file, new JWKSet(ecKey(stranger, "new")).toString());
        clock.pass(Duration.ofSeconds(1));
        assertThat(authenticate(tokens, token)).isPresent();
        assertRefused(tokens, token(HEADER, CLAIMS, ec.getPrivate()));
        Files.writeString(file, "{");
        clock.pass(Duration.ofSeconds(1));
        assertThat(authenticate(tokens, token)).isPresent();
    }

    @Test
    void keySetsWithSecretsOrWeakKeysAreRefused() throws Exception {
        KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
        weak.initialize(1024);
        for (String set : List.of(
                new JWKSet(new OctetSequenceKey.Builder(new byte[32])
                                .keyID("ec")
                                .build())
                        .toString(false),
                new JWKSet(new ECKey.Builder(ecKey(ec, "ec"))
                                .privateKey((java.security.interfaces.ECPrivateKey) ec.getPrivate())
                                .build())
                        .toString(false),
                new JWKSet(new RSAKey.Builder(
                                        (RSAPublicKey) weak.generateKeyPair().getPublic())
                                .build())
                        .toString(),
                "{}",
                "[]",
                "null{\"k",
                "{\"keys\":[{\"kty\":\"EC\"}]}")) {
            Files.writeString(file, set);
            assertThatThrownBy(() -> open(JwtRules.of("i", "a"))).as(set).isInstanceOf(MaasException.class);
        }
        Files.delete(file);
        assertThatThrownBy(() -> open(JwtRules.of("i", "a"))).isInstanceOf(MaasException.class);
    }

    @Test
    void rulesAllowNoAlgorithmOfAnotherKind() {
        for (String algorithm : List.of("none", "HS256", "ES256K", "RSA-OAEP")) {
            assertThatThrownBy(() -> JwtRules.of("i", "a").withAlgorithms(algorithm))
                    .hasMessageStartingWith("algorithms: ");
        }
        assertThatThrownBy(() -> JwtRules.of("i", "a").withSkew(Duration.ofHours(1)))
                .hasMessageStartingWith("skew: ");
    }

    @Test
    void grantsMayStandInOneText() throws Exception {
        JwtAuthenticator scoped = open(JwtRules.of("https://id.example", "maas").withGrants("scope"));
        String claims = claims("\"exp\":=>\"scope\":\"openid infer admin:my-model\",\"exp\":");
        assertThat(authenticate(scoped, token(HEADER, claims, ec.getPrivate()))
                        .orElseThrow()
                        .grants())
                .containsExactly(Grant.of(Role.INFER), Grant.parse("admin:my-model"));
        assertThat(authenticate(scoped, token(HEADER, CLAIMS, ec.getPrivate()))
                        .orElseThrow()
                        .grants())
                .isEmpty();
    }
}

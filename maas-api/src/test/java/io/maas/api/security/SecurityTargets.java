package io.maas.api.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ticker;
import com.google.common.io.BaseEncoding;
import io.maas.api.fuzz.FuzzTarget;
import io.maas.error.MaasException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Who says who they are, and the files that it is held against. */
public final class SecurityTargets {
    private static final String KEYS = """
            {"keys":[{"kty":"RSA","kid":"rsa","n":"%s","e":"AQAB"},
             {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
             {"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
              "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""".formatted("w".repeat(342));

    private static final String KEY_FILE = """
            {"format":1,"keys":[{"id":"k3f2","name":"a","grants":["infer:t-*"],"hash":"00","created":"2026-01-31T10:20:30Z",
             "expires":"2030-01-01T00:00:00Z","used":"2026-01-31T10:00:00Z","previous":"11","previous_until":"2026-02-01T00:00:00Z"}]}""";

    private SecurityTargets() {}

    public static List<FuzzTarget> all() {
        return List.of(tokens(), keySets(), keyFiles(), grants());
    }

    private static String encode(String text) {
        return BaseEncoding.base64Url().omitPadding().encode(text.getBytes(UTF_8));
    }

    /** Header and claims in plain, with a line between them, so that what is changed by chance stays readable; or a whole token. */
    private static FuzzTarget tokens() {
        JwtAuthenticator tokens = JwtAuthenticator.of(
                file(KEYS), JwtRules.of("https://id.example", "maas"), InstantSource.system(), Ticker.systemTicker());
        String claims =
                "{\"iss\":\"https://id.example\",\"aud\":[\"maas\"],\"sub\":\"worker\",\"exp\":1e10,\"nbf\":1,\"grants\":[\"infer\"]}";
        return FuzzTarget.of(
                "tokens",
                FuzzTarget.texts(
                        "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}\n" + claims,
                        "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}\n" + claims,
                        "{\"alg\":\"ES256\",\"kid\":\"ec\"}\n" + claims,
                        "{\"alg\":\"PS256\"}\n" + claims,
                        "{\"alg\":\"none\"}\n" + claims,
                        encode("{\"alg\":\"RS256\"}") + "." + encode(claims) + ".AAAA"),
                input -> {
                    String text = new String(input, ISO_8859_1);
                    String[] parts = text.split("\n", 3);
                    String token = parts.length == 1
                            ? text
                            : encode(parts[0]) + "." + encode(parts[1]) + "."
                                    + encode(parts.length == 3 ? parts[2] : "x".repeat(64));
                    if (tokens.authenticate(new Credentials(token, null)).isPresent()) {
                        throw new IllegalStateException("nobody has signed this");
                    }
                },
                AuthenticationException.class);
    }

    private static FuzzTarget keySets() {
        return FuzzTarget.of("keysets", FuzzTarget.texts(KEYS, "{\"keys\":[]}"), JwtKeys::parse, MaasException.class);
    }

    private static FuzzTarget keyFiles() {
        return FuzzTarget.of(
                "keyfiles",
                FuzzTarget.texts(KEY_FILE, "{\"format\":1,\"keys\":[]}"),
                KeyFile::parse,
                MaasException.class);
    }

    private static FuzzTarget grants() {
        return FuzzTarget.of(
                "grants",
                FuzzTarget.texts("infer", "infer:team-*", "admin:a", "deploy:*"),
                input -> Grant.parse(new String(input, UTF_8)),
                IllegalArgumentException.class);
    }

    private static Path file(String text) {
        try {
            Path file = Files.createTempFile("maas-keys", ".json");
            file.toFile().deleteOnExit();
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

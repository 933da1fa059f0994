package io.maas.api.client;

import com.google.common.base.Ascii;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.maas.error.MaasException;
import io.maas.error.Require;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom a client trusts and what it shows of itself. */
final class Tls {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /** As the JDK and OpenSSL say that the other side refuses, and why, or that it speaks something else. */
    private static final Pattern REFUSED = Pattern.compile(
            "(?:fatal alert: |ALERT_)(\\w+)|(?i:unrecognized SSL message|not an SSL/TLS record|WRONG_VERSION_NUMBER)");

    /** Of a key that is in memory only. */
    private static final char[] NO_PASSWORD = new char[0];

    private Tls() {}

    static ImmutableList<X509Certificate> certificates(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            ImmutableList.Builder<X509Certificate> found = ImmutableList.builder();
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.add((X509Certificate) each);
            }
            ImmutableList<X509Certificate> all = found.build();
            Require.that(!all.isEmpty(), "certificates", pem, "a file with certificates in PEM (X.509)");
            return all;
        } catch (CertificateException e) {
            throw new IllegalArgumentException("certificates: " + pem + " (expected: PEM, X.509)", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static PrivateKey privateKey(Path pem) {
        String text;
        try {
            text = Files.readString(pem, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Matcher key = KEY.matcher(text);
        Require.that(key.find(), "key", pem, "a private key in PEM (PKCS #8), not encrypted");
        byte[] bytes = Base64.getMimeDecoder().decode(key.group(1));
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
            } catch (InvalidKeySpecException e) {
                // Of another algorithm.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JDK lacks " + algorithm, e);
            }
        }
        throw Require.failure("key", pem, "one of " + ALGORITHMS);
    }

    /** Null where the JDK's own will do. */
    static @Nullable SSLContext context(ClientOptions options) {
        ClientOptions.Identity identity = options.identity();
        if (options.trusted().isEmpty() && identity == null) {
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(identity), trust(options.trusted()), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "identity, trusted: not usable (expected: a key and its certificate)", e);
        }
    }

    /** Whether two could not agree on TLS, which they will not in a moment either; an encrypted connection that breaks is none. */
    static boolean isRefusal(@Nullable Throwable thrown) {
        return thrown != null
                && Throwables.getCausalChain(thrown).stream()
                        .anyMatch(each -> each instanceof SSLHandshakeException
                                || (each instanceof SSLException
                                        && REFUSED.matcher(String.valueOf(each.getMessage()))
                                                .find()));
    }

    static MaasException refusal(URI server, Throwable thrown) {
        return new MaasException("TLS handshake with " + server + " failed: " + reason(thrown), thrown);
    }

    private static String reason(Throwable thrown) {
        String all = Throwables.getCausalChain(thrown).stream()
                .map(each -> String.valueOf(each.getMessage()))
                .collect(Collectors.joining("; "));
        if (all.contains("certification path")) {
            return "no authority that is trusted has signed the server's certificate (expected: one of them); trust its"
                    + " authority, by ClientOptions.withTrust";
        }
        String last = String.valueOf(Throwables.getRootCause(thrown).getMessage());
        if (all.contains("alternative name")
                || all.contains("alternative DNS name")
                || all.contains("No name matching")) {
            return "the server's certificate is for another name: " + last
                    + " (expected: that of the address); use a name that is in it";
        }
        Matcher refused = REFUSED.matcher(all);
        if (!refused.find()) {
            return last + " (expected: a certificate that is valid); see that it is";
        }
        return refused.group(1) == null
                ? "the server does not speak TLS there (expected: TLS); use an address with http or grpc, or another port"
                : "the server refused the client: " + Ascii.toLowerCase(refused.group(1))
                        + " (expected: a certificate that it trusts); show one, by ClientOptions.withCertificate";
    }

    private static KeyManager @Nullable [] keys(ClientOptions.@Nullable Identity identity)
            throws GeneralSecurityException, IOException {
        if (identity == null) {
            return null;
        }
        KeyStore store = empty();
        store.setKeyEntry(
                "client", identity.key(), NO_PASSWORD, identity.chain().toArray(new Certificate[0]));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        return keys.getKeyManagers();
    }

    private static TrustManager @Nullable [] trust(List<X509Certificate> trusted)
            throws GeneralSecurityException, IOException {
        if (trusted.isEmpty()) {
            return null;
        }
        KeyStore store = empty();
        for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("authority-" + i, trusted.get(i));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust.getTrustManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }
}

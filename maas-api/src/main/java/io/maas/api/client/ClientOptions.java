package io.maas.api.client;

import com.google.common.collect.ImmutableList;
import io.maas.error.Require;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How a client talks to servers.
 *
 * <p>Immutable and thread-safe.
 *
 * @param key the API key or token that is shown with each request; null for none
 * @param trusted the authorities that may vouch for a server; empty for those of the JDK
 * @param identity what the client shows of itself where a server asks for a certificate; null for nothing
 * @param connectTimeout how long a connection may take to be made
 * @param requestTimeout how long one attempt of a request may take from the first byte sent to the last one of the answer, or the first
 *     one of an answer that comes bit by bit; only running a model has a timeout of its own, {@link io.maas.model.RequestOptions#timeout}
 * @param retries what is tried again
 */
public record ClientOptions(
        @Nullable String key,
        ImmutableList<X509Certificate> trusted,
        @Nullable Identity identity,
        Duration connectTimeout,
        Duration requestTimeout,
        Retries retries) {
    /**
     * A client's own certificate.
     *
     * @param chain its own first
     */
    public record Identity(ImmutableList<X509Certificate> chain, PrivateKey key) {
        public Identity {
            Require.that(!chain.isEmpty(), "chain", "empty", "at least one certificate");
        }

        /** Without the key. */
        @Override
        public String toString() {
            return "Identity[" + chain.get(0).getSubjectX500Principal() + "]";
        }
    }

    /**
     * How often what may be asked twice is asked again, and after which pause. Requests that read, and those that say how things are to
     * be, are asked again after a broken connection and where a server is busy, and go to another server, if there is one, after a
     * timeout; others only where no server has begun with them.
     *
     * @param attempts the most of one request, {@code >= 1}
     * @param pause before the second one; it doubles each time, and up to half of it more or less is drawn at random. What a server says
     *     in {@code Retry-After} is waited for at least
     * @param longest the longest pause that is made; who is told to wait longer gives up
     */
    public record Retries(int attempts, Duration pause, Duration longest) {
        public Retries {
            Require.positive(attempts, "attempts");
            Require.that(!pause.isNegative(), "pause", pause, "pause >= 0");
            Require.that(longest.compareTo(pause) >= 0, "longest", longest, "longest >= pause, " + pause);
        }

        /** How long to wait after so many attempts. */
        Duration pauseAfter(int made) {
            double doubled = (double) pause.toNanos() * Math.pow(2, made - 1.0);
            double bounded = Math.min(doubled, (double) longest.toNanos());
            return Duration.ofNanos(
                    (long) (bounded * ThreadLocalRandom.current().nextDouble(0.5, 1.5)));
        }
    }

    public ClientOptions {
        Require.that(
                key == null || key.chars().allMatch(c -> c > 0x20 && c < 0x7f),
                "key",
                "***",
                "printable ASCII, no spaces");
        Require.that(isTimeout(connectTimeout), "connectTimeout", connectTimeout, "connectTimeout > 0");
        Require.that(isTimeout(requestTimeout), "requestTimeout", requestTimeout, "requestTimeout > 0");
    }

    private static boolean isTimeout(Duration timeout) {
        return !timeout.isNegative() && !timeout.isZero();
    }

    /** No key, the JDK's authorities, ten seconds to connect, ten minutes for a request, four attempts from 100 ms to 30 s apart. */
    public static ClientOptions defaults() {
        return new ClientOptions(
                null,
                ImmutableList.of(),
                null,
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                new Retries(4, Duration.ofMillis(100), Duration.ofSeconds(30)));
    }

    public ClientOptions withKey(String other) {
        return new ClientOptions(other, trusted, identity, connectTimeout, requestTimeout, retries);
    }

    /**
     * Trusting the authorities in a file and no others.
     *
     * @param pem certificates (X.509)
     * @throws IllegalArgumentException if it holds none
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public ClientOptions withTrust(Path pem) {
        return new ClientOptions(key, Tls.certificates(pem), identity, connectTimeout, requestTimeout, retries);
    }

    /**
     * With a certificate for servers that ask for one.
     *
     * @param chain certificates in PEM (X.509), the client's own first
     * @param privateKey its key in PEM (PKCS #8), not encrypted
     * @throws IllegalArgumentException if they are none
     * @throws java.io.UncheckedIOException if they cannot be read
     */
    public ClientOptions withCertificate(Path chain, Path privateKey) {
        Identity own = new Identity(Tls.certificates(chain), Tls.privateKey(privateKey));
        return new ClientOptions(key, trusted, own, connectTimeout, requestTimeout, retries);
    }

    public ClientOptions withConnectTimeout(Duration other) {
        return new ClientOptions(key, trusted, identity, other, requestTimeout, retries);
    }

    public ClientOptions withRequestTimeout(Duration other) {
        return new ClientOptions(key, trusted, identity, connectTimeout, other, retries);
    }

    public ClientOptions withRetries(Retries other) {
        return new ClientOptions(key, trusted, identity, connectTimeout, requestTimeout, other);
    }

    /** Without the key, which no log may hold. */
    @Override
    public String toString() {
        return "ClientOptions[key=" + (key == null ? "none" : "***") + ", trusted=" + trusted.size() + ", identity="
                + identity + ", connectTimeout=" + connectTimeout + ", requestTimeout=" + requestTimeout + ", retries="
                + retries + "]";
    }
}

package io.maas.api.server;

import io.maas.api.security.FileStamp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Certificates by which a server is known, and those by which it knows its clients. Files are PEM; when they change they are read again,
 * and hold for connections that are made from then on. TLS 1.2 and 1.3.
 *
 * <p>Immutable and thread-safe.
 *
 * @param certificates the server's own, then those that lead from it to an authority
 * @param key that belongs to the first of them, not encrypted
 * @param authorities who vouches for clients; null if they are not asked for certificates
 * @param demanding whether clients without a certificate are turned away; if not, they need a key or a token
 */
public record Tls(Path certificates, Path key, @Nullable Path authorities, boolean demanding) {
    public Tls {
        certificates = certificates.toAbsolutePath();
        key = key.toAbsolutePath();
        authorities = authorities == null ? null : authorities.toAbsolutePath();
    }

    /** Clients are not asked for certificates. */
    public static Tls of(Path certificates, Path key) {
        return new Tls(certificates, key, null, false);
    }

    /** Clients may show a certificate that one of these authorities has signed. */
    public Tls withClients(Path signedBy) {
        return new Tls(certificates, key, signedBy, false);
    }

    /** Clients must show a certificate that one of these authorities has signed. */
    public Tls withClientsOnly(Path signedBy) {
        return new Tls(certificates, key, signedBy, true);
    }

    /** What tells one state of the files from the next. */
    List<@Nullable FileStamp> stamps() {
        List<@Nullable FileStamp> stamps = new ArrayList<>();
        stamps.add(FileStamp.of(certificates));
        stamps.add(FileStamp.of(key));
        stamps.add(authorities == null ? null : FileStamp.of(authorities));
        return stamps;
    }
}

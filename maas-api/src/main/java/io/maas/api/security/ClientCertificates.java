package io.maas.api.security;

import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * Who shows a certificate that the server's authorities have signed. That alone lets nobody in: only the names that are listed are known.
 *
 * <p>Immutable and thread-safe.
 */
public final class ClientCertificates implements Authenticator {
    private static final int EMAIL = 1;
    private static final int DNS = 2;
    private static final int URI = 6;

    private final ImmutableMap<String, Principal> names;
    private final InstantSource clock;

    private ClientCertificates(ImmutableMap<String, Principal> names, InstantSource clock) {
        this.names = names;
        this.clock = clock;
    }

    /**
     * Knows certificates by what they are made out to.
     *
     * @param names {@code subject:CN=worker,O=Acme} for the whole subject by RFC 2253, or an alternative name: {@code
     *     dns:worker.example}, {@code uri:spiffe://example/worker} or {@code email:…}, each with who that is. Where a certificate has
     *     several that are listed, they must all be the same one
     * @throws IllegalArgumentException if a name is of none of these kinds
     */
    public static ClientCertificates of(Map<String, Principal> names) {
        return of(names, InstantSource.system());
    }

    static ClientCertificates of(Map<String, Principal> names, InstantSource clock) {
        ImmutableMap.Builder<String, Principal> canonical = ImmutableMap.builder();
        names.forEach((name, principal) -> canonical.put(canonical(name), principal));
        return new ClientCertificates(canonical.buildOrThrow(), clock);
    }

    private static String canonical(String name) {
        int colon = name.indexOf(':');
        String value = name.substring(colon + 1);
        return switch (colon < 0 ? "" : name.substring(0, colon)) {
            case "subject" -> subject(new X500Principal(value));
            case "dns" -> dns(value);
            case "uri" -> "uri:" + value;
            case "email" -> "email:" + value;
            default ->
                throw Require.failure(
                        "names", Require.quote(name), "one that begins with subject:, dns:, uri: or email:");
        };
    }

    private static String subject(X500Principal subject) {
        return "subject:" + subject.getName(X500Principal.CANONICAL);
    }

    private static String dns(String name) {
        return "dns:" + name.toLowerCase(Locale.ROOT);
    }

    @Override
    public Optional<Principal> authenticate(Credentials credentials) {
        X509Certificate certificate = credentials.certificate();
        if (certificate == null) {
            return Optional.empty();
        }
        List<Principal> found = names(certificate).stream()
                .map(names::get)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        if (found.size() > 1) {
            throw new AuthenticationException("the certificate is made out to several who are listed");
        }
        if (!found.isEmpty()) {
            requireValid(certificate);
        }
        return found.stream().findFirst();
    }

    /** A connection may be older than the certificate's last day. */
    private void requireValid(X509Certificate certificate) {
        try {
            certificate.checkValidity(Date.from(clock.instant()));
        } catch (CertificateException e) {
            throw new AuthenticationException("the certificate has expired", e);
        }
    }

    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        names.add(subject(certificate.getSubjectX500Principal()));
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                switch ((Integer) alternative.get(0)) {
                    case EMAIL -> names.add("email:" + alternative.get(1));
                    case DNS -> names.add(dns((String) alternative.get(1)));
                    case URI -> names.add("uri:" + alternative.get(1));
                    default -> {}
                }
            }
        } catch (CertificateParsingException e) {
            throw new AuthenticationException("the names in the certificate cannot be read", e);
        }
        return names;
    }
}

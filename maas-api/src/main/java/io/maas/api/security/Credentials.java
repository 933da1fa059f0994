package io.maas.api.security;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * What a request brings along to show who sent it.
 *
 * @param bearer the token of {@code Authorization: Bearer}, or of {@code X-API-Key}; null if there is none
 * @param certificate the client's own, which the server has verified against those that it trusts; null if there is none
 */
public record Credentials(@Nullable String bearer, @Nullable X509Certificate certificate) {
    /** What somebody shows first: {@code token} (of three parts, as identity providers make them), {@code key}, {@code certificate} or {@code none}. */
    public String kind() {
        if (bearer == null) {
            return certificate == null ? "none" : "certificate";
        }
        return bearer.chars().filter(c -> c == '.').count() == 2 ? "token" : "key";
    }

    /** Without the token, which no log may hold. */
    @Override
    public String toString() {
        return "Credentials[bearer=" + (bearer == null ? "none" : "***") + ", certificate="
                + (certificate == null ? "none" : certificate.getSubjectX500Principal()) + "]";
    }
}

package io.maas.api.security;

import java.util.Optional;

/**
 * Finds out who somebody is. Several can be asked one after another.
 *
 * <p>Implementations are thread-safe and do not block: they are asked on the threads that serve the network, before anything of a
 * request but its head has been read.
 */
@FunctionalInterface
public interface Authenticator {
    /**
     * Who brings these credentials.
     *
     * @return empty if they are not of a kind that this one knows, or if there are none
     * @throws AuthenticationException if they are and do not hold: false, expired or revoked
     */
    Optional<Principal> authenticate(Credentials credentials);

    /** The first that recognizes somebody. */
    default Authenticator or(Authenticator next) {
        return credentials -> {
            Optional<Principal> found = authenticate(credentials);
            return found.isPresent() ? found : next.authenticate(credentials);
        };
    }
}

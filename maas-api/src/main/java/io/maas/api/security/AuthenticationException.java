package io.maas.api.security;

import io.maas.error.MaasException;

/**
 * Credentials that do not hold. Its message is for the server's log: whoever sent them hears only that they do not hold, so that nobody
 * learns how near they were.
 */
public class AuthenticationException extends MaasException {
    private static final long serialVersionUID = 1L;

    public AuthenticationException(String message) {
        super(message);
    }

    public AuthenticationException(String message, Throwable cause) {
        super(message, cause);
    }
}

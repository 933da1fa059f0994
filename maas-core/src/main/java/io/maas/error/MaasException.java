package io.maas.error;

import org.jspecify.annotations.Nullable;

/**
 * Root of the failures that a correct program can meet at run time. Programmer errors use the JDK's own exceptions
 * ({@link IllegalArgumentException}, {@link IllegalStateException}).
 *
 * <p>A message says what happened (with the value), what was expected, and how to fix it.
 */
public class MaasException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MaasException(String message) {
        super(message);
    }

    public MaasException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

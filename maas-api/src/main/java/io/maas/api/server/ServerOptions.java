package io.maas.api.server;

import io.maas.error.Require;
import java.time.Duration;

/**
 * Where and within which bounds a server listens.
 *
 * @param host the name or address to listen on; must be a loopback one
 * @param port the port, {@code 0 <= port <= 65535}; 0 for any free one
 * @param maxBodyBytes the longest request body that is read, in bytes; longer ones are refused with status 413
 * @param idleTimeout after how long without a byte in either direction a connection is closed, also while its answer is
 *     being computed; at least a millisecond
 */
public record ServerOptions(String host, int port, int maxBodyBytes, Duration idleTimeout) {
    public ServerOptions {
        Require.that(0 <= port && port <= 65535, "port", port, "0 <= port <= 65535");
        Require.positive(maxBodyBytes, "maxBodyBytes");
        Require.that(
                idleTimeout.compareTo(Duration.ofMillis(1)) >= 0 && idleTimeout.compareTo(Duration.ofDays(1)) <= 0,
                "idleTimeout",
                idleTimeout,
                "1 ms <= idleTimeout <= 1 day");
    }

    /** 127.0.0.1, any free port, bodies of up to 64 MiB, five minutes of silence. */
    public static ServerOptions defaults() {
        return new ServerOptions("127.0.0.1", 0, 64 << 20, Duration.ofMinutes(5));
    }

    public ServerOptions withHost(String other) {
        return new ServerOptions(other, port, maxBodyBytes, idleTimeout);
    }

    public ServerOptions withPort(int other) {
        return new ServerOptions(host, other, maxBodyBytes, idleTimeout);
    }

    public ServerOptions withMaxBodyBytes(int bytes) {
        return new ServerOptions(host, port, bytes, idleTimeout);
    }

    public ServerOptions withIdleTimeout(Duration timeout) {
        return new ServerOptions(host, port, maxBodyBytes, timeout);
    }
}

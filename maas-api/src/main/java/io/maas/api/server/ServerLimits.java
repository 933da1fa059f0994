package io.maas.api.server;

import io.maas.error.Require;
import java.time.Duration;

/**
 * How much a server takes of anybody.
 *
 * <p>Immutable and thread-safe.
 *
 * @param maxBodyBytes the longest request body that is read into memory, in bytes and after decompression; longer ones are refused with
 *     status 413
 * @param maxPendingBytes of bodies and of messages by gRPC that have begun and are not there as a whole, all callers together; what goes
 *     beyond is refused with status 503. At least one body of {@code maxBodyBytes} is always taken
 * @param maxUploadBytes the longest file that is taken to disk, in bytes
 * @param idleTimeout after how long without a byte in either direction a connection is closed, also while its answer is
 *     being computed; a millisecond to a day
 * @param requestTimeout how long a request may take to arrive as a whole, uploads not counted, and its answer to be taken, streams not
 *     counted; a millisecond to a day
 * @param maxConnections how many connections may be open at once
 * @param grace how long requests under way may take when the server closes
 */
public record ServerLimits(
        int maxBodyBytes,
        long maxPendingBytes,
        long maxUploadBytes,
        Duration idleTimeout,
        Duration requestTimeout,
        int maxConnections,
        Duration grace) {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(1);

    public ServerLimits {
        Require.positive(maxBodyBytes, "maxBodyBytes");
        Require.that(maxPendingBytes > 0, "maxPendingBytes", maxPendingBytes, "maxPendingBytes > 0");
        Require.that(maxUploadBytes > 0, "maxUploadBytes", maxUploadBytes, "maxUploadBytes > 0");
        Require.that(isTimeout(idleTimeout), "idleTimeout", idleTimeout, "1 ms <= idleTimeout <= 1 day");
        Require.that(isTimeout(requestTimeout), "requestTimeout", requestTimeout, "1 ms <= requestTimeout <= 1 day");
        Require.positive(maxConnections, "maxConnections");
        Require.that(!grace.isNegative() && grace.compareTo(LONGEST) <= 0, "grace", grace, "0 <= grace <= 1 day");
    }

    private static boolean isTimeout(Duration timeout) {
        return timeout.compareTo(SHORTEST) >= 0 && timeout.compareTo(LONGEST) <= 0;
    }

    /**
     * Bodies of up to 64 MiB, or a sixteenth of the heap if that is less, as numbers may take several times the room of their text; those
     * under way within a quarter of the heap, files of up to 16 GiB, five minutes of silence, a minute for a request to arrive, 20,000 connections, five
     * seconds of grace.
     */
    public static ServerLimits defaults() {
        long heap = Runtime.getRuntime().maxMemory();
        return new ServerLimits(
                (int) Math.min(64 << 20, heap / 16),
                heap / 4,
                16L << 30,
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                20_000,
                Duration.ofSeconds(5));
    }

    public ServerLimits withMaxBodyBytes(int bytes) {
        return new ServerLimits(
                bytes, maxPendingBytes, maxUploadBytes, idleTimeout, requestTimeout, maxConnections, grace);
    }

    public ServerLimits withMaxPendingBytes(long bytes) {
        return new ServerLimits(
                maxBodyBytes, bytes, maxUploadBytes, idleTimeout, requestTimeout, maxConnections, grace);
    }

    public ServerLimits withMaxUploadBytes(long bytes) {
        return new ServerLimits(
                maxBodyBytes, maxPendingBytes, bytes, idleTimeout, requestTimeout, maxConnections, grace);
    }

    public ServerLimits withIdleTimeout(Duration timeout) {
        return new ServerLimits(
                maxBodyBytes, maxPendingBytes, maxUploadBytes, timeout, requestTimeout, maxConnections, grace);
    }

    public ServerLimits withRequestTimeout(Duration timeout) {
        return new ServerLimits(
                maxBodyBytes, maxPendingBytes, maxUploadBytes, idleTimeout, timeout, maxConnections, grace);
    }

    public ServerLimits withMaxConnections(int number) {
        return new ServerLimits(
                maxBodyBytes, maxPendingBytes, maxUploadBytes, idleTimeout, requestTimeout, number, grace);
    }

    public ServerLimits withGrace(Duration time) {
        return new ServerLimits(
                maxBodyBytes, maxPendingBytes, maxUploadBytes, idleTimeout, requestTimeout, maxConnections, time);
    }
}

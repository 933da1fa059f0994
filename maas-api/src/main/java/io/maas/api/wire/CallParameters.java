package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.RequestOptions;
import java.math.BigInteger;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for beside its tensors, in the protocol's words. Parameters that are not known mean nothing here and are let
 * pass, as the protocol wants it.
 *
 * <p>Immutable and thread-safe.
 *
 * @param timeout how long the caller waits, null for as long as it takes; microseconds on the wire
 * @param priority 1 for the highest, more for less, 0 for the usual one, which is as good as 2
 * @param key whom the request is for, null for nobody; the same one gets the same version while two are served side by side
 * @param binaryOutput whether outputs that say nothing else are sent as binary data
 */
public record CallParameters(
        @Nullable Duration timeout, long priority, @Nullable String key, boolean binaryOutput) {
    /** The usual level, as which 0 counts. */
    private static final int USUAL = 2;

    /** One level of the protocol in levels of {@link RequestOptions}: a second ahead in the queue. */
    private static final int STEP = 10;

    /** The lowest level of {@link RequestOptions}. */
    private static final int LOWEST = -1000;

    private static final int LONGEST_KEY = 1024;

    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final CallParameters NONE = new CallParameters(null, 0, null, false);

    public static CallParameters none() {
        return NONE;
    }

    /** As options of a caller in this process have it; {@link RequestOptions#caller} does not go over the wire. */
    public static CallParameters of(RequestOptions options) {
        int priority = options.priority();
        long level = priority == 0 ? 0 : priority > 0 ? 1 : USUAL + (-priority + STEP - 1) / STEP;
        return new CallParameters(options.timeout(), level, options.key(), false);
    }

    public CallParameters withTimeout(@Nullable Duration other) {
        return new CallParameters(other, priority, key, binaryOutput);
    }

    /** With the shorter one of two timeouts. */
    public CallParameters within(@Nullable Duration other) {
        return other == null || (timeout != null && timeout.compareTo(other) <= 0)
                ? this
                : withTimeout(other.compareTo(LONGEST) > 0 ? LONGEST : other);
    }

    public CallParameters withKey(@Nullable String other) {
        return new CallParameters(timeout, priority, other, binaryOutput);
    }

    public CallParameters withBinaryOutput(boolean binary) {
        return new CallParameters(timeout, priority, key, binary);
    }

    /**
     * With one more parameter as it came.
     *
     * @param value a {@link String}, {@link Boolean}, {@link Long}, {@link BigInteger} or {@link Double}
     * @throws InvalidInputException if it is of the wrong kind or out of its range
     * @throws UnsupportedRequestException if it asks for what this server does not have
     */
    public CallParameters with(String name, Object value) {
        return switch (name) {
            case "timeout" -> withTimeout(timeout(count(name, value, "microseconds, 0 for no timeout")));
            case "priority" ->
                new CallParameters(
                        timeout, count(name, value, "1 for the highest, 0 for the usual one"), key, binaryOutput);
            case "sticky_key" -> withKey(key(name, value));
            case "binary_data_output" -> withBinaryOutput(ParameterReader.truth("parameters." + name, value));
            case "sequence_id" -> {
                if (!value.equals("") && !value.equals(0L)) {
                    throw sequence(name);
                }
                yield this;
            }
            case "sequence_start", "sequence_end" -> {
                if (ParameterReader.truth("parameters." + name, value)) {
                    throw sequence(name);
                }
                yield this;
            }
            default -> this;
        };
    }

    private static UnsupportedRequestException sequence(String name) {
        return new UnsupportedRequestException("parameters." + name
                + " is not supported: requests of a sequence cannot be kept together (expected: requests that"
                + " stand alone)");
    }

    private static long count(String name, Object value, String expected) {
        // What does not fit is more than anybody waits, or less than any other level.
        long count =
                value instanceof BigInteger large ? large.signum() * Long.MAX_VALUE : value instanceof Long l ? l : -1;
        if (count < 0) {
            throw new InvalidInputException("parameters." + name + " is not a count (expected: " + expected + ")");
        }
        return count;
    }

    /**
     * A sticky key.
     *
     * @throws InvalidInputException if it is none
     */
    public static String key(String name, Object value) {
        if (value instanceof String text && !text.isEmpty() && text.length() <= LONGEST_KEY) {
            return text;
        }
        throw JsonBody.unexpected(Require.quote(name), "a text of 1 to " + LONGEST_KEY + " characters");
    }

    private static @Nullable Duration timeout(long micros) {
        return micros == 0 ? null : Duration.of(Math.min(micros, micros(LONGEST)), ChronoUnit.MICROS);
    }

    /** The timeout as the wire has it; 0 for none. */
    public long timeoutMicros() {
        return timeout == null ? 0 : micros(timeout);
    }

    // Rounded up: 0 would mean no timeout.
    private static long micros(Duration timeout) {
        Duration bounded = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
        return Math.max(1, bounded.plusNanos(999).toNanos() / 1000);
    }

    /** For the model, on behalf of somebody. */
    public RequestOptions options(String caller) {
        int level = priority == 0 ? 0 : (int) Math.max(LOWEST, STEP * (USUAL - Math.min(priority, -LOWEST)));
        return new RequestOptions(timeout, level, caller, key, null);
    }
}

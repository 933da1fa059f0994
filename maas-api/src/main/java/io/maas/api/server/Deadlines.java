package io.maas.api.server;

import io.maas.error.InvalidInputException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long a caller waits, as headers say it: {@code Grpc-Timeout} as gRPC and the gateways before it write it, which names its unit, and
 * the milliseconds that Envoy passes on.
 */
final class Deadlines {
    static final String GRPC = "Grpc-Timeout";
    static final String ENVOY = "X-Envoy-Expected-Rq-Timeout-Ms";

    private static final Pattern GRPC_FORM = Pattern.compile("([0-9]{1,8})([HMSmun])");
    private static final Pattern ENVOY_FORM = Pattern.compile("[0-9]{1,12}");

    private Deadlines() {}

    /**
     * The shorter one of what both say, null if they say nothing.
     *
     * @throws InvalidInputException if one of them is of another form
     */
    static @Nullable Duration of(Exchange exchange) {
        Duration grpc = exchange.header(GRPC).map(Deadlines::grpc).orElse(null);
        Duration envoy = exchange.header(ENVOY).map(Deadlines::envoy).orElse(null);
        return grpc == null || (envoy != null && envoy.compareTo(grpc) < 0) ? envoy : grpc;
    }

    static Duration grpc(String text) {
        Matcher form = GRPC_FORM.matcher(text);
        if (!form.matches()) {
            throw new InvalidInputException(
                    GRPC + " is of another form (expected: up to 8 digits and one of H, M, S, m, u, n, such as 250m)");
        }
        TimeUnit unit = switch (form.group(2)) {
            case "H" -> TimeUnit.HOURS;
            case "M" -> TimeUnit.MINUTES;
            case "S" -> TimeUnit.SECONDS;
            case "m" -> TimeUnit.MILLISECONDS;
            case "u" -> TimeUnit.MICROSECONDS;
            default -> TimeUnit.NANOSECONDS;
        };
        return Duration.of(Long.parseLong(form.group(1)), unit.toChronoUnit());
    }

    /** Envoy writes 0 where it waits for ever. */
    private static @Nullable Duration envoy(String text) {
        if (!ENVOY_FORM.matcher(text).matches()) {
            throw new InvalidInputException(ENVOY + " is of another form (expected: milliseconds)");
        }
        long millis = Long.parseLong(text);
        return millis == 0 ? null : Duration.ofMillis(millis);
    }
}

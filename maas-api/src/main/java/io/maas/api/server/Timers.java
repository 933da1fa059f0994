package io.maas.api.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How long requests took, by operation and status. Each timer is asked for once: to find it in the registry again costs as much as a small
 * document.
 *
 * <p>Thread-safe.
 */
final class Timers {
    private final @Nullable MeterRegistry meters;
    private final String name;
    private final String about;
    private final Map<Key, Timer> known = new ConcurrentHashMap<>();

    private record Key(String operation, String status) {}

    /** @param meters null for nowhere */
    Timers(@Nullable MeterRegistry meters, String name, String about) {
        this.meters = meters;
        this.name = name;
        this.about = about;
    }

    void record(String operation, String status, Duration took) {
        MeterRegistry registry = meters;
        if (registry == null) {
            return;
        }
        known.computeIfAbsent(
                        new Key(operation, status),
                        key -> Timer.builder(name)
                                .description(about)
                                .tag("operation", key.operation)
                                .tag("status", key.status)
                                .register(registry))
                .record(took);
    }
}

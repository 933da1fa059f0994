package io.maas.api.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Meters in Prometheus's form, for applications that have its library. */
final class Prometheus {
    private Prometheus() {}

    /** What gives all meters as text; null if they are kept in another form. */
    static @Nullable Supplier<String> find(MeterRegistry meters) {
        if (meters instanceof CompositeMeterRegistry composite) {
            for (MeterRegistry each : composite.getRegistries()) {
                Supplier<String> found = find(each);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        // Its class may be missing, so it is only looked at where one of it is there.
        return meters.getClass().getName().startsWith("io.micrometer.prometheusmetrics.")
                ? Present.scrape(meters)
                : null;
    }

    private static final class Present {
        private Present() {}

        static @Nullable Supplier<String> scrape(MeterRegistry meters) {
            return meters instanceof PrometheusMeterRegistry prometheus ? prometheus::scrape : null;
        }
    }
}

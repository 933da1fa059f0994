package io.maas.serving;

import io.maas.registry.Version;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the application what happens to one version.
 *
 * <p>Thread-safe.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private final Version version;
    private final ServingListener listener;
    private final ObservationRegistry observations;
    private final boolean observes;
    private final Quotas quotas;

    Watch(Version version, ServingOptions options) {
        this.version = version;
        this.listener = options.listener();
        this.observations = options.observations();
        this.observes = !observations.isNoop();
        this.quotas = options.quotas();
    }

    /** Such as {@code digits:3}, for messages. */
    String title() {
        return version.title();
    }

    Version version() {
        return version;
    }

    void tell(ServingEvent event) {
        tell(listener, event);
    }

    static void tell(ServingListener listener, ServingEvent event) {
        try {
            listener.happened(event);
        } catch (RuntimeException e) {
            LOG.warn("the listener failed on {}", event.getClass().getSimpleName(), e);
        }
    }

    /** Where runs are charged to their callers. */
    Quotas quotas() {
        return quotas;
    }

    /** Whether requests are observed; if not, no spans are to be made. */
    boolean observes() {
        return observes;
    }

    /** A span that begins now, below the one that the calling thread is in. */
    Span begin() {
        return new Span(Observation.createNotStarted("maas.predict", observations)
                .contextualName("predict " + version.model())
                .lowCardinalityKeyValue("model", version.model())
                .lowCardinalityKeyValue("version", Integer.toString(version.number()))
                .start());
    }
}

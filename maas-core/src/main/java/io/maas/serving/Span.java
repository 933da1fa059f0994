package io.maas.serving;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/** One request as the application's tracing sees it. */
final class Span {
    private final Observation observation;
    private volatile long batchRows;

    Span(Observation observation) {
        this.observation = observation;
    }

    /** Makes what the thread does until the scope is closed a part of it. */
    Observation.Scope openScope() {
        return observation.openScope();
    }

    /** How many rows the engine ran together; called by whoever leads the batch. */
    void ranWith(long rows) {
        batchRows = rows;
    }

    void end(@Nullable Throwable failure) {
        if (batchRows > 0) {
            observation.highCardinalityKeyValue("batch.rows", Long.toString(batchRows));
        }
        if (failure != null) {
            observation.error(failure);
        }
        observation.stop();
    }
}

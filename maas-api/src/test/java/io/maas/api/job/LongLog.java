package io.maas.api.job;

import io.maas.api.wire.JobEvent;

/** Logs with more in them than trainings write. */
public final class LongLog {
    private LongLog() {}

    public static void fill(JobLog log, long bytes) {
        JobEvent event = new JobEvent("note", "2026-01-01T00:00:00Z", null, null, null, "x".repeat(2000));
        while (log.end() < bytes) {
            log.append(event);
        }
        log.tell();
    }
}

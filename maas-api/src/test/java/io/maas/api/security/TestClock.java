package io.maas.api.security;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that passes when a test says so. */
final class TestClock extends Ticker implements InstantSource {
    private volatile Instant now = Instant.parse("2026-01-31T10:20:30Z");

    void pass(Duration time) {
        now = now.plus(time);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long read() {
        return Duration.between(Instant.EPOCH, now).toNanos();
    }
}

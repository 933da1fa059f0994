package io.maas.training.loop;

import com.google.common.base.Ticker;

/** A clock that goes on by a second with each step. */
final class StepClock extends Ticker implements TrainingListener {
    private long now;

    @Override
    public long read() {
        return now;
    }

    @Override
    public void onStep(StepReport report) {
        now += 1_000_000_000L;
    }

    @Override
    public void onEpoch(EpochReport report) {}
}

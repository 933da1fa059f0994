package io.maas.api.job;

import com.google.common.base.Ticker;
import io.maas.api.wire.JobInfo;
import io.maas.training.loop.EpochReport;
import io.maas.training.loop.StepReport;
import io.maas.training.loop.TrainingListener;
import io.maas.training.loop.TrainingPlan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells a job how its training goes, and holds it against its budget. For one thread. */
final class TrainingWatch implements TrainingListener {
    /** Often enough to watch, seldom enough to cost nothing. */
    private static final long STEP_EVENT_NANOS = 500_000_000;

    private final Job job;
    private final Ticker ticker;
    private final long maxSteps;
    private final boolean endsEarly;
    private long steps;
    private int epochs;
    private long told;
    private boolean started;

    /** @param endsEarly whether fewer steps than planned may do */
    TrainingWatch(Job job, Ticker ticker, long maxSteps, boolean endsEarly) {
        this.job = job;
        this.ticker = ticker;
        this.maxSteps = maxSteps;
        this.endsEarly = endsEarly;
        this.told = ticker.read();
    }

    /** Whether training began: a failure before that is one of its checkpoints. */
    boolean started() {
        return started;
    }

    @Override
    public void onStart(TrainingPlan plan) {
        started = true;
        begin(plan.epochs(), plan.batches());
        if (plan.resumed() != null) {
            job.note("note", "goes on in epoch " + plan.epoch() + ", after " + plan.step() + " steps");
        }
        if (!plan.damaged().isEmpty()) {
            job.note("note", plan.damaged().size() + " newer checkpoints were damaged and are not used");
        }
    }

    void begin(int plannedEpochs, long batches) {
        epochs = plannedEpochs;
        steps = plannedEpochs * batches;
        if (!endsEarly && steps > maxSteps) {
            throw new BudgetExceededException("steps", steps, maxSteps);
        }
    }

    @Override
    public void onStep(StepReport report) {
        step(report.epoch(), report.step(), report.loss());
    }

    void step(int epoch, long step, double loss) {
        if (step > maxSteps) {
            throw new BudgetExceededException("steps", step, maxSteps);
        }
        long now = ticker.read();
        if (now - told >= STEP_EVENT_NANOS) {
            told = now;
            job.progress("step", new JobInfo.Progress(epoch, epochs, step, steps, finite(loss)), null);
        }
    }

    @Override
    public void onEpoch(EpochReport report) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        report.train().all().forEach((name, value) -> metrics.put("train." + name, value));
        if (report.validation() != null) {
            report.validation().all().forEach((name, value) -> metrics.put("validation." + name, value));
        }
        epoch(report.epoch(), report.train().loss(), metrics);
    }

    void epoch(int epoch, double loss, Map<String, Double> metrics) {
        long step = epochs == 0 ? 0 : steps / epochs * epoch;
        metrics.values().removeIf(value -> !Double.isFinite(value));
        job.progress("epoch", new JobInfo.Progress(epoch, epochs, step, steps, finite(loss)), metrics);
    }

    private static @Nullable Double finite(double loss) {
        return Double.isFinite(loss) ? loss : null;
    }

    @Override
    public void onCheckpoint(Path file, long step) {
        job.save();
        job.note("checkpoint", "after " + step + " steps");
    }
}

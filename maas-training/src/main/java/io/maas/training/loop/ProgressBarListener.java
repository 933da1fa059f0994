package io.maas.training.loop;

import com.google.common.base.Ticker;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Draws a line that grows with each batch: the epochs so far, the time that has gone and that is left, rows a second, and the latest
 * scores.
 *
 * <p>For one training at a time.
 */
public final class ProgressBarListener implements TrainingListener {
    private static final int WIDTH = 140;
    /** Eyes read no faster, and texts cost more than small steps do. */
    private static final Duration BETWEEN_MESSAGES = Duration.ofMillis(250);

    private final PrintStream out;
    private final Ticker ticker;
    private @Nullable ProgressBar bar;
    private long rows = 1;
    private long from;
    private long fromRows = -1;
    private long written;
    private String scores = "";

    /** @param out where to draw; stays open, it is the caller's */
    public ProgressBarListener(PrintStream out) {
        this(out, Ticker.systemTicker());
    }

    ProgressBarListener(PrintStream out, Ticker ticker) {
        this.out = out;
        this.ticker = ticker;
    }

    @Override
    public void onStart(TrainingPlan plan) {
        rows = Math.max(1, plan.rows());
        written = ticker.read();
        from = written;
        fromRows = -1;
        scores = "";
        bar = new ProgressBarBuilder()
                .setTaskName("training")
                .setUnit(" epochs", rows)
                .setInitialMax(plan.epochs() * rows)
                .startsFrom((plan.epoch() - 1) * rows, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .build();
    }

    @Override
    public void onStep(StepReport report) {
        ProgressBar drawn = bar;
        if (drawn == null) {
            return;
        }
        if (report.batch() == 1) {
            fromRows = 0;
        } else if (fromRows < 0) {
            // It goes on in the middle of an epoch: the rows before are not of this run.
            fromRows = report.rows();
            from = ticker.read();
        }
        drawn.stepTo((report.epoch() - 1) * rows + report.rows());
        long now = ticker.read();
        if (now - written >= BETWEEN_MESSAGES.toNanos() && now > from) {
            written = now;
            String text = scores.isEmpty() ? String.format(Locale.ROOT, "loss %.4f", report.meanLoss()) : scores;
            drawn.setExtraMessage(String.format(
                    Locale.ROOT, "%s, %,.0f rows/s", text, (report.rows() - fromRows) * 1e9 / (now - from)));
        }
    }

    @Override
    public void onEpoch(EpochReport report) {
        ProgressBar drawn = bar;
        if (drawn != null) {
            Scores latest = report.validation() == null ? report.train() : report.validation();
            scores = (report.validation() == null ? "train " : "validation ") + text(latest);
            drawn.setExtraMessage(scores + throughput(report.duration()));
            drawn.stepTo(report.epoch() * rows);
            written = ticker.read();
            from = written;
        }
    }

    private String throughput(Duration time) {
        return time.isZero() ? "" : String.format(Locale.ROOT, ", %,.0f rows/s", rows * 1e9 / time.toNanos());
    }

    private static String text(Scores scores) {
        String loss = String.format(Locale.ROOT, "loss %.4f", scores.loss());
        Double accuracy = scores.accuracy();
        return accuracy == null ? loss : loss + String.format(Locale.ROOT, ", accuracy %.1f %%", 100 * accuracy);
    }

    @Override
    public void onEnd(History history, @Nullable Throwable failure) {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}

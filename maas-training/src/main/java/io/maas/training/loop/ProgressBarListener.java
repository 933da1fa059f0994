package io.maas.training.loop;

import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Draws a line that grows with each epoch, with the latest scores at its end.
 *
 * <p>For one training at a time.
 */
public final class ProgressBarListener implements TrainingListener {
    private static final int WIDTH = 120;

    private final PrintStream out;
    private @Nullable ProgressBar bar;

    /** @param out where to draw; stays open, it is the caller's */
    public ProgressBarListener(PrintStream out) {
        this.out = out;
    }

    @Override
    public void onStart(TrainingPlan plan) {
        bar = new ProgressBarBuilder()
                .setTaskName("training")
                .setUnit(" epochs", 1)
                .setInitialMax(plan.epochs())
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .build();
    }

    @Override
    public void onEpoch(EpochReport report) {
        ProgressBar drawn = bar;
        if (drawn != null) {
            Scores latest = report.validation() == null ? report.train() : report.validation();
            drawn.setExtraMessage((report.validation() == null ? "train " : "validation ") + text(latest));
            drawn.stepTo(report.epoch());
        }
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

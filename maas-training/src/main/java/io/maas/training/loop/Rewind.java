package io.maas.training.loop;

import com.google.common.base.Ticker;
import io.maas.tensor.Tensors;
import io.maas.training.data.Batches;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Finds out where a step first came to a number that is not finite. By then that step has replaced the state that it began from. So a
 * copy of the state is kept in memory, not older than {@value #SECONDS} seconds; training goes from there to the same step again, which
 * gives the same bits, and looks at every value in it.
 *
 * <p>Not thread-safe.
 */
final class Rewind {
    private static final int SECONDS = 10;
    /** States that would take more of the memory than one part in so many are not kept. */
    private static final int SHARE = 8;

    private final TrainingStep step;
    private final Ticker ticker;
    private final boolean affordable;
    private TrainingStep.@Nullable Snapshot copy;
    private int epoch;
    private int batch;
    private long taken;

    /** @param first the state that the training begins from */
    Rewind(TrainingStep step, TrainingStep.Snapshot first, Course course, Ticker ticker) {
        this.step = step;
        this.ticker = ticker;
        this.affordable = bytes(first.state()) <= Runtime.getRuntime().maxMemory() / SHARE;
        keep(first, course);
    }

    private static long bytes(Tensors tensors) {
        long bytes = 0;
        for (Tensors.Entry entry : tensors) {
            bytes += entry.tensor().byteSize();
        }
        return bytes;
    }

    private void keep(TrainingStep.Snapshot snapshot, Course course) {
        copy = affordable ? snapshot : null;
        epoch = course.epoch();
        batch = course.batch();
        taken = ticker.read();
    }

    /** Before a step: takes a new copy if the last one is old. */
    void keep(Course course) {
        if (affordable && ticker.read() - taken >= Duration.ofSeconds(SECONDS).toNanos()) {
            keep(step.snapshot(), course);
        }
    }

    /** Puts rows in the order of an epoch. */
    interface Order {
        void of(int epoch);
    }

    /**
     * Goes to a step that failed, and says what was the first that is not finite.
     *
     * @param course with the failed step as the next one
     * @return null if it cannot be found
     */
    @Nullable
    String find(Course course, Batches batches, Order order) {
        TrainingStep.Snapshot from = copy;
        if (from == null) {
            return null;
        }
        step.restore(from);
        int at = batch;
        for (int now = epoch; now <= course.epoch(); now++) {
            order.of(now);
            int end = now == course.epoch() ? course.batch() : batches.count();
            for (; at < end; at++) {
                step.step(batches.batch(at), at == batches.count() - 1);
            }
            at = now == course.epoch() ? at : 0;
        }
        return step.firstBad(batches.batch(course.batch()), course.batch() == batches.count() - 1);
    }
}

package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.model.LengthPadding;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A waiting or running request: answered once, with its outputs or with what it failed with. */
final class Request {
    final Tensors inputs;
    final long rows;
    final long bytes;
    /** Elements a row of the first input: what its length is, where lengths vary. */
    final long elementsPerRow;

    final @Nullable Deadline deadline;
    final @Nullable Thread waiter;
    final @Nullable CompletableFuture<Tensors> future;
    /** Whose quota its runs are charged to. */
    final @Nullable String caller;
    /** When it came. */
    final long arrival;

    /** Null where nobody traces; set before it joins the line. */
    @Nullable
    Span span;

    /** Its place in the line, the lowest first; set when it joins. */
    long rank;
    /** Whether someone has been sent for this request, so that no one else needs to be; guarded by the line's lock. */
    boolean attended;
    /** Whether a permit waits for this request's thread to take it up; written under the line's lock. */
    volatile boolean leads;
    /** The run that it is part of, to be left when nobody waits for the answer any more. */
    private volatile @Nullable BatchRun run;

    private final AtomicReference<@Nullable Object> outcome = new AtomicReference<>();

    Request(
            Tensors inputs,
            @Nullable Deadline deadline,
            @Nullable Thread waiter,
            @Nullable CompletableFuture<Tensors> future,
            @Nullable String caller,
            long arrival) {
        this.inputs = inputs;
        this.deadline = deadline;
        this.waiter = waiter;
        this.future = future;
        this.caller = caller;
        this.arrival = arrival;
        this.rows = rows(inputs);
        this.elementsPerRow = elementsPerRow(inputs);
        long size = 0;
        for (Tensors.Entry entry : inputs) {
            size += entry.tensor().byteSize();
        }
        this.bytes = size;
    }

    /** The first size of the first input. */
    static long rows(Tensors inputs) {
        Shape first = first(inputs);
        return first == null ? 1 : first.size(0);
    }

    /** At least one, so that work is never nothing. */
    static long elementsPerRow(Tensors inputs) {
        Shape first = first(inputs);
        return first == null ? 1 : Math.max(1, first.elementsPerRow());
    }

    /** Null if there is none, or if it has no rows. */
    private static @Nullable Shape first(Tensors inputs) {
        Shape first = inputs.size() == 0 ? null : inputs.entry(0).tensor().shape();
        return first == null || first.rank() == 0 ? null : first;
    }

    /** A point on the ticker's time line. */
    record Deadline(long nanos) {
        /** What is left; zero or less when it has passed. */
        long remaining(Ticker ticker) {
            return nanos - ticker.read();
        }
    }

    /** Its outputs, a {@link Throwable}, or null as long as it has no answer. */
    @Nullable
    Object outcome() {
        return outcome.get();
    }

    boolean isSettled() {
        return outcome.get() != null;
    }

    /** Whether the answer may stop being wanted before it is there. */
    boolean mayLeave() {
        return deadline != null || future != null;
    }

    /** Answers it; false if it was answered before. */
    boolean settle(Object result) {
        if (!outcome.compareAndSet(null, result)) {
            return false;
        }
        LockSupport.unpark(waiter);
        if (future != null) {
            if (result instanceof Tensors outputs) {
                future.complete(outputs);
            } else {
                future.completeExceptionally((Throwable) result);
            }
        }
        return true;
    }

    /** Settles it without an answer of the model; a run that nobody waits for any more is ended. */
    boolean leave(Throwable because) {
        boolean first = settle(because);
        BatchRun running = run;
        if (first && running != null) {
            running.left();
        }
        return first;
    }

    /** Takes note of the run; false if nobody waits for the answer any more. */
    boolean join(BatchRun joined) {
        run = joined;
        return !isSettled();
    }

    /** Whether both can stand in one batch: equal shapes but for the number of rows, and for the size along an axis that is filled up. */
    boolean stacksWith(Request other, @Nullable LengthPadding padding) {
        for (Tensors.Entry entry : inputs) {
            Shape mine = entry.tensor().shape();
            Tensor found = other.inputs.find(entry.name());
            if (found == null || found.shape().rank() != mine.rank()) {
                return false;
            }
            int free = padding != null && padding.values().containsKey(entry.name()) ? padding.axis() : 0;
            for (int i = 1; i < mine.rank(); i++) {
                if (i != free && found.shape().size(i) != mine.size(i)) {
                    return false;
                }
            }
        }
        return true;
    }
}

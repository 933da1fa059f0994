package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The programs that a process serves. Versions and models whose files have the same bytes, run by the same backend in the same way, share
 * one; it is freed when the last of them lets go of it.
 *
 * <p>Thread-safe.
 */
final class SharedPrograms {
    private final MemoryBudget budget;
    private final Executor executor;
    private final Ticker ticker;
    private final Map<Key, Shared> byKey = new HashMap<>();

    /**
     * What makes programs the same.
     *
     * @param sha256 of the model and the files with its values
     * @param padding along which axis requests may have different sizes, null where they may not
     * @param packing whether to leave padding out where that is possible
     */
    record Key(
            String sha256,
            Backend backend,
            ProgramOptions options,
            @Nullable LengthPadding padding,
            boolean packing) {}

    private static final class Shared {
        final SharedProgram program;
        int holders;

        Shared(SharedProgram program) {
            this.program = program;
        }
    }

    /** @param executor loads programs on demand */
    SharedPrograms(MemoryBudget budget, Executor executor, Ticker ticker) {
        this.budget = budget;
        this.executor = executor;
        this.ticker = ticker;
    }

    /**
     * A hold on a program that is loaded now and stays so.
     *
     * @param bytes what it takes, about
     * @param loader makes it, if nobody has it
     */
    ServedProgram pin(Key key, long bytes, Supplier<Program> loader) {
        SharedProgram shared = share(key, bytes, loader);
        try {
            return new PinnedProgram(this, shared, shared.acquireHere());
        } catch (Throwable t) {
            leave(shared);
            throw t;
        }
    }

    /** A hold on a program that is loaded when it is needed; parameters as of {@link #pin} and {@link OnDemandProgram}. */
    ServedProgram onDemand(
            Key key, long bytes, Supplier<Program> loader, Signature signature, Watch watch, Consumer<Program> check) {
        return new OnDemandProgram(this, share(key, bytes, loader), signature, watch, check);
    }

    private synchronized SharedProgram share(Key key, long bytes, Supplier<Program> loader) {
        Shared shared = byKey.computeIfAbsent(
                key, fresh -> new Shared(new SharedProgram(fresh, bytes, loader, budget, executor, ticker)));
        shared.holders++;
        return shared.program;
    }

    /** Ends a hold. */
    void leave(SharedProgram program) {
        synchronized (this) {
            Shared shared = byKey.get(program.key());
            if (shared == null || --shared.holders > 0) {
                return;
            }
            byKey.remove(program.key());
        }
        program.abandon();
    }
}

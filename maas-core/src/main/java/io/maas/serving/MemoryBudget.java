package io.maas.serving;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what loaded programs take together, by unloading the one that was not used for longest. Programs in use are never unloaded,
 * so the bound is exceeded while all that is loaded is used.
 *
 * <p>Thread-safe.
 */
final class MemoryBudget {
    private final long bytes;
    private final Set<SharedProgram> loaded = new HashSet<>();
    /** Changed under the lock. */
    private volatile long taken;

    MemoryBudget(long bytes) {
        this.bytes = bytes;
    }

    long taken() {
        return taken;
    }

    /** Makes room for a program that is about to be loaded. */
    void admit(SharedProgram program) {
        synchronized (this) {
            if (loaded.add(program)) {
                taken += program.bytes();
            }
        }
        shrink();
    }

    synchronized void remove(SharedProgram program) {
        if (loaded.remove(program)) {
            taken -= program.bytes();
        }
    }

    /** Unloads what is not in use as long as too much is loaded. */
    void shrink() {
        while (taken > bytes) {
            SharedProgram victim = takeLeastRecentlyUsed();
            if (victim == null) {
                return;
            }
            if (!victim.unload()) {
                putBack(victim);
            }
        }
    }

    private synchronized @Nullable SharedProgram takeLeastRecentlyUsed() {
        SharedProgram victim = null;
        for (SharedProgram program : loaded) {
            if (program.isIdle() && (victim == null || program.lastUse() - victim.lastUse() < 0)) {
                victim = program;
            }
        }
        if (victim != null) {
            remove(victim);
        }
        return victim;
    }

    /** It was used after it was chosen. */
    private synchronized void putBack(SharedProgram program) {
        if (program.isLoaded() && loaded.add(program)) {
            taken += program.bytes();
        }
    }
}

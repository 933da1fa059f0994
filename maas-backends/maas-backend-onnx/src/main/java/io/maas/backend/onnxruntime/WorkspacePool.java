package io.maas.backend.onnxruntime;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces that no run uses at present. A thread looks first where it left one last time, so that threads seldom meet and
 * find warm memory.
 *
 * <p>Thread-safe and lock-free.
 */
final class WorkspacePool {
    /** Runs of more threads than this at once make workspaces that are not kept; a power of two. */
    private static final int PLACES = 64;

    /** Workspaces above this are kept for as many threads as there are cores, no more. */
    private static final long SMALL = 1 << 20;

    /** Workspaces above this are not kept. */
    private static final long LARGE = 1 << 24;

    private final Engine engine;
    private final int cores = Math.min(PLACES, Runtime.getRuntime().availableProcessors());
    private final AtomicReferenceArray<@Nullable Workspace> places = new AtomicReferenceArray<>(PLACES);

    WorkspacePool(Engine engine) {
        this.engine = engine;
    }

    Workspace take() {
        int start = start();
        for (int i = 0; i < PLACES; i++) {
            int at = (start + i) & (PLACES - 1);
            Workspace found = places.get(at);
            if (found != null && places.compareAndSet(at, found, null)) {
                return found;
            }
        }
        return new Workspace(engine, List.of());
    }

    void give(Workspace workspace) {
        if (!keep(workspace)) {
            workspace.close();
        } else if (engine.isClosed()) {
            close();
        }
    }

    private boolean keep(Workspace workspace) {
        long bytes = workspace.bytes();
        if (bytes > LARGE) {
            return false;
        }
        int start = start();
        if (bytes > SMALL) {
            for (int at = 0; at < cores; at++) {
                if (places.compareAndSet(at, null, workspace)) {
                    return true;
                }
            }
            return false;
        }
        for (int i = 0; i < PLACES; i++) {
            if (places.compareAndSet((start + i) & (PLACES - 1), null, workspace)) {
                return true;
            }
        }
        return false;
    }

    private static int start() {
        return (int) Thread.currentThread().getId();
    }

    void close() {
        for (int i = 0; i < PLACES; i++) {
            Workspace workspace = places.getAndSet(i, null);
            if (workspace != null) {
                workspace.close();
            }
        }
    }
}

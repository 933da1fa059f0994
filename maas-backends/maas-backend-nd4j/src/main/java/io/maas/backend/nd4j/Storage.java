package io.maas.backend.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Native memory with a count of its users: values of a run, constants of a program, state of a session. It is freed with the
 * last one; ND4J's own clean-up waits for the garbage collector, which sees only small objects and is in no hurry.
 *
 * <p>Guarded by the lock of {@link Engine}.
 */
final class Storage {
    private final INDArray memory;
    private int users;

    Storage(INDArray memory) {
        this.memory = memory;
    }

    void retain() {
        users++;
    }

    void release() {
        users--;
        closeUnused();
    }

    /** Ends a use without freeing the memory: whoever asks will see to it. */
    void leave() {
        users--;
    }

    void closeUnused() {
        if (users == 0 && !memory.wasClosed()) {
            memory.close();
        }
    }
}

package io.maas.backend.onnxruntime;

import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Direct memory that grows when more is asked for. Earlier slices keep the memory that they were cut from. */
final class Memory {
    /** What one piece may hold at most; the runtime's Java interface ends a little below 2^31. */
    static final long LIMIT = Integer.MAX_VALUE - 128L;

    private @Nullable ByteBuffer whole;

    /** The first bytes, native order, aligned; {@code bytes <= LIMIT}. */
    ByteBuffer slice(long bytes) {
        if (whole == null || whole.capacity() < bytes) {
            whole = Tensor.newDirectMemory(Math.max(bytes, Math.min(2L * capacity(), LIMIT)));
        }
        return whole.slice(0, (int) bytes).order(ByteOrder.nativeOrder());
    }

    int capacity() {
        return whole == null ? 0 : whole.capacity();
    }
}

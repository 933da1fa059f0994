package io.maas.backend.onnxruntime;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sizes that the symbols of a signature have in one run; they tell the shapes of outputs before the run. */
final class Symbols {
    private final Map<String, Long> sizes = new HashMap<>();
    private boolean contradictory;

    void bind(@Nullable Shape declared, Shape actual) {
        if (declared == null) {
            return;
        }
        if (declared.rank() != actual.rank()) {
            contradictory = true;
            return;
        }
        for (int i = 0; i < actual.rank(); i++) {
            String symbol = declared.symbol(i);
            if (symbol != null && !symbol.equals(Shape.UNKNOWN)) {
                Long before = sizes.putIfAbsent(symbol, actual.size(i));
                contradictory |= before != null && before != actual.size(i);
            }
        }
    }

    /** The shape that the declaration comes to, or null where it says too little or the memory would be too large. */
    @Nullable
    Shape resolve(@Nullable Shape declared, DataType dataType) {
        if (declared == null || contradictory) {
            return null;
        }
        long[] resolved = new long[declared.rank()];
        long bytes = Math.max(dataType.byteSize(), 1);
        for (int i = 0; i < resolved.length; i++) {
            String symbol = declared.symbol(i);
            Long size = symbol == null ? Long.valueOf(declared.size(i)) : sizes.get(symbol);
            if (size == null || size > Memory.LIMIT / bytes) {
                return null;
            }
            resolved[i] = size;
            bytes *= Math.max(size, 1);
        }
        return Shape.of(resolved);
    }
}

package io.maas.training.loop;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;

/** A scalar input of a step: memory that is used again for each step. */
final class StepNumber {
    private final DataType dataType;
    private final ByteBuffer memory;
    private final Tensor tensor;

    /** @param dataType FLOAT32, FLOAT64 or BOOL */
    StepNumber(DataType dataType) {
        this.dataType = dataType;
        this.memory = Tensor.newDirectMemory(dataType.byteSize());
        this.tensor = Tensor.wrap(dataType, Shape.scalar(), memory);
    }

    Tensor tensor() {
        return tensor;
    }

    void set(double value) {
        switch (dataType) {
            case FLOAT32 -> memory.putFloat(0, (float) value);
            case FLOAT64 -> memory.putDouble(0, value);
            default -> memory.put(0, (byte) value);
        }
    }
}

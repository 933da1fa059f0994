package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;

/** Stored bytes from 0 to 255, shown as float32 from 0 to 1. */
final class ScaledPixels implements Storage {
    private static final float MOST = 255;

    private final Storage bytes;

    /** @param bytes of uint8 */
    ScaledPixels(Storage bytes) {
        this.bytes = bytes;
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT32;
    }

    @Override
    public int rows() {
        return bytes.rows();
    }

    @Override
    public Shape shape(int rows) {
        return bytes.shape(rows);
    }

    @Override
    public long bytesPerRow() {
        return Float.BYTES * bytes.bytesPerRow();
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public int elementsOf(int row) {
        return bytes.elementsOf(row);
    }

    /** Bytes are finite. */
    @Override
    public void requireFinite(String what) {}

    @Override
    public Tensor slice(int from, int to) {
        return gather(Rows.range(from, to), to - from, 1, Slot.forOne());
    }

    @Override
    public Tensor gather(int[] rows, int count, int multiple, Slot slot) {
        Shape shape = shape(count);
        ByteBuffer to = slot.memory(DataType.FLOAT32, shape);
        int at = 0;
        for (int i = 0; i < count; i++) {
            ByteBuffer row = bytes.slice(rows[i], rows[i] + 1).bytes();
            while (row.hasRemaining()) {
                to.putFloat(at, (row.get() & 0xff) / MOST);
                at += Float.BYTES;
            }
        }
        return slot.tensor(DataType.FLOAT32, shape);
    }

    @Override
    public Storage reshaped(Shape shape) {
        return new ScaledPixels(bytes.reshaped(shape));
    }

    @Override
    public long hash(int row, long before) {
        Tensor values = slice(row, row + 1);
        return new FixedRows(values).hash(0, before);
    }
}

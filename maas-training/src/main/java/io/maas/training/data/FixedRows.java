package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;

/** Rows of one size, in the memory of a tensor. */
final class FixedRows implements Storage {
    private final Tensor all;
    private final ByteBuffer bytes;
    private final int bytesPerRow;

    FixedRows(Tensor all) {
        this.all = all;
        this.bytes = all.bytes();
        this.bytesPerRow =
                Math.toIntExact(all.shape().elementsPerRow() * all.dataType().byteSize());
    }

    @Override
    public DataType dataType() {
        return all.dataType();
    }

    @Override
    public int rows() {
        return Math.toIntExact(all.shape().size(0));
    }

    @Override
    public Shape shape(int rows) {
        return all.shape().withRows(rows);
    }

    @Override
    public long bytesPerRow() {
        return Math.max(1, bytesPerRow);
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public int elementsOf(int row) {
        return Math.toIntExact(all.shape().elementsPerRow());
    }

    @Override
    public Tensor slice(int from, int to) {
        return from == 0 && to == rows() ? all : all.rows(from, to);
    }

    @Override
    public Tensor gather(int[] rows, int count, int multiple, Slot slot) {
        Shape shape = shape(count);
        Rows.copy(bytes, bytesPerRow, rows, count, slot.memory(dataType(), shape));
        return slot.tensor(dataType(), shape);
    }

    /** Copies one row. */
    void copy(int row, ByteBuffer to, int position) {
        to.put(position, bytes, row * bytesPerRow, bytesPerRow);
    }

    @Override
    public Storage reshaped(Shape shape) {
        return new FixedRows(all.reshape(shape.withRows(rows())));
    }

    @Override
    public long hash(int row, long before) {
        long hash = before;
        int at = row * bytesPerRow;
        int end = at + bytesPerRow;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = RowHashes.mix(hash, bytes.getLong(at));
        }
        for (; at < end; at++) {
            hash = RowHashes.mix(hash, bytes.get(at));
        }
        return hash;
    }

    @Override
    public void requireFinite(String what) {
        requireFinite(what, 0);
    }

    /** As {@link #requireFinite(String)}, where the rows are not the first of their column. */
    void requireFinite(String what, long firstRow) {
        Finite.require(all, what, firstRow);
    }
}

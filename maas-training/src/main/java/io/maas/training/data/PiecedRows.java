package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** Rows of one size that are too many for one tensor: pieces of as many rows each, the last one of fewer. */
final class PiecedRows implements Storage {
    private final List<FixedRows> pieces;
    private final int shift;
    private final int rows;

    /** @param perPiece a power of two */
    PiecedRows(List<FixedRows> pieces, int perPiece, int rows) {
        this.pieces = List.copyOf(pieces);
        this.shift = Integer.numberOfTrailingZeros(perPiece);
        this.rows = rows;
    }

    @Override
    public DataType dataType() {
        return pieces.get(0).dataType();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public Shape shape(int count) {
        return pieces.get(0).shape(count);
    }

    @Override
    public long bytesPerRow() {
        return pieces.get(0).bytesPerRow();
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public int elementsOf(int row) {
        return pieces.get(0).elementsOf(0);
    }

    @Override
    public void requireFinite(String what) {
        for (int piece = 0; piece < pieces.size(); piece++) {
            pieces.get(piece).requireFinite(what, (long) piece << shift);
        }
    }

    @Override
    public Tensor slice(int from, int to) {
        if (from < to && from >>> shift != (to - 1) >>> shift) {
            return gather(Rows.range(from, to), to - from, 1, Slot.forOne());
        }
        int piece = Math.min(from >>> shift, pieces.size() - 1);
        int first = piece << shift;
        return pieces.get(piece).slice(from - first, to - first);
    }

    @Override
    public Tensor gather(int[] chosen, int count, int multiple, Slot slot) {
        Shape shape = shape(count);
        ByteBuffer to = slot.memory(dataType(), shape);
        int mask = (1 << shift) - 1;
        int bytes = Math.toIntExact(bytesPerRow());
        for (int i = 0; i < count; i++) {
            pieces.get(chosen[i] >>> shift).copy(chosen[i] & mask, to, i * bytes);
        }
        return slot.tensor(dataType(), shape);
    }

    @Override
    public Storage reshaped(Shape shape) {
        return new PiecedRows(
                pieces.stream()
                        .map(piece -> new FixedRows(piece.slice(0, piece.rows()).reshape(shape.withRows(piece.rows()))))
                        .toList(),
                1 << shift,
                rows);
    }

    @Override
    public long hash(int row, long before) {
        return pieces.get(row >>> shift).hash(row & ((1 << shift) - 1), before);
    }
}

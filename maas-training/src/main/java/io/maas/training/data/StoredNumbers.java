package io.maas.training.data;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/** A column of numbers or integers: eight bytes a row. */
record StoredNumbers(ColumnType type, Layout layout) implements StoredColumn {
    static final long MISSING = Double.doubleToLongBits(Double.NaN);

    @Override
    public Tensor range(int from, int to) {
        int count = to - from;
        int group = layout.group(from, 0);
        int start = from - layout.firstRow(group);
        if (start + count <= layout.rows(group) && isAsTyped(layout.kind(group))) {
            return Tensor.wrap(type.dataType(), Shape.of(count), layout.cells(group, start, count));
        }
        ByteBuffer cells = Tensor.newMemory((long) Long.BYTES * count);
        LongBuffer all = cells.asLongBuffer();
        int at = from;
        while (at < to) {
            group = layout.group(at, group);
            int end = Math.min(to, layout.firstRow(group + 1));
            copy(group, at - layout.firstRow(group), end - at, all);
            at = end;
        }
        return Tensor.wrap(type.dataType(), Shape.of(count), cells);
    }

    private boolean isAsTyped(BlockKind kind) {
        return kind == (type == ColumnType.INTEGER ? BlockKind.INTEGERS : BlockKind.NUMBERS);
    }

    private void copy(int group, int start, int count, LongBuffer to) {
        if (isAsTyped(layout.kind(group))) {
            to.put(layout.cells(group, start, count).asLongBuffer());
            return;
        }
        for (int i = 0; i < count; i++) {
            to.put(cell(group, start + i));
        }
    }

    @Override
    public Tensor gather(int[] index, int from, int to) {
        ByteBuffer cells = Tensor.newMemory((long) Long.BYTES * (to - from));
        LongBuffer all = cells.asLongBuffer();
        int group = 0;
        for (int i = from; i < to; i++) {
            group = layout.group(index[i], group);
            all.put(cell(group, index[i] - layout.firstRow(group)));
        }
        return Tensor.wrap(type.dataType(), Shape.of(to - from), cells);
    }

    /** The bits of a cell, of integers as numbers where the column became one of numbers later. */
    private long cell(int group, int row) {
        BlockKind kind = layout.kind(group);
        if (kind == BlockKind.NONE) {
            return MISSING;
        }
        long bits = layout.cell(group, row);
        return isAsTyped(kind) ? bits : Double.doubleToLongBits((double) bits);
    }
}

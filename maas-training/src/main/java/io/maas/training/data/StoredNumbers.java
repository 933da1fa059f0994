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
        int start = from - layout.firstRows()[group];
        if (start + count <= layout.rows(group) && isAsTyped(layout.kind(group))) {
            long position = layout.positions()[group] + (long) Long.BYTES * start;
            return Tensor.wrap(
                    type.dataType(), Shape.of(count), layout.memory().slice(position, Long.BYTES * count));
        }
        ByteBuffer cells = Tensor.newMemory((long) Long.BYTES * count);
        LongBuffer to64 = cells.asLongBuffer();
        int at = from;
        while (at < to) {
            group = layout.group(at, group);
            int end = Math.min(to, layout.firstRows()[group + 1]);
            copy(group, at - layout.firstRows()[group], end - at, to64);
            at = end;
        }
        return Tensor.wrap(type.dataType(), Shape.of(count), cells);
    }

    private boolean isAsTyped(BlockKind kind) {
        return kind == (type == ColumnType.INTEGER ? BlockKind.INTEGERS : BlockKind.NUMBERS);
    }

    private LongBuffer block(int group) {
        return layout.memory()
                .slice(layout.positions()[group], Long.BYTES * layout.rows(group))
                .asLongBuffer();
    }

    private void copy(int group, int start, int count, LongBuffer to) {
        if (isAsTyped(layout.kind(group))) {
            to.put(block(group).slice(start, count));
            return;
        }
        LongBuffer from = layout.kind(group) == BlockKind.NONE ? null : block(group);
        for (int i = 0; i < count; i++) {
            to.put(from == null ? MISSING : asNumber(from.get(start + i)));
        }
    }

    private static long asNumber(long integer) {
        return Double.doubleToLongBits((double) integer);
    }

    @Override
    public Tensor gather(int[] index, int from, int to) {
        ByteBuffer cells = Tensor.newMemory((long) Long.BYTES * (to - from));
        LongBuffer to64 = cells.asLongBuffer();
        int group = 0;
        for (int i = from; i < to; i++) {
            group = layout.group(index[i], group);
            to64.put(cell(group, index[i] - layout.firstRows()[group]));
        }
        return Tensor.wrap(type.dataType(), Shape.of(to - from), cells);
    }

    private long cell(int group, int row) {
        BlockKind kind = layout.kind(group);
        if (kind == BlockKind.NONE) {
            return MISSING;
        }
        long bits = layout.memory().longAt(layout.positions()[group] + (long) Long.BYTES * row);
        return isAsTyped(kind) ? bits : asNumber(bits);
    }
}

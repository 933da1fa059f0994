package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes outputs in Java, a portion of the rows at a time. */
final class Writing {
    static final String TARGET = "target";

    /** The values of a portion: few enough to stay in a processor's cache. */
    private static final int PORTION_VALUES = 1 << 16;

    private static final int PORTION_ROWS = 1 << 12;

    private final List<OutputGroup> outputs;
    private final @Nullable FittedTarget target;

    Writing(List<OutputGroup> outputs, @Nullable FittedTarget target) {
        this.outputs = outputs;
        this.target = target;
    }

    /** Each output by its name, and the target last. */
    Tensors run(Portions source) {
        int rows = source.rows();
        int width = outputs.stream().mapToInt(OutputGroup::width).max().orElse(1);
        int portion = Math.max(1, Math.min(PORTION_ROWS, PORTION_VALUES / width));
        List<ByteBuffer> memories = new ArrayList<>();
        for (OutputGroup output : outputs) {
            memories.add(memory(output.name(), rows, output.width(), output.dataType()));
        }
        ByteBuffer targets = memory(TARGET, rows, 1, target == null ? DataType.FLOAT32 : target.dataType());
        for (int from = 0; from < rows; from += portion) {
            int to = Math.min(rows, from + portion);
            Tensors columns = source.rows(from, to);
            for (int i = 0; i < outputs.size(); i++) {
                put(outputs.get(i).encode(columns, to - from, from), outputs.get(i).dataType(), memories.get(i));
            }
            if (target != null) {
                Block block = Block.of(to - from, 1, from);
                target.encode(columns, block);
                put(block, target.dataType(), targets);
            }
        }
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            OutputGroup output = outputs.get(i);
            entries.add(new Tensors.Entry(
                    output.name(), Tensor.wrap(output.dataType(), batch(rows, output.row()), memories.get(i).flip())));
        }
        if (target != null) {
            Shape shape = target.dataType() == DataType.INT64 ? Shape.of(rows) : Shape.of(rows, 1);
            entries.add(new Tensors.Entry(TARGET, Tensor.wrap(target.dataType(), shape, targets.flip())));
        }
        return Tensors.copyOf(entries);
    }

    private static ByteBuffer memory(String name, int rows, int width, DataType type) {
        long bytes = (long) rows * width * type.byteSize();
        if (bytes > Integer.MAX_VALUE - 64) {
            throw new InvalidInputException("output " + name + ": " + bytes + " bytes for " + rows + " rows of " + width
                    + " values (expected: less than 2 GiB); take fewer rows, or ids and embeddings instead of one-hot");
        }
        return Tensor.newMemory(bytes);
    }

    private static Shape batch(int rows, Shape row) {
        long[] sizes = new long[row.rank() + 1];
        sizes[0] = rows;
        System.arraycopy(row.toArray(), 0, sizes, 1, row.rank());
        return Shape.of(sizes);
    }

    private static void put(Block block, DataType type, ByteBuffer to) {
        double[] values = block.values();
        if (type == DataType.INT64) {
            for (double value : values) {
                to.putLong((long) value);
            }
        } else {
            for (double value : values) {
                to.putFloat((float) value);
            }
        }
    }
}

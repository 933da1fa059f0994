package io.maas.training.preprocessing;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import io.maas.training.data.StoredRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes outputs in Java, a portion of the rows at a time. */
final class Writing implements AutoCloseable {
    /** The values of a portion: few enough to stay in a processor's cache. */
    private static final int PORTION_VALUES = 1 << 16;

    private static final int PORTION_ROWS = 1 << 12;

    /** Not a name that an output may have. */
    private static final String TARGET = "";

    private final Portions source;
    private final List<OutputGroup> outputs;
    private final @Nullable FittedTarget target;
    private final List<Written> written = new ArrayList<>();

    /** A tensor on its way to memory. */
    private record Written(String name, DataType type, StoredRows memory) {}

    private Writing(Portions source, List<OutputGroup> outputs, @Nullable FittedTarget target) {
        this.source = source;
        this.outputs = outputs;
        this.target = target;
    }

    /** Each output by its name, and the target last, under the name that no other output has. */
    static Tensors run(Portions source, List<OutputGroup> outputs, @Nullable FittedTarget target) {
        try (Writing writing = new Writing(source, outputs, target)) {
            return writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the preprocessed form of " + source.rows() + " rows cannot be written to a temporary file", e);
        }
    }

    private Tensors run() throws IOException {
        int rows = source.rows();
        for (OutputGroup output : outputs) {
            declare(output.name(), output.dataType(), batch(rows, output.row()));
        }
        if (target != null) {
            boolean classes = target.dataType() == DataType.INT64;
            declare(TARGET, target.dataType(), classes ? Shape.of(rows) : Shape.of(rows, 1));
        }
        int width = outputs.stream().mapToInt(OutputGroup::width).max().orElse(1);
        int portion = Math.max(1, Math.min(PORTION_ROWS, PORTION_VALUES / width));
        ByteBuffer bytes = StoredRows.buffer((long) portion * width * Double.BYTES);
        for (int from = 0; from < rows; from += portion) {
            encode(from, Math.min(rows, from + portion), bytes);
        }
        List<Tensors.Entry> entries = new ArrayList<>();
        for (Written each : written) {
            entries.add(new Tensors.Entry(each.name, each.memory.finishTensor()));
        }
        return Tensors.copyOf(entries);
    }

    private void declare(String name, DataType type, Shape shape) {
        written.add(new Written(name, type, new StoredRows(type, shape)));
    }

    private static Shape batch(int rows, Shape row) {
        long[] sizes = new long[row.rank() + 1];
        sizes[0] = rows;
        System.arraycopy(row.toArray(), 0, sizes, 1, row.rank());
        return Shape.of(sizes);
    }

    private void encode(int from, int to, ByteBuffer bytes) throws IOException {
        Tensors columns = source.rows(from, to);
        for (int i = 0; i < outputs.size(); i++) {
            write(outputs.get(i).encode(columns, to - from, from), written.get(i), bytes);
        }
        if (target != null) {
            Block block = Block.of(to - from, 1, from);
            target.encode(columns, block);
            write(block, written.get(outputs.size()), bytes);
        }
    }

    private static void write(Block block, Written to, ByteBuffer bytes) throws IOException {
        double[] values = block.values();
        bytes.clear();
        if (to.type == DataType.INT64) {
            for (double value : values) {
                bytes.putLong((long) value);
            }
        } else {
            for (double value : values) {
                bytes.putFloat((float) value);
            }
        }
        to.memory.append(bytes.flip());
    }

    @Override
    public void close() throws IOException {
        for (Written each : written) {
            each.memory.close();
        }
    }
}

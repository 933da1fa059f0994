package io.maas.training.preprocessing;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import io.maas.training.data.Dataset;
import io.maas.training.data.StoredRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes outputs in Java, a portion of the rows at a time. */
final class Writing implements AutoCloseable {
    /** The values of a portion: few enough to stay in a processor's cache. */
    private static final int PORTION_VALUES = 1 << 15;

    private static final int PORTION_ROWS = 1 << 12;

    private final Portions source;
    private final List<OutputGroup> outputs;
    private final @Nullable FittedTarget target;
    private final List<Written> written = new ArrayList<>();

    /** An output, or the target, on its way to memory. */
    private record Written(String name, DataType type, StoredRows memory, Block block) {}

    private Writing(Portions source, List<OutputGroup> outputs, @Nullable FittedTarget target) {
        this.source = source;
        this.outputs = outputs;
        this.target = target;
    }

    /**
     * Each output by its name.
     *
     * @throws io.maas.error.InvalidInputException if one takes more than 2 GiB, before anything is computed
     */
    static Tensors tensors(Portions source, List<OutputGroup> outputs) {
        try (Writing writing = new Writing(source, outputs, null)) {
            writing.fill();
            List<Tensors.Entry> entries = new ArrayList<>();
            for (Written each : writing.written) {
                entries.add(new Tensors.Entry(each.name, each.memory.finishTensor()));
            }
            return Tensors.copyOf(entries);
        } catch (IOException e) {
            throw unwritten(source, e);
        }
    }

    /** The first output as features, the target, and each further output as a column of its name. */
    static Dataset dataset(Portions source, List<OutputGroup> outputs, FittedTarget target) {
        try (Writing writing = new Writing(source, outputs, target)) {
            writing.fill();
            List<Written> written = writing.written;
            Dataset data = Dataset.of(written.get(0).memory, written.get(outputs.size()).memory);
            for (Written each : written.subList(1, outputs.size())) {
                data = data.with(each.name, each.memory);
            }
            return data;
        } catch (IOException e) {
            throw unwritten(source, e);
        }
    }

    private static UncheckedIOException unwritten(Portions source, IOException e) {
        return new UncheckedIOException(
                "the preprocessed form of " + source.rows() + " rows cannot be written to a temporary file", e);
    }

    private void fill() throws IOException {
        int rows = source.rows();
        int width = outputs.stream().mapToInt(OutputGroup::width).max().orElse(1);
        int portion = Math.max(1, Math.min(Math.min(rows, PORTION_ROWS), PORTION_VALUES / width));
        for (OutputGroup output : outputs) {
            declare(output.name(), output.dataType(), batch(rows, output.row()), Block.of(portion, output.width()));
        }
        if (target != null) {
            boolean classes = target.dataType() == DataType.INT64;
            Shape shape = classes ? Shape.of(rows) : Shape.of(rows, 1);
            declare(LossScope.TARGET, target.dataType(), shape, Block.of(portion, 1));
        }
        // On the heap: a direct buffer a request would cost more than the preprocessing.
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(portion * width, Double.BYTES))
                .order(ByteOrder.nativeOrder());
        for (int from = 0; from < rows; from += portion) {
            encode(from, Math.min(rows, from + portion), bytes);
        }
    }

    private void declare(String name, DataType type, Shape shape, Block block) {
        // A data set may be larger than a tensor.
        StoredRows memory = target == null ? StoredRows.forTensor(type, shape) : new StoredRows(type, shape);
        written.add(new Written(name, type, memory, block));
    }

    private static Shape batch(int rows, Shape row) {
        long[] sizes = new long[row.rank() + 1];
        sizes[0] = rows;
        System.arraycopy(row.toArray(), 0, sizes, 1, row.rank());
        return Shape.of(sizes);
    }

    private void encode(int from, int to, ByteBuffer bytes) throws IOException {
        Tensors columns = source.rows(from, to);
        for (int i = 0; i < written.size(); i++) {
            Block block = written.get(i).block.next(to - from, from);
            if (i < outputs.size()) {
                outputs.get(i).encode(columns, block);
            } else if (target != null) {
                target.encode(columns, block);
            }
            write(block, written.get(i), bytes);
        }
    }

    private static void write(Block block, Written to, ByteBuffer bytes) throws IOException {
        double[] values = block.values();
        int count = block.count();
        bytes.clear();
        if (to.type == DataType.INT64) {
            for (int i = 0; i < count; i++) {
                bytes.putLong((long) values[i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                bytes.putFloat((float) values[i]);
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

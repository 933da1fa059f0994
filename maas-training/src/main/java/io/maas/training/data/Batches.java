package io.maas.training.data;

import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A data set's rows in batches, in an order that can be changed before every epoch. Rows are gathered into direct memory
 * that is used again: two batches take turns, and one more is kept for the smaller rest at the end, so that an epoch makes
 * no garbage that grows with the data.
 *
 * <p>Not thread-safe.
 */
public final class Batches {
    /**
     * Some rows.
     *
     * @param features {@code [rows, …]}; valid until the batch after the next is asked for
     * @param targets {@code [rows, …]}; valid as long
     * @param extras the further columns, {@code [rows, …]} each; valid as long
     */
    public record Batch(Tensor features, Tensor targets, Tensors extras) {
        /** The number of rows. */
        public int rows() {
            return Math.toIntExact(features.shape().size(0));
        }

        /** The column of that name, or null; {@value LossScope#TARGET} names the targets. */
        public @Nullable Tensor find(String name) {
            return name.equals(LossScope.TARGET) ? targets : extras.find(name);
        }
    }

    private final int batchSize;
    private final int[] order;
    private final Column features;
    private final Column targets;
    private final List<Column> extras = new ArrayList<>();
    private final List<String> names;
    private int turn;

    private Batches(Dataset data, int batchSize) {
        this.batchSize = Math.min(Require.positive(batchSize, "batchSize"), data.rows());
        this.order = Rows.inOrder(data.rows());
        this.features = new Column(data.features(), this.batchSize);
        this.targets = new Column(data.targets(), this.batchSize);
        this.names = data.extras().names();
        data.extras().forEach(extra -> extras.add(new Column(extra.tensor(), this.batchSize)));
    }

    /**
     * In the order of the data set.
     *
     * @param batchSize rows a batch; the last one may have less
     */
    public static Batches of(Dataset data, int batchSize) {
        return new Batches(data, batchSize);
    }

    /** The number of batches of an epoch, the smaller last one included. */
    public int count() {
        return (order.length + batchSize - 1) / batchSize;
    }

    /** Puts the rows into another order, which depends on {@code random} alone and not on earlier orders. */
    public void shuffle(RandomGenerator random) {
        System.arraycopy(Rows.inOrder(order.length), 0, order, 0, order.length);
        Rows.shuffle(order, random);
    }

    /** A batch, {@code 0 <= index < count()}. */
    public Batch batch(int index) {
        int start = index * batchSize;
        int rows = Math.min(batchSize, order.length - start);
        turn = 1 - turn;
        return new Batch(
                features.gather(order, start, rows, turn),
                targets.gather(order, start, rows, turn),
                extras(start, rows));
    }

    private Tensors extras(int start, int rows) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            entries.add(new Tensors.Entry(names.get(i), extras.get(i).gather(order, start, rows, turn)));
        }
        return Tensors.copyOf(entries);
    }

    /** Features, targets or a further column, with the memory that batches of them are gathered into. */
    private static final class Column {
        private final ByteBuffer from;
        private final int bytesPerRow;
        private final ByteBuffer[] memories;
        private final Tensor[] tensors;

        Column(Tensor all, int batchSize) {
            this.from = all.bytes();
            this.bytesPerRow = Math.toIntExact(
                    all.shape().elementsPerRow() * all.dataType().byteSize());
            int rest = Math.toIntExact(all.shape().size(0) % batchSize);
            int[] sizes = {batchSize, batchSize, rest};
            this.memories = new ByteBuffer[sizes.length];
            this.tensors = new Tensor[sizes.length];
            for (int i = 0; i < sizes.length; i++) {
                memories[i] = Tensor.newDirectMemory(Math.multiplyExact((long) bytesPerRow, sizes[i]));
                tensors[i] = Tensor.wrap(all.dataType(), all.shape().withRows(sizes[i]), memories[i]);
            }
        }

        Tensor gather(int[] order, int start, int rows, int turn) {
            int slot = tensors[turn].shape().size(0) == rows ? turn : 2;
            Rows.copy(from, bytesPerRow, order, start, rows, memories[slot]);
            return tensors[slot];
        }
    }
}

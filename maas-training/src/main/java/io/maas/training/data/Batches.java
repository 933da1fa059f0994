package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A data set's rows in batches, in an order that can be changed before every epoch. Rows are gathered into direct memory
 * that is used again: two batches take turns, so that an epoch makes no garbage that grows with the data.
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

    private static final int TURNS = 2;

    private final int batchSize;
    private final int rows;
    private final boolean shared;
    private final Gathered features;
    private final Gathered targets;
    private final List<Gathered> extras = new ArrayList<>();
    private final List<String> names;
    private int @Nullable [] order;
    private int turn;

    private Batches(Dataset data, int batchSize, boolean shared) {
        this.rows = data.rows();
        if (rows == 0) {
            throw new InvalidInputException("rows: 0 (expected: at least one row in " + data + ")");
        }
        this.batchSize = Math.min(Require.positive(batchSize, "batchSize"), rows);
        this.shared = shared;
        this.features = new Gathered(data.featureView());
        this.targets = new Gathered(data.targetView());
        this.names = data.names();
        data.extraViews().values().forEach(view -> extras.add(new Gathered(view)));
    }

    /**
     * In the order of the data set.
     *
     * @param batchSize rows a batch; the last one may have less
     */
    public static Batches of(Dataset data, int batchSize) {
        return new Batches(data, batchSize, false);
    }

    /**
     * In the order of the data set, which must stay: rows that lie one behind the other are not copied, but seen where they lie.
     *
     * @param batchSize rows a batch; the last one may have less
     */
    public static Batches inOrder(Dataset data, int batchSize) {
        return new Batches(data, batchSize, true);
    }

    /** The number of batches of an epoch, the smaller last one included. */
    public int count() {
        return (int) (((long) rows + batchSize - 1) / batchSize);
    }

    /**
     * Puts the rows into another order, which depends on {@code random} alone and not on earlier orders.
     *
     * @throws IllegalStateException if the order must stay
     */
    public void shuffle(RandomGenerator random) {
        if (shared) {
            throw new IllegalStateException(
                    "batches in order (expected: those of Batches.of); make them so to shuffle");
        }
        int[] places = order;
        if (places == null) {
            places = Rows.inOrder(rows);
            order = places;
        } else {
            Rows.putInOrder(places, 0);
        }
        Rows.shuffle(places, random);
    }

    /** A batch, {@code 0 <= index < count()}. */
    public Batch batch(int index) {
        int start = index * batchSize;
        int count = Math.min(batchSize, rows - start);
        turn = (turn + 1) % TURNS;
        return new Batch(
                features.gather(order, start, count, turn),
                targets.gather(order, start, count, turn),
                extras(start, count));
    }

    private Tensors extras(int start, int count) {
        if (extras.isEmpty()) {
            return Tensors.none();
        }
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            entries.add(new Tensors.Entry(names.get(i), extras.get(i).gather(order, start, count, turn)));
        }
        return Tensors.copyOf(entries);
    }

    /** Features, targets or a further column, with the memory that batches of them are gathered into. */
    private final class Gathered {
        private final View view;
        private final int[] picked = new int[batchSize];
        private final Slot[] slots = new Slot[TURNS];

        Gathered(View view) {
            this.view = view;
            Arrays.setAll(slots, any -> Slot.direct());
        }

        Tensor gather(int @Nullable [] order, int start, int count, int turn) {
            RowIndex index = view.index();
            if (shared && index.isRange()) {
                return view.storage().slice(index.at(start), index.at(start) + count);
            }
            for (int i = 0; i < count; i++) {
                picked[i] = index.at(order == null ? start + i : order[start + i]);
            }
            return view.storage().gather(picked, count, slots[turn]);
        }
    }
}

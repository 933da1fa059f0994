package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A data set's rows in batches, in an order that can be changed before every epoch. Rows are gathered into direct memory
 * that is used again: two batches take turns, or three where the next one is put together while a step runs, so that an epoch
 * makes no garbage that grows with the data.
 *
 * <p>Not thread-safe.
 */
public final class Batches implements AutoCloseable {
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

    /** From this size on a batch takes longer to put together than another thread takes to wake up. */
    private static final long PREFETCH_FROM_BYTES = 1 << 18;

    private final int rows;
    private final int batchSize;
    private final int multiple;
    private final boolean shared;
    private final Gathered features;
    private final Gathered targets;
    private final List<Gathered> extras = new ArrayList<>();
    private final List<String> names;
    private final @Nullable Augmenting augmenting;
    private final @Nullable LengthOrder lengths;
    private final @Nullable Ahead ahead;
    private final int turns;
    private int @Nullable [] order;
    private int @Nullable [] cuts;
    private long epochSeed;
    private int turn;

    private Batches(Dataset data, Batching how, boolean shared) {
        this.rows = data.rows();
        if (rows == 0) {
            throw new InvalidInputException("rows: 0 (expected: at least one row in " + data + ")");
        }
        this.batchSize = Math.min(how.size(), rows);
        this.multiple = how.lengthMultiple();
        this.shared = shared;
        this.turns = isAhead(data, how) ? 3 : 2;
        this.features = new Gathered(data.featureView());
        this.targets = new Gathered(data.targetView());
        this.names = data.names();
        data.extraViews().values().forEach(view -> extras.add(new Gathered(view)));
        Augmentation augmentation = how.augmentation();
        this.augmenting = augmentation == null
                ? null
                : new Augmenting(augmentation, data.featureView().storage());
        this.lengths = how.byLength() ? LengthOrder.of(data, multiple) : null;
        this.ahead = turns == 3 ? new Ahead(this::make) : null;
        arrange();
    }

    private static boolean isAhead(Dataset data, Batching how) {
        return switch (how.prefetch()) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTOMATIC ->
                how.augmentation() != null
                        || bytesPerRow(data) * Math.min(how.size(), data.rows()) >= PREFETCH_FROM_BYTES;
        };
    }

    private static long bytesPerRow(Dataset data) {
        long bytes = data.featureView().storage().bytesPerRow()
                + data.targetView().storage().bytesPerRow();
        for (View extra : data.extraViews().values()) {
            bytes += extra.storage().bytesPerRow();
        }
        return bytes;
    }

    /**
     * In the order of the data set, put together when they are asked for.
     *
     * @param batchSize rows a batch; the last one may have less
     */
    public static Batches of(Dataset data, int batchSize) {
        return of(data, Batching.of(batchSize).prefetch(Batching.Prefetch.NEVER));
    }

    /**
     * In the order of the data set, or in that of their lengths, until they are shuffled. With a thread beside, which {@link #close}
     * ends, the batch after the one that was asked for is put together at once.
     *
     * @throws InvalidInputException if there is no row, or lengths are to be told and no column has any
     */
    public static Batches of(Dataset data, Batching how) {
        return new Batches(data, how, false);
    }

    /**
     * In the order of the data set, which must stay: rows that lie one behind the other are not copied, but seen where they lie.
     *
     * @param batchSize rows a batch; the last one may have less
     */
    public static Batches inOrder(Dataset data, int batchSize) {
        return new Batches(data, Batching.of(batchSize).prefetch(Batching.Prefetch.NEVER), true);
    }

    /** The number of batches of an epoch, the smaller last one included. */
    public int count() {
        return (int) (((long) rows + batchSize - 1) / batchSize);
    }

    /**
     * Begins another epoch: puts the rows into another order, which depends on {@code random} alone and not on earlier orders, and
     * has them augmented otherwise.
     *
     * @throws IllegalStateException if the order must stay
     */
    public void shuffle(RandomGenerator random) {
        if (shared) {
            throw new IllegalStateException(
                    "batches in order (expected: those of Batches.of); make them so to shuffle");
        }
        if (ahead != null) {
            ahead.drop();
        }
        int[] places = order;
        if (places == null) {
            places = Rows.inOrder(rows);
            order = places;
        } else {
            Rows.putInOrder(places, 0);
        }
        Rows.shuffle(places, random);
        epochSeed = random.nextLong();
        arrange();
        if (cuts != null) {
            Rows.shuffle(cuts, random);
        }
    }

    /** Brings rows of one length together, where that is wanted. */
    private void arrange() {
        if (lengths != null) {
            order = lengths.sorted(order == null ? Rows.inOrder(rows) : order);
            cuts = Rows.inOrder(count());
        }
    }

    /**
     * A batch, {@code 0 <= index < count()}. They are meant to be asked for one after the other; in another order nothing is put
     * together beforehand.
     *
     * @throws RuntimeException what the augmentation threw
     */
    public Batch batch(int index) {
        if (index < 0 || index >= count()) {
            throw Require.failure("batch", index, "0 <= batch < " + count());
        }
        return ahead == null ? make(index) : ahead.take(index, index == count() - 1);
    }

    private Batch make(int index) {
        int start = (cuts == null ? index : cuts[index]) * batchSize;
        int count = Math.min(batchSize, rows - start);
        turn = (turn + 1) % turns;
        Tensor gathered = features.gather(start, count);
        if (augmenting != null) {
            augmenting.apply(
                    features.memory(gathered), gathered.shape(), features.picked, i -> place(start + i), epochSeed);
        }
        return new Batch(gathered, targets.gather(start, count), extras(start, count));
    }

    private int place(int i) {
        return order == null ? i : order[i];
    }

    private Tensors extras(int start, int count) {
        if (extras.isEmpty()) {
            return Tensors.none();
        }
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            entries.add(new Tensors.Entry(names.get(i), extras.get(i).gather(start, count)));
        }
        return Tensors.copyOf(entries);
    }

    /** Ends the thread beside, if there is one; waits for it. What was given stays valid. */
    @Override
    public void close() {
        if (ahead != null) {
            ahead.close();
        }
    }

    /** Features, targets or a further column, with the memory that batches of them are gathered into. */
    private final class Gathered {
        private final View view;
        private final int[] picked = new int[batchSize];
        private final Slot[] slots = new Slot[turns];

        Gathered(View view) {
            this.view = view;
            Arrays.setAll(slots, any -> Slot.direct());
        }

        Tensor gather(int start, int count) {
            RowIndex index = view.index();
            if (shared && index.isRange() && view.storage().isShared()) {
                return view.storage().slice(index.at(start), index.at(start) + count);
            }
            for (int i = 0; i < count; i++) {
                picked[i] = index.at(place(start + i));
            }
            return view.storage().gather(picked, count, multiple, slots[turn]);
        }

        ByteBuffer memory(Tensor gathered) {
            return slots[turn].memory(gathered.dataType(), gathered.shape());
        }
    }
}

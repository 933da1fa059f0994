package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** An augmentation at work on batches of one column. Not thread-safe. */
final class Augmenting {
    private final Augmentation augmentation;
    private final Storage storage;
    private double[] values = new double[0];
    private Shape row = Shape.scalar();

    Augmenting(Augmentation augmentation, Storage storage) {
        this.augmentation = augmentation;
        this.storage = storage;
    }

    /**
     * Changes a batch in place.
     *
     * @param memory what the batch was gathered into
     * @param batch its shape
     * @param rows the stored rows that are in it
     * @param places where each stands in the data set
     * @param seed of the epoch
     */
    void apply(ByteBuffer memory, Shape batch, int[] rows, Places places, long seed) {
        int stride = Math.toIntExact(batch.elementsPerRow());
        int count = Math.toIntExact(batch.size(0));
        for (int i = 0; i < count; i++) {
            bind(batch, storage.elementsOf(rows[i]), stride);
            read(memory, i * stride);
            augmentation.apply(values, row, new SplittableRandom(RowHashes.mix(seed, places.at(i))));
            write(memory, i * stride);
        }
    }

    /** Where the rows of a batch stand in the data set. */
    @FunctionalInterface
    interface Places {
        int at(int rowOfBatch);
    }

    private void bind(Shape batch, int elements, int stride) {
        if (values.length == elements && row.rank() == batch.rank() - 1 && row.elements() == elements) {
            return;
        }
        values = new double[elements];
        long[] sizes = batch.toArray();
        long[] own = java.util.Arrays.copyOfRange(sizes, 1, sizes.length);
        if (elements != stride) {
            own[0] = own[0] * elements / stride;
        }
        row = Shape.of(own);
    }

    private void read(ByteBuffer memory, int from) {
        DataType type = storage.dataType();
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case FLOAT32 -> memory.getFloat((from + i) * Float.BYTES);
                case FLOAT64 -> memory.getDouble((from + i) * Double.BYTES);
                default -> memory.getLong((from + i) * Long.BYTES);
            };
        }
    }

    private void write(ByteBuffer memory, int to) {
        DataType type = storage.dataType();
        for (int i = 0; i < values.length; i++) {
            switch (type) {
                case FLOAT32 -> memory.putFloat((to + i) * Float.BYTES, (float) values[i]);
                case FLOAT64 -> memory.putDouble((to + i) * Double.BYTES, values[i]);
                default -> memory.putLong((to + i) * Long.BYTES, (long) values[i]);
            }
        }
    }
}

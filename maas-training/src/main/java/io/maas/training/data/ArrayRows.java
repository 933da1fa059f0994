package io.maas.training.data;

import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Makes rows of Java's own arrays, and of objects that give such. */
final class ArrayRows {
    private static final int FIRST_BYTES = 1 << 12;

    private ArrayRows() {}

    /** Arrays that fit the heap are kept in memory, up to what a tensor takes. */
    static View of(float[][] all, String what) {
        long bytes = all.length == 0 || all[0] == null ? 0 : (long) all.length * all[0].length * Float.BYTES;
        try (GrowingRows rows = new GrowingRows(what, DataType.FLOAT32, bytes, StoredRows.MAX_PIECE)) {
            for (float[] row : all) {
                rows.add(row);
            }
            return View.of(rows.finish());
        }
    }

    static View of(double[][] all, String what) {
        long bytes = all.length == 0 || all[0] == null ? 0 : (long) all.length * all[0].length * Double.BYTES;
        try (GrowingRows rows = new GrowingRows(what, DataType.FLOAT64, bytes, StoredRows.MAX_PIECE)) {
            for (double[] row : all) {
                rows.add(row);
            }
            return View.of(rows.finish());
        }
    }

    static long[] longs(int[] classes) {
        return Arrays.stream(classes).asLongStream().toArray();
    }

    /** Nobody knows how many objects come, nor whether they fit the heap: many rows go to a file. */
    static <T> Dataset of(
            Stream<T> objects,
            Function<? super T, float[]> features,
            DataType targetType,
            BiConsumer<GrowingRows, T> target) {
        try (GrowingRows inputs = growing("features", DataType.FLOAT32);
                GrowingRows targets = growing("targets", targetType)) {
            for (Iterator<T> all = objects.sequential().iterator(); all.hasNext(); ) {
                T object = all.next();
                inputs.add(features.apply(object));
                target.accept(targets, object);
            }
            return Dataset.of(inputs.finish(), targets.finish());
        }
    }

    private static GrowingRows growing(String what, DataType type) {
        return new GrowingRows(what, type, FIRST_BYTES, StoredRows.MAX_MEMORY);
    }
}

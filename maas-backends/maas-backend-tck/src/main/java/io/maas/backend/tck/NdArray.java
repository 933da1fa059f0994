package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The values of a tensor in the widest form of their kind: doubles for floating types, longs for integers and bools (0 or 1),
 * strings for text. Every value is one that the element type can hold: the factories round and wrap. The longs of uint64 are
 * its bits.
 */
final class NdArray {
    private static final double[] NO_REALS = {};
    private static final long[] NO_INTEGERS = {};
    private static final String[] NO_TEXTS = {};

    private final DataType type;
    private final Grid grid;
    private final double[] reals;
    private final long[] integers;
    private final String[] texts;

    private NdArray(DataType type, Grid grid, double[] reals, long[] integers, String[] texts) {
        this.type = type;
        this.grid = grid;
        this.reals = reals;
        this.integers = integers;
        this.texts = texts;
        int stored = type.isFloating() ? reals.length : type == DataType.STRING ? texts.length : integers.length;
        Require.that(stored == grid.count(), "values", stored, grid.count() + " for shape " + grid);
    }

    /** Floating-point values, each rounded to the type's nearest. */
    static NdArray ofReals(DataType type, Grid grid, double... values) {
        Require.that(type.isFloating(), "type", type, "a floating-point type");
        return new NdArray(type, grid, rounded(type, values), NO_INTEGERS, NO_TEXTS);
    }

    /** Integers or bools, each cut to the low bits that the type has. */
    static NdArray ofIntegers(DataType type, Grid grid, long... values) {
        Require.that(type.isInteger() || type == DataType.BOOL, "type", type, "an integer type or bool");
        long[] wrapped = new long[values.length];
        Arrays.setAll(wrapped, i -> wrapped(type, values[i]));
        return new NdArray(type, grid, NO_REALS, wrapped, NO_TEXTS);
    }

    static NdArray ofTexts(Grid grid, String... values) {
        return new NdArray(DataType.STRING, grid, NO_REALS, NO_INTEGERS, values);
    }

    static NdArray of(Tensor tensor) {
        Grid grid = Grid.of(tensor.shape().toArray());
        return switch (tensor.dataType()) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> ofReals(tensor.dataType(), grid, tensor.toDoubleArray());
            case INT64, UINT64 -> ofIntegers(tensor.dataType(), grid, tensor.toLongArray());
            case BOOL, INT8, UINT8, INT16, UINT16, INT32, UINT32 ->
                ofIntegers(
                        tensor.dataType(),
                        grid,
                        Arrays.stream(tensor.toDoubleArray())
                                .mapToLong(value -> (long) value)
                                .toArray());
            case STRING -> ofTexts(grid, tensor.strings().toArray(new String[0]));
        };
    }

    Tensor toTensor() {
        if (type == DataType.STRING) {
            return Tensor.of(texts, grid.shape().toArray()).reshape(grid.shape());
        }
        if (type == DataType.INT64 || type == DataType.UINT64) {
            ByteBuffer memory = Tensor.newMemory(8L * integers.length);
            memory.asLongBuffer().put(integers);
            return Tensor.wrap(type, grid.shape(), memory);
        }
        double[] values =
                isReal() ? reals : Arrays.stream(integers).asDoubleStream().toArray();
        return Tensor.of(type, values, grid.shape());
    }

    private static double[] rounded(DataType type, double[] values) {
        return switch (type) {
            case FLOAT32 -> Arrays.stream(values).map(value -> (float) value).toArray();
            case FLOAT16, BFLOAT16 ->
                Tensor.of(type, values, Grid.of(values.length).shape()).toDoubleArray();
            case FLOAT64, BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, STRING -> values.clone();
        };
    }

    private static long wrapped(DataType type, long value) {
        return switch (type) {
            case BOOL -> value == 0 ? 0 : 1;
            case INT8 -> (byte) value;
            case UINT8 -> value & 0xff;
            case INT16 -> (short) value;
            case UINT16 -> value & 0xffff;
            case INT32 -> (int) value;
            case UINT32 -> value & 0xffff_ffffL;
            case INT64, UINT64, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, STRING -> value;
        };
    }

    DataType type() {
        return type;
    }

    Grid grid() {
        return grid;
    }

    int rank() {
        return grid.rank();
    }

    int count() {
        return grid.count();
    }

    boolean isReal() {
        return type.isFloating();
    }

    double real(int place) {
        return reals[place];
    }

    long integer(int place) {
        return integers[place];
    }

    String text(int place) {
        return texts[place];
    }

    /** A number of any type as a double; 64-bit integers above 2^53 are rounded. */
    double number(int place) {
        if (isReal()) {
            return reals[place];
        }
        long bits = integers[place];
        // Half with the lost bit or-ed in rounds like the whole.
        return type == DataType.UINT64 && bits < 0 ? ((bits >>> 1) | (bits & 1)) * 2.0 : bits;
    }

    /** An index, axis or size: a number of any type, cut to an integer. */
    long index(int place) {
        return isReal() ? (long) reals[place] : integers[place];
    }

    /** All values as {@link #index}. */
    long[] indices() {
        long[] all = new long[count()];
        Arrays.setAll(all, this::index);
        return all;
    }

    /** Negative, zero or positive, as the element at {@code left} is below, equal to or above that at {@code right}. */
    int compare(int left, int right) {
        return isReal() ? Double.compare(reals[left], reals[right]) : compare(type, integers[left], integers[right]);
    }

    static int compare(DataType type, long left, long right) {
        return type == DataType.UINT64 ? Long.compareUnsigned(left, right) : Long.compare(left, right);
    }

    /** The same values in the same order under another grid. */
    NdArray reshape(Grid other) {
        return new NdArray(type, other, reals, integers, texts);
    }

    /** The array that shows, at each place, the element of this one at the place that {@code source} gives. */
    NdArray pick(Grid to, int... source) {
        return switch (type) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
                ofReals(type, to, Arrays.stream(source).mapToDouble(this::real).toArray());
            case STRING ->
                ofTexts(to, Arrays.stream(source).mapToObj(this::text).toArray(String[]::new));
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 ->
                ofIntegers(
                        type, to, Arrays.stream(source).mapToLong(this::integer).toArray());
        };
    }

    /** As {@link #pick(Grid, int...)}, by coordinates. */
    NdArray pick(Grid to, ToIntFunction<int[]> source) {
        int[] places = new int[to.count()];
        Arrays.setAll(places, place -> source.applyAsInt(to.coordinates(place)));
        return pick(to, places);
    }

    /** This array stretched to a larger grid. */
    NdArray stretch(Grid to) {
        return grid.equals(to) ? this : pick(to, grid::stretched);
    }

    /** All elements of some arrays of one type, one after the other, along one axis. */
    static NdArray join(List<NdArray> arrays) {
        DataType type = arrays.get(0).type;
        int total = 0;
        for (NdArray array : arrays) {
            Require.that(array.type == type, "type", array.type, "all inputs of type " + type);
            total += array.count();
        }
        Grid grid = Grid.of(total);
        if (type == DataType.STRING) {
            return ofTexts(
                    grid,
                    arrays.stream().flatMap(each -> Arrays.stream(each.texts)).toArray(String[]::new));
        }
        if (type.isFloating()) {
            return ofReals(
                    type,
                    grid,
                    arrays.stream()
                            .flatMapToDouble(each -> Arrays.stream(each.reals))
                            .toArray());
        }
        return ofIntegers(
                type,
                grid,
                arrays.stream()
                        .flatMapToLong(each -> Arrays.stream(each.integers))
                        .toArray());
    }

    /** A scalar of zero, false or the empty string. */
    static NdArray zero(DataType type) {
        return of(Tensor.zeros(type, Grid.SCALAR.shape()));
    }
}

package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.util.Arrays;

/** The fixed sizes of an array's axes, with the arithmetic of row-major places in it. */
final class Grid {
    static final Grid SCALAR = new Grid(new int[0]);

    private final int[] sizes;
    private final int count;

    private Grid(int[] sizes) {
        this.sizes = sizes;
        int product = 1;
        for (int size : sizes) {
            product = Math.multiplyExact(product, size);
        }
        this.count = product;
    }

    static Grid of(int... sizes) {
        return new Grid(sizes.clone());
    }

    static Grid of(long[] sizes) {
        return new Grid(Arrays.stream(sizes)
                .mapToInt(size -> {
                    Require.that(size >= 0, "size", size, "size >= 0");
                    return Math.toIntExact(size);
                })
                .toArray());
    }

    int rank() {
        return sizes.length;
    }

    /** The size of an axis; negative axes count from the last. */
    int size(int axis) {
        return sizes[axis < 0 ? axis + sizes.length : axis];
    }

    int[] sizes() {
        return sizes.clone();
    }

    /** The number of elements. */
    int count() {
        return count;
    }

    Shape shape() {
        return Shape.of(Arrays.stream(sizes).asLongStream().toArray());
    }

    /** An axis that may count from the last, as one that counts from the first. */
    int axis(long axis) {
        Require.that(-rank() <= axis && axis < rank(), "axis", axis, -rank() + " <= axis < " + rank());
        return (int) (axis < 0 ? axis + rank() : axis);
    }

    /** The coordinates of the element at a row-major place. */
    int[] coordinates(int place) {
        int[] coordinates = new int[sizes.length];
        int rest = place;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            coordinates[axis] = rest % sizes[axis];
            rest /= sizes[axis];
        }
        return coordinates;
    }

    /** The row-major place of the element at some coordinates. */
    int place(int... coordinates) {
        int place = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            Require.that(
                    0 <= coordinates[axis] && coordinates[axis] < sizes[axis],
                    "index",
                    coordinates[axis],
                    "0 <= index < " + sizes[axis] + " at axis " + axis);
            place = place * sizes[axis] + coordinates[axis];
        }
        return place;
    }

    /** The common grid that both stretch to: aligned at the last axis, sizes of 1 stretch. */
    Grid broadcast(Grid other) {
        int[] result = new int[Math.max(rank(), other.rank())];
        for (int i = 1; i <= result.length; i++) {
            int left = i <= rank() ? size(-i) : 1;
            int right = i <= other.rank() ? other.size(-i) : 1;
            Require.that(
                    left == right || left == 1 || right == 1, "shapes", this + " and " + other, "sizes equal or 1");
            result[result.length - i] = left == 1 ? right : left;
        }
        return new Grid(result);
    }

    /** The place in this grid of what stands at {@code coordinates} of a grid that this one is stretched to. */
    int stretched(int[] coordinates) {
        int skipped = coordinates.length - sizes.length;
        int place = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            place = place * sizes[axis] + (sizes[axis] == 1 ? 0 : coordinates[axis + skipped]);
        }
        return place;
    }

    /** This grid with another size at one axis. */
    Grid with(int axis, int size) {
        int[] changed = sizes.clone();
        changed[axis] = size;
        return new Grid(changed);
    }

    /** The axes {@code [from, to)} only. */
    Grid part(int from, int to) {
        return new Grid(Arrays.copyOfRange(sizes, from, to));
    }

    /** The axes of this grid, then those of the other. */
    Grid then(Grid other) {
        int[] all = Arrays.copyOf(sizes, rank() + other.rank());
        System.arraycopy(other.sizes, 0, all, rank(), other.rank());
        return new Grid(all);
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof Grid grid && Arrays.equals(sizes, grid.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    @Override
    public String toString() {
        return Arrays.toString(sizes);
    }
}

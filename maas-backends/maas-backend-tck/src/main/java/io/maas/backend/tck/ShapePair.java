package io.maas.backend.tck;

/** The shapes of two operands. */
final class ShapePair {
    final long[] left;
    final long[] right;

    private ShapePair(long[] left, long[] right) {
        this.left = left;
        this.right = right;
    }

    static ShapePair of(long[] left, long... right) {
        return new ShapePair(left, right);
    }
}

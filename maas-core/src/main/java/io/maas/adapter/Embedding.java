package io.maas.adapter;

import io.maas.error.Require;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A place in a space where what is alike lies near.
 *
 * <p>Immutable and thread-safe.
 */
public final class Embedding {
    private final float[] values;

    private Embedding(float[] values) {
        this.values = values;
    }

    /** An embedding with a copy of the values. */
    public static Embedding of(float... values) {
        return new Embedding(values.clone());
    }

    /** The number of its values. */
    public int size() {
        return values.length;
    }

    /** A copy of its values. */
    public float[] toArray() {
        return values.clone();
    }

    /**
     * The cosine of the angle between the two: from 1 for the same direction to -1 for the opposite one; 0 if one has no direction.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public double cosine(Embedding other) {
        Require.that(other.size() == size(), "size", other.size(), size() + " as of the other embedding");
        double product = 0;
        double mine = 0;
        double its = 0;
        for (int i = 0; i < values.length; i++) {
            product += (double) values[i] * other.values[i];
            mine += (double) values[i] * values[i];
            its += (double) other.values[i] * other.values[i];
        }
        return mine == 0 || its == 0 ? 0 : product / Math.sqrt(mine * its);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Embedding embedding && Arrays.equals(values, embedding.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    /** Its size, not its values. */
    @Override
    public String toString() {
        return "embedding[" + values.length + "]";
    }
}

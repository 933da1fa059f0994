package io.maas.tensor;

import com.google.common.base.Splitter;
import io.maas.error.Require;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a tensor's axes, outermost first. A size is a number, or, in the declaration of a graph or model, a symbol
 * such as {@code batch}: one number that is known only when the model runs. The anonymous symbol {@code ?} stands for a
 * size of which nothing is known; two of them are never taken to be equal.
 *
 * <p>Immutable and thread-safe. Ranges: each size {@code 0 <= size}, rank at most {@value #MAX_RANK}, and the product of
 * all sizes fits a {@code long}.
 */
public final class Shape {
    /** What {@link #size(int)} gives for an axis whose size is a symbol. */
    public static final long VARIABLE = -1;

    /** The anonymous symbol. */
    public static final String UNKNOWN = "?";

    /** The largest number of axes. */
    public static final int MAX_RANK = 16;

    private static final Shape SCALAR = new Shape(new long[0], null);

    private final long[] sizes;
    private final @Nullable String @Nullable [] symbols;

    private Shape(long[] sizes, @Nullable String @Nullable [] symbols) {
        this.sizes = sizes;
        this.symbols = symbols;
    }

    /** The shape {@code []} of a single value. */
    public static Shape scalar() {
        return SCALAR;
    }

    /**
     * A shape of fixed sizes.
     *
     * @throws IllegalArgumentException if a size is negative, there are too many, or their product overflows a long
     */
    public static Shape of(long... sizes) {
        if (sizes.length == 0) {
            return SCALAR;
        }
        long[] copy = sizes.clone();
        check(copy);
        for (long size : copy) {
            if (size < 0) {
                throw Require.failure("size", size, "size >= 0 in " + Arrays.toString(copy));
            }
        }
        return new Shape(copy, null);
    }

    /**
     * A shape whose sizes are numbers or symbols, such as {@code Shape.symbolic("batch", 4)}.
     *
     * @param sizes {@link Integer}s, {@link Long}s and {@link String}s
     */
    public static Shape symbolic(Object... sizes) {
        long[] numbers = new long[sizes.length];
        @Nullable String[] symbols = new @Nullable String[sizes.length];
        boolean fixed = true;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] instanceof Number n && (n instanceof Integer || n instanceof Long)) {
                numbers[i] = n.longValue();
                Require.that(numbers[i] >= 0, "size", n, "size >= 0 in " + Arrays.toString(sizes));
            } else if (sizes[i] instanceof String symbol && !symbol.isEmpty()) {
                numbers[i] = VARIABLE;
                symbols[i] = symbol;
                fixed = false;
            } else {
                throw new IllegalArgumentException(
                        "size: " + sizes[i] + " (expected: an int, a long or the name of a symbol)");
            }
        }
        check(numbers);
        return new Shape(numbers, fixed ? null : symbols);
    }

    /**
     * Reads the form that {@link #toString()} writes, such as {@code [batch, 4]}.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Shape parse(String text) {
        String body = text.strip();
        Require.that(
                body.startsWith("[") && body.endsWith("]"), "shape", Require.quote(text), "a form like [batch, 4]");
        List<Object> sizes = new ArrayList<>();
        for (String part :
                Splitter.on(',').trimResults().omitEmptyStrings().split(body.substring(1, body.length() - 1))) {
            sizes.add(Character.isDigit(part.charAt(0)) ? (Object) parseSize(part, text) : part);
        }
        return symbolic(sizes.toArray());
    }

    private static Long parseSize(String part, String text) {
        try {
            return Long.valueOf(part);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "shape: " + Require.quote(text) + " (expected: a form like [batch, 4])", e);
        }
    }

    private static void check(long[] sizes) {
        if (sizes.length > MAX_RANK) {
            throw Require.failure("rank", sizes.length, "rank <= " + MAX_RANK);
        }
        long product = 1;
        for (long size : sizes) {
            // A zero elsewhere must not hide an overflow: engines multiply in any order.
            long factor = Math.max(size, 1);
            long high = Math.multiplyHigh(product, factor);
            product *= factor;
            if (high != 0 || product <= 0) {
                throw Require.failure("shape", Arrays.toString(sizes), "a number of elements that fits a long");
            }
        }
    }

    /** The number of axes. */
    public int rank() {
        return sizes.length;
    }

    /** The size of an axis, or {@link #VARIABLE} where it is a symbol; negative axes count from the last. */
    public long size(int axis) {
        return sizes[axis < 0 ? axis + sizes.length : axis];
    }

    /** The symbol of an axis, or null where its size is fixed; negative axes count from the last. */
    public @Nullable String symbol(int axis) {
        return symbols == null ? null : symbols[axis < 0 ? axis + sizes.length : axis];
    }

    /** The axis as {@link #symbolic} takes it: a {@link Long} or a {@link String}. */
    public Object dimension(int axis) {
        String symbol = symbol(axis);
        return symbol == null ? (Object) size(axis) : symbol;
    }

    /** All axes as {@link #symbolic} takes them, in a new array. */
    public Object[] dimensions() {
        Object[] all = new Object[sizes.length];
        Arrays.setAll(all, this::dimension);
        return all;
    }

    /** Whether every size is a number. */
    public boolean isFixed() {
        return symbols == null;
    }

    /** The number of elements of a fixed shape. */
    public long elements() {
        if (symbols != null) {
            throw new IllegalStateException("shape: " + this + " (expected: fixed sizes only)");
        }
        long product = 1;
        for (long size : sizes) {
            product *= size;
        }
        return product;
    }

    /** The number of elements of one row: the product of all sizes but the first. Requires rank >= 1 and fixed sizes. */
    public long elementsPerRow() {
        long product = 1;
        for (int i = 1; i < sizes.length; i++) {
            product *= size(i);
        }
        return product;
    }

    /** The sizes, with {@link #VARIABLE} for symbols, in a new array. */
    public long[] toArray() {
        return sizes.clone();
    }

    /** This shape with another size at one axis. */
    public Shape with(int axis, Object size) {
        Object[] all = dimensions();
        all[axis < 0 ? axis + all.length : axis] = size;
        return symbolic(all);
    }

    /** This fixed shape with another first size; cheaper than {@link #with}. */
    public Shape withRows(long rows) {
        if (sizes.length > 0 && sizes[0] == rows) {
            return this;
        }
        long[] copy = sizes.clone();
        copy[0] = rows;
        check(copy);
        return new Shape(copy, null);
    }

    /**
     * Whether a tensor of the fixed shape {@code other} may stand where this shape is declared: same rank and the same size
     * wherever this one is a number. Symbols accept any size; that equal symbols get equal sizes is for the caller to see.
     */
    public boolean accepts(Shape other) {
        if (sizes.length != other.sizes.length) {
            return false;
        }
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] != VARIABLE && sizes[i] != other.sizes[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Shape shape
                        && Arrays.equals(sizes, shape.sizes)
                        && Arrays.equals(symbols, shape.symbols));
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(sizes) + Arrays.hashCode(symbols);
    }

    /** Such as {@code [batch, 4]}. */
    @Override
    public String toString() {
        StringJoiner joiner = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < sizes.length; i++) {
            joiner.add(String.valueOf(dimension(i)));
        }
        return joiner.toString();
    }
}

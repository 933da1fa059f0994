package io.maas.api.wire;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Shape;
import java.util.Arrays;

/** Shapes as others write them. */
final class WireShapes {
    static final int MAX_RANK = 8;

    /** Of a tensor without values, whose sizes no data bounds: they are counted and looped over like those of others. */
    private static final long MAX_EMPTY = 1 << 20;

    private WireShapes() {}

    /**
     * A shape all of whose sizes are known.
     *
     * @param title what to call the tensor in messages
     * @throws InvalidInputException if there is no such shape, or if it is larger than a message could fill
     */
    static Shape fixed(String title, long[] sizes) {
        if (sizes.length > MAX_RANK) {
            throw tooManyAxes(title);
        }
        Shape shape;
        try {
            shape = Shape.of(sizes);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(title + ": shape: " + e.getMessage(), e);
        }
        if (shape.elements() > Integer.MAX_VALUE || (shape.elements() == 0 && !isSmall(sizes))) {
            throw new InvalidInputException(title + ": shape " + shape + " is too large (expected: at most "
                    + Integer.MAX_VALUE + " values, and where one size is 0, others of at most " + MAX_EMPTY
                    + " together)");
        }
        return shape;
    }

    static InvalidInputException tooManyAxes(String title) {
        return new InvalidInputException(title + ": shape has too many axes (expected: at most " + MAX_RANK + ")");
    }

    private static boolean isSmall(long[] sizes) {
        long most = MAX_EMPTY;
        for (long size : Arrays.stream(sizes).filter(size -> size > 1).toArray()) {
            most /= size;
        }
        return most > 0;
    }
}

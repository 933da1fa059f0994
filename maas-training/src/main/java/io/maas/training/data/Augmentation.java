package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Changes the features of each row a little before every step, so that training never sees the same row twice; the targets stay
 * what they are. Only training does so: evaluation and serving take rows as they are. {@link Augmentations} has those for images.
 *
 * <pre>{@code
 * Augmentation dimmed = (row, shape, random) -> {
 *     double light = 0.8 + 0.4 * random.nextDouble();
 *     for (int i = 0; i < row.length; i++) {
 *         row[i] *= light;
 *     }
 * };
 * }</pre>
 *
 * <p>What changes depends on the seed, the epoch and the row alone, not on batch size, other rows or threads. Implementations are
 * thread-safe; they run on the thread of the training and on one beside it.
 */
@FunctionalInterface
public interface Augmentation {
    /**
     * Changes one row in place.
     *
     * @param row the features, row-major; of sequences without padding. They go back to the type that they have in the data
     * @param shape of the row, without the batch, such as {@code [channels, height, width]}
     * @param random of this row in this epoch
     */
    void apply(double[] row, Shape shape, RandomGenerator random);

    /** For lineage; one of one's own is {@code custom} unless it says otherwise. */
    default String name() {
        return "custom";
    }

    /** This with another name, for lineage. */
    default Augmentation named(String name) {
        Require.that(!name.isBlank(), "name", Require.quote(name), "a name");
        return new Named(this, name);
    }

    /** This augmentation, then another. */
    default Augmentation then(Augmentation next) {
        return new Chained(this, next);
    }

    /**
     * This augmentation of rows that have lost their shape, such as images whose features are {@code [batch, 64]}.
     *
     * @param shape the shape that a row is to be given, such as {@code 8, 8}; of as many elements
     */
    default Augmentation on(long... shape) {
        return new Shaped(this, Shape.of(shape));
    }

    /** An augmentation under another name. */
    record Named(Augmentation augmentation, String name) implements Augmentation {
        @Override
        public void apply(double[] row, Shape shape, RandomGenerator random) {
            augmentation.apply(row, shape, random);
        }
    }

    /** One augmentation after the other. */
    record Chained(Augmentation first, Augmentation second) implements Augmentation {
        @Override
        public void apply(double[] row, Shape shape, RandomGenerator random) {
            first.apply(row, shape, random);
            second.apply(row, shape, random);
        }

        @Override
        public String name() {
            return first.name() + ", " + second.name();
        }
    }

    /** An augmentation of rows in a shape of their own. */
    record Shaped(Augmentation augmentation, Shape shape) implements Augmentation {
        @Override
        public void apply(double[] row, Shape given, RandomGenerator random) {
            if (shape.elements() != row.length) {
                throw new InvalidInputException("row " + given + " of the features (expected: " + shape.elements()
                        + " elements, as " + Arrays.toString(shape.dimensions()) + " has); augment rows of that shape");
            }
            augmentation.apply(row, shape, random);
        }

        @Override
        public String name() {
            return augmentation.name() + " on " + shape;
        }
    }
}

package io.maas.training.layer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;

/**
 * Random numbers as graph: no state and no generator of an engine's own, but a hash of the step's seed, the place in the network
 * and the place in the tensor. So each engine draws the same numbers, a step can be run again, and what is computed a second
 * time to save memory drops what it dropped the first time.
 *
 * <p>An element at row {@code i} and column {@code j} is {@code r_i · c_j} modulo 2^64, of which the high bits count. The {@code
 * r_i} are odd numbers hashed from the seed and {@code i}: twice {@code z(2z + 1)}, which makes high bits depend on low ones, and
 * then {@code z + z/2^32}, which makes low ones depend on high. The {@code c_j} are odd constants, others at each place of the
 * network. A tensor thus costs one product and one comparison an element. All is int64 that wraps around: shifts and exclusive or,
 * of which better known hashes consist, are not there for int64 in all engines.
 *
 * @see "Dietzfelbinger et al., A reliable randomized algorithm for the closest-pair problem (1997): multiplicative hashing"
 * @see "Rivest et al., The RC6 block cipher (1998): z(2z + 1)"
 * @see "Steele et al., Fast splittable pseudorandom number generators (2014): SplitMix64, for the constants"
 */
final class Chance {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;
    private static final long FIRST = 0xBF58476D1CE4E5B9L;
    private static final long SECOND = 0x94D049BB133111EBL;
    /** Twice the second, for products that 1 makes odd. */
    private static final long EVEN = 0x29A09376266223D6L;

    /** Constants for more columns than this would weigh on the graph; the axes before become rows. */
    private static final long MAX_COLUMNS = 1 << 16;

    private Chance() {}

    /** Uniform over [0, 1], of the shape and type of {@code like}. */
    static Value uniform(Writing writing, Value like) {
        GraphBuilder b = writing.graph;
        Value real = b.cast(bits(writing, like), DataType.FLOAT64);
        Value unit = b.add(b.mul(real, 0x1p-64), b.scalar(0.5, real));
        return b.reshape(b.cast(unit, like.dataType()), b.shapeOf(like));
    }

    /** {@code 1 / (1 - rate)} with probability {@code 1 - rate}, 0 otherwise. */
    static Value kept(Writing writing, Value like, double rate) {
        GraphBuilder b = writing.graph;
        Value bound = b.constant(Tensor.scalar((long) Math.floor((rate - 0.5) * 0x1p64)));
        Value kept = b.node(Op.GREATER_OR_EQUAL, Attributes.none(), bits(writing, like), bound);
        return b.reshape(b.mul(b.cast(kept, like.dataType()), 1 / (1 - rate)), b.shapeOf(like));
    }

    /** {@code [rows, columns]}, uniform over all of int64. */
    private static Value bits(Writing writing, Value like) {
        int split = split(like.shape());
        Object[] sizes = like.shape().dimensions();
        Shape leading = Shape.symbolic(Arrays.copyOf(sizes, split));
        long columns =
                Shape.symbolic(Arrays.copyOfRange(sizes, split, sizes.length)).elements();
        Value rows = writing.rowKeys(leading, () -> rowKeys(writing, like, leading));
        return writing.graph.mul(rows, writing.graph.constant(columnKeys(writing.nextDraw(), (int) columns)));
    }

    /** The first axis that counts as columns: as early as sizes are known and few. */
    private static int split(Shape shape) {
        int split = shape.rank();
        long columns = 1;
        while (split > 1 && shape.size(split - 1) != Shape.VARIABLE) {
            long more = columns * shape.size(split - 1);
            if (more > MAX_COLUMNS && columns > 1) {
                break;
            }
            columns = more;
            split--;
        }
        return split;
    }

    private static Tensor columnKeys(int draw, int columns) {
        long[] keys = new long[columns];
        Arrays.setAll(keys, j -> hash(((long) draw << 32) + j) | 1);
        return Tensor.of(keys);
    }

    /** SplitMix64's number after the state {@code counter · gamma}. */
    static long hash(long counter) {
        long z = (counter + 1) * GAMMA;
        z = (z ^ (z >>> 30)) * FIRST;
        z = (z ^ (z >>> 27)) * SECOND;
        return z ^ (z >>> 31);
    }

    /** {@code [rows, 1]}, odd. */
    private static Value rowKeys(Writing writing, Value like, Shape leading) {
        GraphBuilder b = writing.graph;
        Value z = b.mul(b.add(Positions.upTo(b, count(b, like, leading)), writing.seed()), whole(b, GAMMA));
        z = mixed(b, mixed(b, z));
        return b.reshape(b.add(b.mul(z, whole(b, EVEN)), whole(b, 1)), -1, 1);
    }

    private static Value mixed(GraphBuilder b, Value z) {
        Value product = b.mul(z, b.add(b.add(z, z), whole(b, 1)));
        Value high = b.cast(b.mul(b.cast(product, DataType.FLOAT64), 0x1p-32), DataType.INT64);
        return b.add(product, high);
    }

    private static Value whole(GraphBuilder b, long number) {
        return b.constant(Tensor.scalar(number));
    }

    private static Value count(GraphBuilder b, Value like, Shape leading) {
        if (leading.isFixed()) {
            return whole(b, leading.elements());
        }
        Value count = Positions.size(b, like, 0);
        for (int axis = 1; axis < leading.rank(); axis++) {
            count = b.mul(count, Positions.size(b, like, axis));
        }
        return count;
    }
}

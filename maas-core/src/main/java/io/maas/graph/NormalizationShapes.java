package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of normalizations, some of which give their statistics too. */
final class NormalizationShapes extends ShapeRules {
    private final Shape x;

    NormalizationShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
        this.x = shape(0);
    }

    Shape normalized(int output) {
        return switch (node.op()) {
            case BATCH_NORMALIZATION -> batch(output);
            case GROUP_NORMALIZATION -> group();
            case INSTANCE_NORMALIZATION -> perChannel(3, 3);
            case LRN -> localResponse();
            case MEAN_VARIANCE_NORMALIZATION -> meanVariance();
            default -> layer(output);
        };
    }

    private Shape batch(int output) {
        boolean training = node.attributes().longValue("training_mode", 0) == 1;
        if (!training && node.outputs().size() > 1) {
            throw new GraphException(node.title() + ": " + node.outputs().size()
                    + " outputs with training_mode 0 (expected: 1, or training_mode 1)");
        }
        Shape same = perChannel(2, 5);
        return output == 0 ? same : shape(3);
    }

    /** With parameters of shape [channels] from the second input on. */
    private Shape perChannel(int leastRank, int inputs) {
        if (x.rank() < leastRank) {
            throw mismatch("at least " + leastRank + " axes, [batch, channels, …]", x);
        }
        for (int i = 1; i < inputs; i++) {
            if (shape(i).rank() != 1) {
                throw mismatch("one axis, [channels]", shape(i));
            }
            sameSize(x, 1, shape(i), 0, "one number a channel, axis 1 of the first");
        }
        return x;
    }

    private Shape group() {
        perChannel(2, 3);
        long groups = node.attributes().longValue("num_groups", 0);
        if (groups < 1 || (x.size(1) != Shape.VARIABLE && x.size(1) % groups != 0)) {
            throw new GraphException(node.title() + ": num_groups " + groups + " of shape " + x
                    + " (expected: a positive divisor of the channels, axis 1)");
        }
        return x;
    }

    private Shape localResponse() {
        long size = node.attributes().longValue("size", 0);
        if (size < 1) {
            throw new GraphException(node.title() + ": size " + size + " (expected: at least 1)");
        }
        if (x.rank() < 2) {
            throw mismatch("at least 2 axes, [batch, channels, …]", x);
        }
        return x;
    }

    private Shape meanVariance() {
        long[] axes = node.attributes().longs("axes");
        marked(axes == null ? new long[] {0, 2, 3} : axes, x.rank());
        return x;
    }

    /** Statistics have size 1 at each axis that is normalized. */
    private Shape layer(int output) {
        int axis = axis(node.attributes().longValue("axis", -1), x.rank());
        for (int i = 1; i < node.inputs().size(); i++) {
            if (!node.input(i).isOmitted() && !stretchesTo(shape(i), x)) {
                throw mismatch("a scale and a bias that stretch to the first input", x, shape(i));
            }
        }
        Object[] sizes = x.dimensions();
        for (int i = axis; output > 0 && i < sizes.length; i++) {
            sizes[i] = 1L;
        }
        return Shape.symbolic(sizes);
    }
}

package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.train.LossScope;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * A loss whose terms are weighted by a column of the batch.
 *
 * @param axes how many of the terms' axes the weights have
 */
record Weighted(PointwiseLoss loss, int axes) implements PointwiseLoss {
    private static final String WEIGHT = "weight";

    Weighted {
        Require.positive(axes, "axes");
    }

    @Override
    public String name() {
        return loss.name() + ".weighted(" + axes + ")";
    }

    @Override
    public Terms terms(LossScope scope) {
        GraphBuilder b = scope.graph();
        Terms terms = loss.terms(scope);
        Value values = terms.values();
        int rank = values.rank();
        Require.that(axes <= rank, "axes of the weights", axes, "at most " + rank + ", as the terms are " + values);
        Object[] sizes = Arrays.copyOf(values.shape().dimensions(), axes);
        TensorSpec spec = new TensorSpec(WEIGHT, values.dataType(), Shape.symbolic(sizes));
        Value column = scope.input(spec, 0, Double.POSITIVE_INFINITY);
        Value weights = axes == rank
                ? column
                : b.unsqueeze(column, LongStream.range(axes, rank).toArray());
        return new Terms(b.mul(values, weights), counts(b, terms, weights));
    }

    /** What each term counts, in the terms' shape: a mean has to divide by a weight as often as it is used. */
    private static Value counts(GraphBuilder b, Terms terms, Value weights) {
        Value counts = terms.weights();
        if (counts != null) {
            return b.mul(counts, weights);
        }
        Value values = terms.values();
        return weights.shape().equals(values.shape())
                ? weights
                : b.node(Op.EXPAND, Attributes.none(), weights, b.shapeOf(values));
    }
}

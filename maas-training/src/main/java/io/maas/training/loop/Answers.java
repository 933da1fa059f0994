package io.maas.training.loop;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.Column;
import io.maas.train.LossScope;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How often the highest score names the true class, in a graph. Each answer weighs what its row or position weighs in the loss, so that
 * padding behind a mask counts for neither; what the loss ignores is left out.
 *
 * @param correct the weights of the right answers added up; a scalar
 * @param counted the weights of all answers added up; a scalar
 */
public record Answers(Value correct, Value counted) {
    /** The output that holds {@link #correct}. */
    static final String CORRECT = "training/correct";

    /** The output that holds {@link #counted}. */
    static final String COUNTED = "training/counted";

    private static final String WEIGHT = "weight";

    /**
     * Goes on from a prediction and what a loss reads to the answers.
     *
     * @param columns what the loss reads, by name
     * @param type in which they are added up
     * @return null where targets are not classes
     */
    static @Nullable Answers of(GraphBuilder b, Value prediction, Map<String, Column> columns, DataType type) {
        Column target = columns.get(LossScope.TARGET);
        if (target == null || !target.namesClasses()) {
            return null;
        }
        return b.scope("answers", () -> {
            Value hits = b.cast(b.equal(b.argMax(prediction, -1), target.input()), type);
            Value weights = weights(b, target, columns.get(WEIGHT), type);
            return weights == null
                    ? new Answers(b.reduceSum(hits, false), b.cast(size(b, hits), type))
                    : new Answers(b.reduceSum(b.mul(hits, weights), false), b.reduceSum(weights, false));
        });
    }

    private static Value size(GraphBuilder b, Value value) {
        return b.node(Op.SIZE, Attributes.none(), value);
    }

    /** What each target weighs, in the targets' shape; null if each weighs 1. */
    private static @Nullable Value weights(GraphBuilder b, Column target, @Nullable Column weight, DataType type) {
        Value known = target.ignored() == null ? null : b.cast(counting(b, target, target.ignored()), type);
        if (weight == null || !isFor(target.input().shape(), weight.input().shape())) {
            return known;
        }
        Value given = b.cast(weight.input(), type);
        int rank = target.input().rank();
        if (given.rank() < rank) {
            Value aligned =
                    b.unsqueeze(given, LongStream.range(given.rank(), rank).toArray());
            given = b.node(Op.EXPAND, Attributes.none(), aligned, b.shapeOf(target.input()));
        }
        return known == null ? given : b.mul(known, given);
    }

    private static Value counting(GraphBuilder b, Column target, long ignored) {
        Value skipped = b.equal(target.input(), b.constant(Tensor.scalar(ignored)));
        return b.node(Op.NOT, Attributes.none(), skipped);
    }

    /** Whether weights are one a row or one a position; a loss of one's own may read others under that name. */
    private static boolean isFor(Shape targets, Shape weights) {
        boolean fits = weights.rank() <= targets.rank();
        for (int i = 0; fits && i < weights.rank(); i++) {
            fits = weights.dimension(i).equals(targets.dimension(i));
        }
        return fits;
    }

    /** Makes both outputs of the graph. */
    public void show(GraphBuilder b) {
        b.output(CORRECT, correct);
        b.output(COUNTED, counted);
    }
}

package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of recurrent layers over sequences whose length only the run shows, and of dropout; attention and other recurrent
 * layers are differentiated through their decompositions.
 */
final class SequenceGradients extends GradientContext {
    private final List<@Nullable Value> outputGradients;
    private final Set<String> active;

    SequenceGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
        this.outputGradients = outputGradients;
        this.active = active;
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        return switch (node.op()) {
            case ATTENTION, ROTARY_EMBEDDING -> null;
            case GRU, LSTM, RNN ->
                Recurrence.length(node) == Shape.VARIABLE
                        ? new RecurrenceGradients(b, node, outputGradients, active).of()
                        : null;
            case DROPOUT -> first(this::dropout);
            default -> throw unsupported("this operator");
        };
    }

    /** What was dropped passes nothing; what was kept was scaled by {@code 1 / (1 - ratio)}. */
    private Value dropout() {
        Value ratio = node.input(1);
        Value training = node.input(2);
        Tensor mode = training.isOmitted() ? Tensor.of(new boolean[1]) : b.constantOf(training);
        if (mode != null && mode.item() == 0) {
            return dy;
        }
        if (node.outputs().size() < 2 || node.outputs().get(1).isOmitted()) {
            throw unsupported("training mode without the mask as second output");
        }
        Value mask = b.cast(node.outputs().get(1), dy.dataType());
        Value kept = ratio.isOmitted() ? b.scalar(0.5, dy) : b.sub(one(), b.cast(ratio, dy.dataType()));
        Value dropped = b.mul(dy, b.div(mask, kept));
        return mode != null ? dropped : b.where(training, dropped, dy);
    }
}

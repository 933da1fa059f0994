package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;

/** Series {@code [2 * length, batch, width]} of two half steps for each step of a series {@code [length, batch, width]}. */
final class HalfSteps {
    private final GraphBuilder b;
    private final Sizes sizes;
    private final Value length;
    private final Value batch;
    private final Value width;
    private final Value zeros;

    /** @param like a series of whole steps */
    HalfSteps(GraphBuilder b, Value like) {
        this.b = b;
        this.sizes = new Sizes(b);
        this.length = sizes.of(like, 0);
        this.batch = sizes.of(like, 1);
        this.width = sizes.of(like, 2);
        this.zeros = filled(like, 0);
    }

    private Value filled(Value like, double number) {
        Tensor value = Tensor.of(like.dataType(), new double[] {number}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", value), sizes.joined(List.of(length, batch, width)));
    }

    Value ones() {
        return filled(zeros, 1);
    }

    /** A series at the earlier half steps, and 0 at the later ones. */
    Value early(Value series) {
        return woven(series, zeros);
    }

    /** A series at the later half steps, and 0 at the earlier ones. */
    Value late(Value series) {
        return woven(zeros, series);
    }

    private Value woven(Value early, Value late) {
        Value pairs = b.node(Op.CONCAT, Attributes.of("axis", 1), b.unsqueeze(early, 1), b.unsqueeze(late, 1));
        return sizes.reshape(pairs, List.of(sizes.times(length, b.longs(2)), batch, width));
    }

    /** What stands at the earlier half steps. */
    Value earlyOf(Value halfSteps) {
        return half(halfSteps, 0);
    }

    /** What stands at the later half steps. */
    Value lateOf(Value halfSteps) {
        return half(halfSteps, 1);
    }

    private Value half(Value halfSteps, long which) {
        Value pairs = sizes.reshape(halfSteps, List.of(length, b.longs(2), batch, width));
        return b.node(Op.GATHER, Attributes.of("axis", 1), pairs, b.constant(Tensor.scalar(which)));
    }
}

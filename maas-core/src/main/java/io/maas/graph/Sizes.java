package io.maas.graph;

import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;

/** Arithmetic of sizes in a graph: each an int64 vector of one element, a constant where it is known. */
final class Sizes {
    private final GraphBuilder b;

    Sizes(GraphBuilder b) {
        this.b = b;
    }

    Value of(Value value, int axis) {
        return value.shape().symbol(axis) == null
                ? b.longs(value.shape().size(axis))
                : b.node(Op.GATHER, Attributes.none(), b.shapeOf(value), b.longs(axis));
    }

    /** The sizes of the axes {@code [from, to)}. */
    List<Value> of(Value value, int from, int to) {
        List<Value> sizes = new ArrayList<>();
        for (int axis = from; axis < to; axis++) {
            sizes.add(of(value, axis));
        }
        return sizes;
    }

    Value plus(Value left, Value right) {
        return combined(Op.ADD, left, right, (x, y) -> x + y);
    }

    Value minus(Value left, Value right) {
        return combined(Op.SUB, left, right, (x, y) -> x - y);
    }

    Value times(Value left, Value right) {
        return combined(Op.MUL, left, right, (x, y) -> x * y);
    }

    Value over(Value left, long right) {
        return combined(Op.DIV, left, b.longs(right), (x, y) -> x / y);
    }

    Value max(Value left, Value right) {
        return combined(Op.MAX, left, right, Math::max);
    }

    private Value combined(Op op, Value left, Value right, LongBinaryOperator rule) {
        Tensor known = b.constantOf(left);
        Tensor more = b.constantOf(right);
        return known != null && more != null
                ? b.longs(rule.applyAsLong(known.toLongArray()[0], more.toLongArray()[0]))
                : b.node(op, Attributes.none(), left, right);
    }

    /** Some sizes as one vector. */
    Value joined(List<Value> sizes) {
        List<Tensor> known = new ArrayList<>();
        for (Value size : sizes) {
            Tensor constant = b.constantOf(size);
            if (constant == null) {
                return b.node(Op.CONCAT, Attributes.of("axis", 0), sizes.toArray(new Value[0]));
            }
            known.add(constant);
        }
        return b.longs(known.stream().mapToLong(size -> size.toLongArray()[0]).toArray());
    }

    /** The numbers from 0 to below a size. */
    Value range(Value size) {
        Tensor known = b.constantOf(size);
        if (known != null) {
            return b.longs(LongStream.range(0, known.toLongArray()[0]).toArray());
        }
        Attributes one = Attributes.of("value", Tensor.of(new long[] {1}));
        return b.reshape(b.node(Op.NON_ZERO, Attributes.none(), b.node(Op.CONSTANT_OF_SHAPE, one, size)), -1);
    }

    Value reshape(Value value, List<Value> sizes) {
        List<Tensor> known = new ArrayList<>();
        sizes.forEach(size -> known.add(b.constantOf(size)));
        long unknown = known.stream().filter(size -> size == null).count();
        long[] numbers = known.stream()
                .mapToLong(size -> size == null ? -1 : size.toLongArray()[0])
                .toArray();
        boolean inferred = unknown == 1 && LongStream.of(numbers).noneMatch(number -> number == 0);
        Value shape = unknown == 0 || inferred ? b.longs(numbers) : joined(sizes);
        return b.node(Op.RESHAPE, Attributes.of("allowzero", 1), value, shape);
    }
}

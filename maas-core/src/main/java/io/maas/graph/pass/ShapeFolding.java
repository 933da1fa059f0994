package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows the small integers that shapes are computed with, without an engine: what is known becomes a constant, what spells out
 * the same sizes is computed once, and the target of a Reshape with at most one unknown size becomes a constant with 0 for sizes
 * that it copies and -1 for the unknown one.
 *
 * <p>The results are the same bits, empty tensors included: -1 beside a size that may be 0 would not say what it stands for, so
 * such targets stay.
 */
final class ShapeFolding implements Pass {
    private record Spelling(DataType dataType, Shape shape, List<Object> numbers) {}

    @Override
    public Graph apply(Graph graph) {
        Sizes sizes = Sizes.of(graph);
        Map<Spelling, Value> spelled = new HashMap<>();
        return Sweep.run(graph, (node, sweep) -> {
            Tensor known = Purity.isPure(node) && node.outputs().size() == 1 ? sizes.tensor(node.output()) : null;
            if (known != null) {
                return sweep.folded(node, List.of(known));
            }
            Spelling spelling = spelling(node, sizes);
            if (spelling != null) {
                Value first = spelled.putIfAbsent(spelling, node.output());
                return first == null ? List.of() : List.of(first);
            }
            return node.op() == Op.RESHAPE ? reshape(node, sizes, sweep) : List.of();
        });
    }

    private static @Nullable Spelling spelling(Node node, Sizes sizes) {
        Object[] numbers = sizes.numbers(node.output());
        Shape shape = sizes.shape(node.output());
        Value typed = sizes.value(node.output());
        if (numbers == null || shape == null || !typed.hasDataType() || node.op() == Op.IDENTITY) {
            return null;
        }
        return Arrays.asList(numbers).contains(Shape.UNKNOWN)
                ? null
                : new Spelling(typed.dataType(), shape, List.of(numbers));
    }

    private static List<Value> reshape(Node node, Sizes sizes, Sweep sweep) {
        Object[] target = sizes.numbers(node.input(1));
        Shape from = sizes.shape(node.input(0));
        if (target == null || from == null || sweep.constant(node.input(1)) != null) {
            return List.of();
        }
        boolean copies = node.attributes().longValue("allowzero", 0) == 0;
        long[] wanted = new long[target.length];
        boolean mayBeEmpty = false;
        int open = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (target[i] instanceof Long number) {
                wanted[i] = number;
                mayBeEmpty |= number == 0;
            } else if (copies && i < from.rank() && target[i].equals(from.dimension(i))) {
                wanted[i] = 0;
                mayBeEmpty = true;
            } else {
                wanted[i] = -1;
                open++;
            }
        }
        boolean literal = Arrays.asList(target).contains(0L)
                || (open > 0 && Arrays.asList(target).contains(-1L));
        return literal || open > 1 || (open == 1 && mayBeEmpty)
                ? List.of()
                : List.of(sweep.node(Op.RESHAPE, node.attributes(), node.input(0), sweep.longs(wanted)));
    }
}

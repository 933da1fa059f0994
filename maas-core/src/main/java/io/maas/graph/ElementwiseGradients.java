package io.maas.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gradients of operators that work element by element. */
final class ElementwiseGradients extends GradientContext {
    ElementwiseGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    List<@Nullable Value> pow() {
        Value exponent = b.cast(node.input(1), dy.dataType());
        return each(i -> {
            if (i == 0) {
                // x^(p-1) is infinite at x = 0 for p = 0, where the derivative is 0.
                Value isConstant = b.equal(exponent, zero());
                Value lowered = b.where(isConstant, one(), b.sub(exponent, one()));
                Value slope = b.mul(exponent, b.node(Op.POW, Attributes.none(), x, lowered));
                return reduceTo(b.mul(dy, slope), x);
            }
            Value logarithm = b.where(positive(x), b.log(x), zero());
            return reduceTo(b.cast(b.mul(dy, b.mul(y, logarithm)), node.input(1).dataType()), node.input(1));
        });
    }

    List<@Nullable Value> extremum() {
        List<Value> masks = new ArrayList<>();
        for (Value input : node.inputs()) {
            masks.add(b.cast(b.equal(input, y), dy.dataType()));
        }
        Value ties = masks.get(0);
        for (Value mask : masks.subList(1, masks.size())) {
            ties = b.add(ties, mask);
        }
        Value share = b.div(dy, ties);
        return each(i -> reduceTo(b.mul(share, masks.get(i)), node.input(i)));
    }

    List<@Nullable Value> clip() {
        Value low = node.input(1);
        Value high = node.input(2);
        return each(i -> switch (i) {
            case 0 -> {
                Value inside = dy;
                if (!low.isOmitted()) {
                    inside = b.where(b.node(Op.GREATER_OR_EQUAL, Attributes.none(), x, low), inside, zero());
                }
                if (!high.isOmitted()) {
                    inside = b.where(b.node(Op.LESS_OR_EQUAL, Attributes.none(), x, high), inside, zero());
                }
                yield inside;
            }
            case 1 -> b.reduceSum(b.where(belowOnly(low, high), dy, zero()), false);
            default -> b.reduceSum(b.where(above(low, high), dy, zero()), false);
        });
    }

    /** Where the lower bound is the result: the upper one wins where the two are crossed. */
    Value belowOnly(Value low, Value high) {
        Value below = b.node(Op.LESS, Attributes.none(), x, low);
        return high.isOmitted()
                ? below
                : b.node(Op.AND, Attributes.none(), below, b.node(Op.LESS_OR_EQUAL, Attributes.none(), low, high));
    }

    Value above(Value low, Value high) {
        Value above = b.node(Op.GREATER, Attributes.none(), x, high);
        return low.isOmitted()
                ? above
                : b.node(Op.OR, Attributes.none(), above, b.node(Op.GREATER, Attributes.none(), low, high));
    }

    /** The rules of the operators that have no method of their own in the table. */
    @Nullable
    List<@Nullable Value> of() {
        throw unsupported("this operator");
    }
}

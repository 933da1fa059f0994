package io.maas.graph;

import io.maas.tensor.DataType;
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
        return switch (node.op()) {
            case ACOS -> first(() -> b.neg(b.div(dy, b.sqrt(b.sub(one(), square(x))))));
            // The root of x² - 1 as a product, which does not cancel near 1.
            case ACOSH -> first(() -> b.div(dy, b.sqrt(b.mul(b.sub(x, one()), b.add(x, one())))));
            case ASIN -> first(() -> b.div(dy, b.sqrt(b.sub(one(), square(x)))));
            case ASINH -> first(() -> b.div(dy, b.sqrt(b.add(square(x), one()))));
            case ATAN -> first(() -> b.div(dy, b.add(square(x), one())));
            case ATANH -> first(() -> b.div(dy, b.sub(one(), square(x))));
            case CAST_LIKE -> x.dataType().isFloating() ? first(() -> b.cast(dy, x.dataType())) : List.of();
            case COS -> first(() -> b.neg(b.mul(dy, op(Op.SIN, x))));
            case COSH -> first(() -> b.mul(dy, op(Op.SINH, x)));
            case GELU -> first(() -> b.mul(dy, geluSlope()));
            // 0 outside and at both ends: the sign of y(1 - y) is a mask without a comparison.
            case HARD_SIGMOID -> first(() -> b.mul(b.mul(dy, number("alpha", 0.2f)), sign(b.sub(y, square(y)))));
            case HARD_SWISH -> first(() -> b.mul(dy, hardSwishSlope()));
            case MEAN -> each(i -> reduceTo(b.mul(dy, 1.0 / node.inputs().size()), node.input(i)));
            // y = a - b trunc(a/b), so that the slope along b is (y - a)/b.
            case MOD -> each(i -> reduceTo(i == 0 ? dy : b.div(b.mul(dy, b.sub(y, x)), node.input(1)), node.input(i)));
            case PRELU ->
                each(i -> i == 0
                        ? b.mul(dy, b.where(op(Op.LESS, x, zero()), node.input(1), one()))
                        : reduceTo(b.mul(dy, op(Op.MIN, x, zero())), node.input(1)));
            case SHRINK -> first(() -> b.where(op(Op.GREATER, op(Op.ABS, x), number("lambd", 0.5f)), dy, zero()));
            case SIN -> first(() -> b.mul(dy, op(Op.COS, x)));
            case SINH -> first(() -> b.mul(dy, op(Op.COSH, x)));
            case SOFTSIGN -> first(() -> b.div(dy, square(b.add(op(Op.ABS, x), one()))));
            case SUM -> each(i -> reduceTo(dy, node.input(i)));
            case SWISH -> first(() -> b.mul(dy, swishSlope()));
            case TAN -> first(() -> b.mul(dy, b.add(square(y), one())));
            case THRESHOLDED_RELU -> first(() -> b.where(op(Op.GREATER, x, number("alpha", 1)), dy, zero()));
            case CELU, MISH, SELU -> null;
            default -> throw unsupported("this operator");
        };
    }

    private Value geluSlope() {
        return node.attributes().string("approximate", "none").equals("none") ? exactGeluSlope() : tanhGeluSlope();
    }

    /**
     * {@code Phi(x) + x phi(x)}, with the distribution function and the density of the normal distribution. With
     * {@code u = x/sqrt 2} that is {@code (1 + erf(u))/2 + u exp(-u²)/sqrt pi}; the last factor becomes a term of the exponent.
     *
     * @see "Hendrycks and Gimpel, Gaussian Error Linear Units (2016)"
     */
    private Value exactGeluSlope() {
        Value u = b.mul(x, Math.sqrt(0.5));
        Value below = b.add(b.mul(op(Op.ERF, u), 0.5), b.scalar(0.5, x));
        Value density = b.exp(b.sub(b.scalar(-0.5 * Math.log(Math.PI), x), square(u)));
        return b.add(below, b.mul(u, density));
    }

    /**
     * The approximation is {@code x s} with {@code s = sigmoid(w)}, {@code w = x (c + d x²)}; its slope is
     * {@code s + x s (1 - s) (c + 3 d x²)}.
     */
    private Value tanhGeluSlope() {
        double c = 2 * Math.sqrt(2 / Math.PI);
        double d = c * 0.044715;
        // Beyond 16 the slope is 0 or 1, and in float16 the square of x soon infinite.
        Value z = x.dataType() == DataType.FLOAT16
                ? b.node(Op.CLIP, Attributes.none(), x, b.scalar(-16, x), b.scalar(16, x))
                : x;
        Value squared = square(z);
        Value s = b.sigmoid(b.mul(z, b.add(b.mul(squared, d), b.scalar(c, x))));
        Value steep = b.mul(z, b.add(b.mul(squared, 3 * d), b.scalar(c, x)));
        return b.mul(s, b.add(b.mul(b.sub(one(), s), steep), one()));
    }

    /** With {@code h = min(max(x/6 + 1/2, 0), 1)}: {@code h}, and {@code x/6} more where h is neither 0 nor 1. */
    private Value hardSwishSlope() {
        Value line = b.mul(x, 1.0 / 6);
        Value h = op(Op.CLIP, b.add(line, b.scalar(0.5, x)), zero(), one());
        return b.add(h, b.mul(line, sign(b.sub(h, square(h)))));
    }

    /** With {@code s = sigmoid(alpha x)}: {@code s + alpha y (1 - s)}. */
    private Value swishSlope() {
        float alpha = node.attributes().floatValue("alpha", 1);
        Value s = b.sigmoid(scaled(x, alpha));
        return b.add(s, b.mul(scaled(y, alpha), b.sub(one(), s)));
    }

    private Value square(Value value) {
        return b.mul(value, value);
    }

    private Value op(Op op, Value... inputs) {
        return b.node(op, Attributes.none(), inputs);
    }
}

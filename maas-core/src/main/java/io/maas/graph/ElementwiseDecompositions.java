package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decompositions of activations and other operators that work element by element. */
final class ElementwiseDecompositions {
    /** Defaults of Selu. */
    private static final float SELU_ALPHA = 1.6732632f;

    private static final float SELU_GAMMA = 1.050701f;

    private final GraphBuilder b;
    private final Node node;
    private final Value x;

    private ElementwiseDecompositions(GraphBuilder b, Node node) {
        this.b = b;
        this.node = node;
        this.x = node.input(0);
    }

    /** One value an output, or null where the operator is not written in others. */
    static @Nullable List<Value> of(GraphBuilder b, Node node) {
        Value made = new ElementwiseDecompositions(b, node).write();
        return made == null ? null : List.of(made);
    }

    private @Nullable Value write() {
        return switch (node.op()) {
            case CAST_LIKE -> b.cast(x, node.input(1).dataType());
            case CELU -> b.mul(op(Op.ELU, b.div(x, number("alpha", 1))), number("alpha", 1));
            case ELU -> b.add(b.relu(x), b.mul(b.sub(b.exp(op(Op.MIN, x, zero())), one()), number("alpha", 1)));
            case GELU -> gelu();
            case HARDMAX -> hardmax();
            case HARD_SIGMOID -> unit(b.add(b.mul(x, number("alpha", 0.2f)), number("beta", 0.5f)));
            // Not by HardSigmoid, whose attribute holds a sixth in float32 only.
            case HARD_SWISH -> b.mul(x, unit(b.add(b.mul(x, 1.0 / 6), b.scalar(0.5, x))));
            case IS_INF -> infinite();
            case IS_NAN -> not(b.equal(x, x));
            case MEAN -> b.mul(sum(), 1.0 / node.inputs().size());
            case MISH -> b.mul(x, b.tanh(op(Op.SOFTPLUS, x)));
            case PRELU -> b.where(op(Op.LESS, x, zero()), b.mul(x, node.input(1)), x);
            case SELU -> {
                Attributes alpha = Attributes.of("alpha", node.attributes().floatValue("alpha", SELU_ALPHA));
                yield b.mul(b.node(Op.ELU, alpha, x), number("gamma", SELU_GAMMA));
            }
            case SHRINK -> x.dataType().isFloating() ? shrink() : null;
            // The exponential of the usual form, log(1 + exp(x)), overflows.
            case SOFTPLUS -> b.add(b.relu(x), b.log(b.add(b.exp(b.neg(op(Op.ABS, x))), one())));
            case SOFTSIGN -> b.div(x, b.add(op(Op.ABS, x), one()));
            case SUM -> sum();
            case SWISH -> b.mul(x, b.sigmoid(b.mul(x, number("alpha", 1))));
            case THRESHOLDED_RELU -> b.where(op(Op.GREATER, x, number("alpha", 1)), x, zero());
            case XOR -> not(b.equal(x, node.input(1)));
            default -> null;
        };
    }

    /** {@code x/2 (1 + erf(x/sqrt 2))}, or the approximation by tanh. */
    private Value gelu() {
        boolean exact = node.attributes().string("approximate", "none").equals("none");
        Value bent = exact
                ? op(Op.ERF, b.mul(x, Math.sqrt(0.5)))
                : b.tanh(b.mul(b.add(x, b.mul(b.mul(x, b.mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI)));
        return b.mul(b.mul(x, b.add(bent, one())), 0.5);
    }

    /** A one where the first of the greatest elements along the axis stands, zeros elsewhere. */
    private Value hardmax() {
        long axis = node.attributes().longValue("axis", -1);
        Value best = b.node(Op.ARG_MAX, Attributes.of("axis", axis, "keepdims", 0), x);
        Value places = b.longs(axis < 0 ? axis + x.rank() : axis);
        Value depth = b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), places);
        Value values = b.constant(Tensor.of(x.dataType(), new double[] {0, 1}, Shape.of(2)));
        return b.node(Op.ONE_HOT, Attributes.of("axis", axis), best, depth, values);
    }

    private Value infinite() {
        Value positive = b.equal(x, b.scalar(Double.POSITIVE_INFINITY, x));
        Value negative = b.equal(x, b.scalar(Double.NEGATIVE_INFINITY, x));
        boolean above = node.attributes().longValue("detect_positive", 1) == 1;
        boolean below = node.attributes().longValue("detect_negative", 1) == 1;
        if (above && below) {
            return op(Op.OR, positive, negative);
        }
        return above ? positive : below ? negative : op(Op.AND, positive, negative);
    }

    private Value shrink() {
        Value above = b.where(op(Op.GREATER, x, number("lambd", 0.5f)), b.sub(x, number("bias", 0)), zero());
        Value bound = b.scalar(-node.attributes().floatValue("lambd", 0.5f), x);
        return b.where(op(Op.LESS, x, bound), b.add(x, number("bias", 0)), above);
    }

    private Value sum() {
        Value sum = x;
        for (Value next : node.inputs().subList(1, node.inputs().size())) {
            sum = b.add(sum, next);
        }
        return sum;
    }

    private Value op(Op op, Value... inputs) {
        return b.node(op, Attributes.none(), inputs);
    }

    private Value not(Value value) {
        return op(Op.NOT, value);
    }

    /** Cut to {@code [0, 1]}. */
    private Value unit(Value value) {
        return op(Op.CLIP, value, zero(), one());
    }

    private Value zero() {
        return b.scalar(0, x);
    }

    private Value one() {
        return b.scalar(1, x);
    }

    private Value number(String attribute, float otherwise) {
        return b.scalar(node.attributes().floatValue(attribute, otherwise), x);
    }
}

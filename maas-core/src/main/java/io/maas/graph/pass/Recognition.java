package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds layer normalization, Gelu and softmax where exporters wrote them in many nodes. One node has a faster kernel and a cheaper
 * gradient. Only in float32; where the graph's opset lacks the operator it is raised, if no node changes its meaning by that.
 * Results differ by rounding.
 */
final class Recognition {
    private final Sizes sizes;
    private final Sweep sweep;

    private Recognition(Sizes sizes, Sweep sweep) {
        this.sizes = sizes;
        this.sweep = sweep;
    }

    static Graph recognize(Graph graph) {
        Sizes sizes = Sizes.of(graph);
        return Sweep.run(graph, (node, sweep) -> new Recognition(sizes, sweep).rewrite(node));
    }

    private List<Value> rewrite(Node node) {
        boolean float32 = node.outputs().size() == 1
                && node.output().hasDataType()
                && node.output().dataType() == DataType.FLOAT32;
        if (!float32) {
            return List.of();
        }
        Value found = switch (node.op()) {
            case ADD -> layerNormalization(node);
            case MUL -> gelu(node);
            case DIV -> softmax(node);
            default -> null;
        };
        return found == null ? List.of() : List.of(found);
    }

    // ---- (x - mean) / sqrt(mean((x - mean)²) + epsilon) · scale + bias

    private @Nullable Value layerNormalization(Node add) {
        for (int side = 0; side < 2; side++) {
            Node scaled = own(add.input(side), Op.MUL);
            for (int other = 0; scaled != null && other < 2; other++) {
                Node quotient = own(scaled.input(other), Op.DIV);
                Value scale = scaled.input(1 - other);
                Value bias = add.input(1 - side);
                Value found = quotient == null ? null : layerNormalization(quotient, scale, bias);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private @Nullable Value layerNormalization(Node quotient, Value scale, Value bias) {
        Node centred = sweep.producer(quotient.input(0), Op.SUB);
        Node root = own(quotient.input(1), Op.SQRT);
        Node sum = root == null ? null : own(root.input(0), Op.ADD);
        if (centred == null || sum == null) {
            return null;
        }
        Value x = centred.input(0);
        Node mean = sweep.producer(centred.input(1), Op.REDUCE_MEAN);
        boolean fits =
                mean != null && mean.input(0).equals(x) && isOverLastAxis(mean) && isRow(scale, x) && isRow(bias, x);
        for (int side = 0; fits && side < 2; side++) {
            Tensor epsilon = sweep.constant(sum.input(1 - side));
            boolean spread = isMeanSquare(sum.input(side), quotient.input(0));
            if (spread && epsilon != null && epsilon.elements() == 1 && sweep.allow(Op.LAYER_NORMALIZATION)) {
                Attributes attributes = Attributes.of("axis", -1, "epsilon", (float) epsilon.item());
                return sweep.node(Op.LAYER_NORMALIZATION, attributes, x, scale, bias);
            }
        }
        return null;
    }

    private boolean isMeanSquare(Value value, Value centred) {
        Node mean = own(value, Op.REDUCE_MEAN);
        if (mean == null || !isOverLastAxis(mean)) {
            return false;
        }
        Node square = own(mean.input(0), Op.POW);
        if (square != null) {
            return square.input(0).equals(centred) && isNumber(square.input(1), 2);
        }
        Node product = own(mean.input(0), Op.MUL);
        return product != null
                && product.input(0).equals(centred)
                && product.input(1).equals(centred);
    }

    private boolean isOverLastAxis(Node reduction) {
        Shape shape = sizes.shape(reduction.input(0));
        long[] axes = reduction.attributes().longs("axes");
        Tensor constant = sweep.constant(reduction.input(1));
        if (constant != null && constant.dataType() == DataType.INT64) {
            axes = constant.toLongArray();
        }
        return shape != null
                && axes != null
                && axes.length == 1
                && (axes[0] == -1 || axes[0] == shape.rank() - 1)
                && reduction.attributes().longValue("keepdims", 1) == 1;
    }

    /** Whether a value has one element for each of the last axis of another. */
    private boolean isRow(Value row, Value x) {
        Shape narrow = sizes.shape(row);
        Shape wide = sizes.shape(x);
        return narrow != null
                && wide != null
                && narrow.rank() == 1
                && wide.rank() > 0
                && narrow.dimension(0).equals(wide.dimension(wide.rank() - 1));
    }

    // ---- x · (erf(x / √2) + 1) · 0.5, in any order

    private @Nullable Value gelu(Node product) {
        List<Value> factors = new ArrayList<>(product.inputs());
        for (Value input : product.inputs()) {
            Node inner = factors.size() == 2 ? own(input, Op.MUL) : null;
            if (inner != null) {
                factors.remove(input);
                factors.addAll(inner.inputs());
            }
        }
        if (factors.size() != 3 || !factors.removeIf(factor -> isNumber(factor, 0.5))) {
            return null;
        }
        for (int i = 0; factors.size() == 2 && i < 2; i++) {
            Value x = factors.get(i);
            if (isErrorFunction(factors.get(1 - i), x) && sweep.allow(Op.GELU)) {
                return sweep.node(Op.GELU, Attributes.none(), x);
            }
        }
        return null;
    }

    /** Whether a value is {@code erf(x / √2) + 1}. */
    private boolean isErrorFunction(Value value, Value x) {
        Node sum = own(value, Op.ADD);
        for (int side = 0; sum != null && side < 2; side++) {
            Node erf = own(sum.input(side), Op.ERF);
            if (erf != null && isNumber(sum.input(1 - side), 1)) {
                Node quotient = own(erf.input(0), Op.DIV);
                Node product = own(erf.input(0), Op.MUL);
                return quotient != null
                        ? quotient.input(0).equals(x) && isNumber(quotient.input(1), Math.sqrt(2))
                        : product != null
                                && product.inputs().contains(x)
                                && product.inputs().stream().anyMatch(each -> isNumber(each, Math.sqrt(0.5)));
            }
        }
        return false;
    }

    // ---- exp(x - max(x)) / sum(exp(x - max(x)))

    private @Nullable Value softmax(Node quotient) {
        Node exp = sweep.producer(quotient.input(0), Op.EXP);
        Node sum = own(quotient.input(1), Op.REDUCE_SUM);
        Node shifted = exp == null ? null : sweep.producer(exp.input(0), Op.SUB);
        if (exp == null || sum == null || shifted == null) {
            return null;
        }
        Node max = sweep.producer(shifted.input(1), Op.REDUCE_MAX);
        Value x = shifted.input(0);
        boolean softmax = sum.input(0).equals(exp.output())
                && isOverLastAxis(sum)
                && max != null
                && max.input(0).equals(x)
                && isOverLastAxis(max)
                && sweep.allow(Op.SOFTMAX);
        return softmax ? sweep.node(Op.SOFTMAX, Attributes.of("axis", -1), x) : null;
    }

    // ---- parts

    /** The node that makes a value if it is of that operator and only one reads it, or null. */
    private @Nullable Node own(Value value, Op op) {
        Node node = sweep.producer(value, op);
        return node != null && sweep.uses(value) == 1 && !sweep.isPinned(value) ? node : null;
    }

    /** Whether a value is that number, and without axes, so that it stretches nothing. */
    private boolean isNumber(Value value, double number) {
        Tensor tensor = sweep.constant(value);
        return tensor != null
                && tensor.shape().rank() == 0
                && tensor.dataType().isFloating()
                && Arrays.stream(tensor.toDoubleArray()).allMatch(each -> Math.abs(each - number) <= 1e-6 * number);
    }
}

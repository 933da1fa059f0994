package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One direction of a recurrent layer: its weights, and what it computes of an input and a state. The first axes may be those of
 * one step, {@code [batch, …]}, or of many, {@code [length, batch, …]}.
 *
 * @see "ONNX operator specification, GRU, LSTM and RNN, https://onnx.ai/onnx/operators/"
 */
final class RecurrentCell {
    private final GraphBuilder b;
    private final Node node;
    private final int direction;
    private final List<RecurrentActivation> activations;
    private final long gates;
    private final long hidden;
    private final Map<String, Value> shared = new HashMap<>();

    RecurrentCell(GraphBuilder b, Node node, int direction) {
        this.b = b;
        this.node = node;
        this.direction = direction;
        this.activations = RecurrentActivation.of(node, direction);
        this.gates = switch (node.op()) {
            case LSTM -> 4;
            case GRU -> 3;
            default -> 1;
        };
        this.hidden = hidden(node);
    }

    /** The number of directions that the attribute {@code direction} asks for. */
    static long directions(Node node) {
        String direction = ShapeRules.choice(node, "direction", "forward", "reverse", "bidirectional");
        return direction.equals("bidirectional") ? 2 : 1;
    }

    /** Whether a direction reads its sequences from their ends. */
    static boolean isReverse(Node node, int direction) {
        return direction == 1
                || node.attributes().string("direction", "forward").equals("reverse");
    }

    /** Whether the batch is the first axis of what goes in and out, and not the second. */
    static boolean isBatchFirst(Node node) {
        return node.attributes().longValue("layout", 0) == 1;
    }

    private static long hidden(Node node) {
        long known = node.input(2).shape().size(2);
        long hidden = known == Shape.VARIABLE ? node.attributes().longValue("hidden_size", Shape.VARIABLE) : known;
        if (hidden == Shape.VARIABLE) {
            throw new GraphException(node.title() + ": recurrent weights " + node.input(2)
                    + " (expected: a known hidden size); give their last axis a size, or the layer the attribute"
                    + " hidden_size");
        }
        return hidden;
    }

    long hidden() {
        return hidden;
    }

    RecurrentActivation activation(int index) {
        return activations.get(index);
    }

    /** This direction's part of a value whose first axis is directions. */
    Value mine(Value value) {
        return b.node(Op.GATHER, Attributes.none(), value, b.constant(Tensor.scalar((long) direction)));
    }

    /** This direction's part of a state, {@code [batch, hidden]}. */
    Value mineOfState(Value state) {
        return mine(isBatchFirst(node) ? b.transpose(state, 1, 0, 2) : state);
    }

    boolean hasBias() {
        return !node.input(3).isOmitted();
    }

    /** This direction's part of the node's weights: written once, however many steps read it. */
    Value weights(int input) {
        return once("weights " + input, () -> mine(node.input(input)));
    }

    List<Value> allWeights() {
        return IntStream.of(1, 2, 3, 7)
                .filter(input -> !node.input(input).isOmitted())
                .mapToObj(this::weights)
                .toList();
    }

    /** The products with the inputs and their biases, {@code [.., gates * hidden]}. */
    Value ofInput(Value x) {
        Value product = b.matmul(x, once("columns", () -> b.transpose(weights(1), 1, 0)));
        return hasBias() ? b.add(product, part(3, 0, gates)) : product;
    }

    /** The products of a state with the recurrent weights of some gates, and their biases. */
    Value ofState(Value state, long from, long to) {
        Value columns = once("columns " + from + " " + to, () -> b.transpose(part(2, from, to), 1, 0));
        Value product = b.matmul(state, columns);
        return hasBias() ? b.add(product, part(3, gates + from, gates + to)) : product;
    }

    /** Some gates' rows of an input. */
    Value part(int input, long from, long to) {
        if (input == 2 && from == 0 && to == gates) {
            return weights(2);
        }
        return once(
                "part " + input + " " + from + " " + to,
                () -> b.node(
                        Op.SLICE,
                        Attributes.none(),
                        weights(input),
                        b.longs(from * hidden),
                        b.longs(to * hidden),
                        b.longs(0)));
    }

    private Value once(String what, Supplier<Value> written) {
        Value known = shared.get(what);
        if (known == null) {
            known = written.get();
            shared.put(what, known);
        }
        return known;
    }

    /** What belongs to each gate of a value whose last axis is gates times hidden. */
    List<Value> apart(Value value, int count) {
        if (count == 1) {
            return List.of(value);
        }
        long[] sizes = Collections.nCopies(count, hidden).stream()
                .mapToLong(each -> each)
                .toArray();
        return b.nodes(Op.SPLIT, Attributes.of("axis", value.rank() - 1), count, value, b.longs(sizes));
    }

    // ---- the equations; a sum is what reaches a function: products and biases

    Value rnn(Value sum) {
        return applied(0, sum);
    }

    /** A sum of LSTM with what the cell adds through its peephole: 0 of the input gate, 1 of the output gate, 2 of the forget gate. */
    Value peeped(Value sum, int peephole, Value cell) {
        return hasPeepholes() ? b.add(sum, b.mul(part(7, peephole, peephole + 1L), cell)) : sum;
    }

    boolean hasPeepholes() {
        return !node.input(7).isOmitted();
    }

    /** Whether an LSTM forgets as much as it takes in. */
    boolean isCoupled() {
        return node.attributes().longValue("input_forget", 0) == 1;
    }

    /** The next cell of LSTM. */
    Value cell(Value inputSum, Value forgetSum, Value cellSum, Value cell) {
        Value i = applied(0, inputSum);
        Value f = isCoupled() ? b.sub(b.scalar(1, i), i) : applied(0, forgetSum);
        return b.add(b.mul(f, cell), b.mul(i, applied(1, cellSum)));
    }

    /** The next state of LSTM. */
    Value state(Value outputSum, Value cell) {
        // The cell is not clipped before the last function.
        return b.mul(applied(0, outputSum), activations.get(2).apply(b, cell));
    }

    /** Whether a GRU resets the product of its state, and not the state before it. */
    boolean isLinear() {
        return node.attributes().longValue("linear_before_reset", 0) != 0;
    }

    /** A state, or its product, times the reset gate of GRU. */
    Value reset(Value resetSum, Value value) {
        return b.mul(applied(0, resetSum), value);
    }

    /** The next state of GRU. */
    Value state(Value updateSum, Value freshSum, Value state) {
        Value z = applied(0, updateSum);
        return b.add(b.mul(b.sub(b.scalar(1, z), z), applied(1, freshSum)), b.mul(z, state));
    }

    private Value applied(int function, Value sum) {
        return activations.get(function).apply(b, clipped(sum));
    }

    Value clipped(Value value) {
        if (!node.attributes().has("clip")) {
            return value;
        }
        double bound = node.attributes().floatValue("clip", 0);
        return b.node(Op.CLIP, Attributes.none(), value, b.scalar(-bound, value), b.scalar(bound, value));
    }
}

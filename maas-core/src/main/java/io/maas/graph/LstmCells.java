package io.maas.graph;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The cells of an LSTM at all steps, of which the layer itself gives the last one only: the layer is run once more with its
 * states as further inputs, with an output gate that is the same everywhere, and without the last function, so that its states
 * are its cells times what the gate lets through.
 */
final class LstmCells {
    private static final int GATES = 4;
    private static final int OUTPUT_GATE = 1;

    private final GraphBuilder b;
    private final Node node;
    private final RecurrentCell cell;
    private final DataType type;
    private final int hidden;

    LstmCells(GraphBuilder b, Node node, RecurrentCell cell) {
        this.b = b;
        this.node = node;
        this.cell = cell;
        this.type = node.input(0).dataType();
        this.hidden = Math.toIntExact(cell.hidden());
    }

    /**
     * The cells, {@code [length, batch, hidden]}.
     *
     * @param x {@code [length, batch, width]}
     * @param before the state that each step starts from, {@code [length, batch, hidden]}
     * @param start the first cell, {@code [batch, hidden]}
     */
    Value of(Value x, Value before, Value start) {
        Value inputs = b.node(Op.CONCAT, Attributes.of("axis", 2), x, before);
        Value weights = b.node(Op.CONCAT, Attributes.of("axis", 1), cell.weights(1), cell.weights(2));
        Value closed = b.mul(weights, b.unsqueeze(others(GATES), 1));
        Value none = b.constant(Tensor.zeros(type, Shape.of(1, (long) GATES * hidden, hidden)));
        List<Value> given = new ArrayList<>(List.of(inputs, b.unsqueeze(closed, 0), none, biases(), Value.OMITTED));
        given.addAll(List.of(Value.OMITTED, b.unsqueeze(start, 0)));
        if (cell.hasPeepholes()) {
            given.add(b.unsqueeze(b.mul(cell.weights(7), others(GATES - 1)), 0));
        }
        Value states = b.node(Op.LSTM, attributes(), given.toArray(new Value[0]));
        return b.div(b.squeeze(states, 1), open());
    }

    /** Ones for each gate but the output gate, {@code [count * hidden]}. */
    private Value others(int count) {
        double[] ones = new double[count * hidden];
        Arrays.fill(ones, 1);
        Arrays.fill(ones, OUTPUT_GATE * hidden, (OUTPUT_GATE + 1) * hidden, 0);
        return b.constant(Tensor.of(type, ones, Shape.of(ones.length)));
    }

    /** {@code [1, 8 * hidden]}, with 1 for the output gate. */
    private Value biases() {
        double[] ones = new double[GATES * hidden];
        Arrays.fill(ones, OUTPUT_GATE * hidden, (OUTPUT_GATE + 1) * hidden, 1);
        Value sum = b.constant(Tensor.of(type, ones, Shape.of(ones.length)));
        if (cell.hasBias()) {
            Value both = b.add(cell.part(3, 0, GATES), cell.part(3, GATES, 2 * GATES));
            sum = b.add(b.mul(both, others(GATES)), sum);
        }
        return b.unsqueeze(b.node(Op.PAD, Attributes.none(), sum, b.longs(0, (long) GATES * hidden)), 0);
    }

    /** What the output gate lets through. */
    private Value open() {
        return cell.activation(0).apply(b, cell.clipped(b.constant(Tensor.of(type, new double[] {1}, Shape.scalar()))));
    }

    private Attributes attributes() {
        RecurrentActivation linear = new RecurrentActivation("affine", 1, 0);
        List<RecurrentActivation> functions = List.of(cell.activation(0), cell.activation(1), linear);
        Map<String, Object> attributes = new HashMap<>(RecurrentActivation.attributes(functions));
        Stream.of("clip", "input_forget")
                .filter(node.attributes()::has)
                .forEach(name -> attributes.put(name, node.attributes().asMap().get(name)));
        attributes.put("hidden_size", hidden);
        return Attributes.copyOf(attributes);
    }
}

package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A recurrent layer over sequences, {@code [batch, length, in]} to the states of all steps {@code [batch, length, hidden]}, or
 * to the last one, {@code [batch, hidden]}; with both directions twice as wide, forward first. States start at zero. Gates stand
 * in the order of the ONNX operators LSTM (input, output, forget, cell), GRU (update, reset, hidden) and RNN. Parameters {@code
 * weight [directions, gates · hidden, in]}, {@code recurrent [directions, gates · hidden, hidden]} and {@code bias [directions,
 * 2 · gates · hidden]}, those of the input before those of the state.
 *
 * <p>The length may be a symbol. In training one that is known is unrolled, which is faster but makes the graph as long as the
 * sequence.
 *
 * <p>Immutable and thread-safe.
 *
 * @param cell what a step does
 * @param hidden the size of the state
 * @param bidirectional whether there is a second layer that reads from the end
 * @param last whether only the state after the last step is given; of a second direction, that after the first
 * @param weight first values of the weights of the input, one matrix for each gate; Glorot-uniform by default. Those of the state
 *     are orthogonal, and biases zero, but for the forget gate, which begins with 1
 * @see "Hochreiter and Schmidhuber, Long short-term memory (1997)"
 * @see "Cho et al., Learning phrase representations using RNN encoder-decoder (2014)"
 * @see "Jozefowicz et al., An empirical exploration of recurrent network architectures (2015), section 2.2: the forget gate's bias"
 */
public record Recurrent(Cell cell, int hidden, boolean bidirectional, boolean last, Initializer weight)
        implements Layer {
    /** What a step does. */
    public enum Cell {
        LSTM("lstm", Op.LSTM, 4),
        /** With the reset gate behind the product with the state, as cuDNN has it: {@code linear_before_reset} 1. */
        GRU("gru", Op.GRU, 3),
        /** The hyperbolic tangent of the sum of both products. */
        RNN("rnn", Op.RNN, 1);

        private final String title;
        private final Op op;
        private final int gates;

        Cell(String title, Op op, int gates) {
            this.title = title;
            this.op = op;
            this.gates = gates;
        }
    }

    public Recurrent {
        Require.positive(hidden, "hidden");
    }

    /** With a second layer that reads from the end, beside this one. */
    public Recurrent bothDirections() {
        return new Recurrent(cell, hidden, true, last, weight);
    }

    /** With the state after the last step only. */
    public Recurrent lastState() {
        return new Recurrent(cell, hidden, bidirectional, true, weight);
    }

    /** With other first values for the weights of the input. */
    public Recurrent withWeight(Initializer initializer) {
        return new Recurrent(cell, hidden, bidirectional, last, initializer);
    }

    @Override
    public String name() {
        return cell.title;
    }

    @Override
    public Value apply(Scope scope, Value input) {
        long in = sizeOf(scope, input);
        long directions = bidirectional ? 2 : 1;
        long rows = (long) cell.gates * hidden;
        GraphBuilder b = scope.graph();
        List<Value> made = states(
                scope,
                input,
                b.transpose(input, 1, 0, 2),
                scope.parameter("weight", new Gates(weight), directions, rows, in),
                scope.parameter("recurrent", new Gates(Initializer.orthogonal()), directions, rows, hidden),
                scope.parameter("bias", this::biases, directions, 2 * rows));
        // [length, directions, batch, hidden] and [directions, batch, hidden]
        return last
                ? b.reshape(b.transpose(made.get(1), 1, 0, 2), 0, directions * hidden)
                : b.reshape(b.transpose(made.get(0), 2, 0, 1, 3), 0, 0, directions * hidden);
    }

    /** The states of all steps and the last one, {@code [directions, batch, hidden]}; handed on where the sequence comes in pieces. */
    private List<Value> states(Scope scope, Value input, Value... operands) {
        GraphBuilder b = scope.graph();
        Carried carried = scope.carried();
        if (carried.decoding() && bidirectional) {
            throw scope.mismatch(
                    input,
                    "the whole sequence, as one direction begins at its end",
                    "it cannot be taken piece by piece; leave bothDirections() out");
        }
        List<String> kinds = cell == Cell.LSTM ? List.of("hidden", "cell") : List.of("hidden");
        Shape shape = Shape.symbolic(Network.BATCH, bidirectional ? 2 : 1, hidden);
        int layer = carried.nextLayer();
        List<Value> inputs = new ArrayList<>(List.of(operands));
        for (String kind : kinds) {
            Value past = carried.past(layer, kind, input.dataType(), shape);
            if (past != null) {
                if (kind.equals("hidden")) {
                    inputs.add(Value.OMITTED); // the lengths of rows
                }
                inputs.add(b.transpose(past, 1, 0, 2));
            }
        }
        int count = carried.decoding() ? 1 + kinds.size() : 2;
        List<Value> made = b.nodes(cell.op, attributes(), count, inputs.toArray(new Value[0]));
        for (int i = 1; carried.decoding() && i < count; i++) {
            carried.present(layer, kinds.get(i - 1), b.transpose(made.get(i), 1, 0, 2));
        }
        return made;
    }

    private long sizeOf(Scope scope, Value input) {
        if (input.rank() != 3
                || input.shape().size(2) == Shape.VARIABLE
                || !input.dataType().isFloating()) {
            throw scope.mismatch(
                    input,
                    "[batch, length, size]",
                    "a recurrent layer reads a sequence of vectors; put an embedding or a reshape(…) before it");
        }
        return input.shape().size(2);
    }

    private Attributes attributes() {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("hidden_size", hidden);
        attributes.put("direction", bidirectional ? "bidirectional" : "forward");
        if (cell == Cell.GRU) {
            attributes.put("linear_before_reset", 1);
        }
        return Attributes.copyOf(attributes);
    }

    private double[] biases(Shape shape, RandomGenerator random) {
        double[] values = new double[Math.toIntExact(shape.elements())];
        if (cell == Cell.LSTM) {
            int perDirection = Math.toIntExact(shape.size(1));
            for (int from = 2 * hidden; from < values.length; from += perDirection) {
                Arrays.fill(values, from, from + hidden, 1);
            }
        }
        return values;
    }

    /** A matrix {@code [hidden, columns]} for each gate of each direction, of which each gets first values of its own. */
    private final class Gates implements Initializer {
        private final Initializer each;

        Gates(Initializer each) {
            this.each = each;
        }

        @Override
        public double[] values(Shape shape, RandomGenerator random) {
            long columns = shape.size(2);
            Initializer scaled = each.withFans((double) columns, hidden);
            double[] all = new double[Math.toIntExact(shape.elements())];
            int size = Math.toIntExact(hidden * columns);
            for (int from = 0; from < all.length; from += size) {
                System.arraycopy(scaled.values(Shape.of(hidden, columns), random), 0, all, from, size);
            }
            return all;
        }
    }
}

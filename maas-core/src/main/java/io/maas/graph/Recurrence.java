package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Recurrent layers unrolled: one copy of the cell for each step of a sequence of fixed length. The products with the inputs are
 * taken for all steps at once.
 */
final class Recurrence {
    private final GraphBuilder b;
    private final Node node;
    private final Value x;
    private final boolean batchFirst;
    private final long length;

    private Recurrence(GraphBuilder builder, Node node) {
        this.b = builder;
        this.node = node;
        this.batchFirst = RecurrentCell.isBatchFirst(node);
        this.x = batchFirst ? b.transpose(node.input(0), 1, 0, 2) : node.input(0);
        this.length = length(node);
        if (length == Shape.VARIABLE) {
            throw new GraphException(node.title() + ": input " + node.input(0) + " (expected: a size of axis "
                    + (batchFirst ? 1 : 0) + ", to unroll the layer); export the model with a fixed sequence length");
        }
    }

    /** The length of a layer's sequences, {@link Shape#VARIABLE} where only the run shows it. */
    static long length(Node node) {
        return node.input(0).shape().size(RecurrentCell.isBatchFirst(node) ? 1 : 0);
    }

    /** The layer's outputs: all states, the last one, and for LSTM the last cell. */
    static List<Value> write(GraphBuilder builder, Node node) {
        return new Recurrence(builder, node).run();
    }

    private List<Value> run() {
        List<List<Value>> states = new ArrayList<>();
        List<Value> lastStates = new ArrayList<>();
        List<Value> lastCells = new ArrayList<>();
        int directions = (int) RecurrentCell.directions(node);
        for (int d = 0; d < directions; d++) {
            Direction direction = new Direction(d);
            direction.run();
            states.add(Arrays.asList(direction.states));
            lastStates.add(b.unsqueeze(direction.h, 0));
            if (node.op() == Op.LSTM) {
                lastCells.add(b.unsqueeze(direction.c, 0));
            }
        }
        List<Value> steps = new ArrayList<>();
        for (int t = 0; t < length; t++) {
            int step = t;
            List<Value> both =
                    states.stream().map(each -> b.unsqueeze(each.get(step), 0)).toList();
            steps.add(b.unsqueeze(concat(both), 0));
        }
        // [length, directions, batch, hidden]
        Value all = length == 0 ? none(directions) : concat(steps);
        List<Value> outputs = new ArrayList<>();
        outputs.add(batchFirst ? b.transpose(all, 2, 0, 1, 3) : all);
        for (List<Value> last : List.of(lastStates, lastCells)) {
            if (outputs.size() < node.outputs().size()) {
                Value joined = concat(last);
                outputs.add(batchFirst ? b.transpose(joined, 1, 0, 2) : joined);
            }
        }
        return outputs;
    }

    private Value none(long directions) {
        RecurrentCell cell = new RecurrentCell(b, node, 0);
        return zeros(b.longs(0, directions), batch(), b.longs(cell.hidden()));
    }

    private Value batch() {
        return b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.longs(1));
    }

    private Value zeros(Value... sizes) {
        Value shape = b.node(Op.CONCAT, Attributes.of("axis", 0), sizes);
        Tensor zero = Tensor.of(x.dataType(), new double[] {0}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", zero), shape);
    }

    private Value concat(List<Value> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", 0), parts.toArray(new Value[0]));
    }

    /** One direction: its cell, and its state as it goes from step to step. */
    private final class Direction {
        private final RecurrentCell cell;
        private final boolean reverse;
        private final Value[] states = new Value[(int) length];
        private Value h;
        private Value c;

        Direction(int index) {
            this.cell = new RecurrentCell(b, node, index);
            this.reverse = RecurrentCell.isReverse(node, index);
            this.h = initial(node.input(5));
            this.c = node.op() == Op.LSTM ? initial(node.input(6)) : h;
        }

        private Value initial(Value given) {
            return given.isOmitted() ? zeros(batch(), b.longs(cell.hidden())) : cell.mineOfState(given);
        }

        void run() {
            if (length == 0) {
                return;
            }
            // [length, batch, gates * hidden]
            Value products = cell.ofInput(x);
            Attributes steps = Attributes.of("axis", 0, "num_outputs", length);
            List<Value> apart = length == 1 ? List.of(products) : b.nodes(Op.SPLIT, steps, (int) length, products);
            for (int i = 0; i < length; i++) {
                int t = reverse ? (int) length - 1 - i : i;
                step(b.squeeze(apart.get(t), 0), t);
            }
        }

        private void step(Value products, int t) {
            Value h0 = h;
            Value c0 = c;
            switch (node.op()) {
                case LSTM -> lstm(cell.apart(b.add(products, cell.ofState(h, 0, 4)), 4));
                case GRU -> gru(cell.apart(products, 3));
                default -> h = cell.rnn(b.add(products, cell.ofState(h, 0, 1)));
            }
            Value lengths = node.input(4);
            if (lengths.isOmitted()) {
                states[t] = h;
                return;
            }
            // Past its end, a sequence gives zeros and keeps its state.
            Value longer = b.node(
                    Op.GREATER,
                    Attributes.none(),
                    b.unsqueeze(b.cast(lengths, DataType.INT64), 1),
                    b.constant(Tensor.scalar((long) t)));
            states[t] = b.where(longer, h, b.scalar(0, h));
            h = b.where(longer, h, h0);
            c = node.op() == Op.LSTM ? b.where(longer, c, c0) : h;
        }

        /** @param sums of the input, output and forget gates and of the cell */
        private void lstm(List<Value> sums) {
            c = cell.cell(cell.peeped(sums.get(0), 0, c), cell.peeped(sums.get(2), 2, c), sums.get(3), c);
            h = cell.state(cell.peeped(sums.get(1), 1, c), c);
        }

        /** @param products of the inputs with the weights of the update and reset gates and of the fresh state */
        private void gru(List<Value> products) {
            List<Value> ofState = cell.apart(cell.ofState(h, 0, cell.isLinear() ? 3 : 2), cell.isLinear() ? 3 : 2);
            Value reset = b.add(products.get(1), ofState.get(1));
            Value fresh =
                    cell.isLinear() ? cell.reset(reset, ofState.get(2)) : cell.ofState(cell.reset(reset, h), 2, 3);
            h = cell.state(b.add(products.get(0), ofState.get(0)), b.add(products.get(2), fresh), h);
        }
    }
}

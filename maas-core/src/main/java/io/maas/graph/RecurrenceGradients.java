package io.maas.graph;

import io.maas.graph.LinearRecurrence.Result;
import io.maas.graph.LinearRecurrence.Signal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of recurrent layers over sequences of any length. The states are there, so that the sums of all steps can be written
 * at once, and with them the slopes of their functions. What is left to go from step to step is linear: the gradient of a state
 * is what reaches it from outside, and what the next step's sums pass back through the recurrent weights. A {@link
 * LinearRecurrence} computes that; from the gradients of the sums follow those of weights and inputs, again for all steps at
 * once.
 *
 * @see "Werbos, Backpropagation through time: what it does and how to do it (1990)"
 */
final class RecurrenceGradients extends GradientContext {
    /** The nodes by which the sums follow from weights and inputs, the sums, and their gradients. */
    private final List<Node> written = new ArrayList<>();

    private final List<Value> sums = new ArrayList<>();
    private final List<Value> sumGradients = new ArrayList<>();

    RecurrenceGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
    }

    List<@Nullable Value> of() {
        Value states = b.widen(node, 1).get(0);
        List<Value> ofStates = new ArrayList<>();
        List<Value> ofCells = new ArrayList<>();
        for (int i = 0; i < RecurrentCell.directions(node); i++) {
            Direction direction = new Direction(i, states);
            direction.run();
            ofStates.add(direction.ofInitialState);
            ofCells.add(direction.ofInitialCell);
        }
        List<Value> leaves = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            leaves.add(isActive(i) ? node.input(i) : Value.OMITTED);
        }
        List<@Nullable Value> through = Gradients.through(b, written, sums, sumGradients, leaves);
        return each(i -> switch (i) {
            case 5 -> initial(ofStates);
            case 6 -> initial(ofCells);
            default -> through.get(i);
        });
    }

    /** The gradient of an initial state, from those of each direction. */
    private Value initial(List<Value> directions) {
        Value all =
                concat(0, directions.stream().map(each -> b.unsqueeze(each, 0)).toList());
        return RecurrentCell.isBatchFirst(node) ? b.transpose(all, 1, 0, 2) : all;
    }

    private Value concat(int axis, List<Value> values) {
        return values.size() == 1
                ? values.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", axis), values.toArray(new Value[0]));
    }

    private <T> T written(Supplier<T> body) {
        int from = b.nodes().size();
        T made = body.get();
        written.addAll(b.nodes().subList(from, b.nodes().size()));
        return made;
    }

    /** How a function that works element by element changes with each of some values. */
    private List<Value> slopes(Supplier<Value> function, Value... values) {
        int from = b.nodes().size();
        Value made = function.get();
        List<Node> piece = List.copyOf(b.nodes().subList(from, b.nodes().size()));
        Value ones = filled(b.shapeOf(made), 1);
        return Gradients.through(b, piece, List.of(made), List.of(ones), List.of(values)).stream()
                .map(Objects::requireNonNull)
                .toList();
    }

    /** One direction. */
    private final class Direction {
        private final RecurrentCell cell;
        private final RecurrentSeries series;
        private final Value x;
        /** What each step starts from, {@code [length, batch, hidden]}. */
        private final Value before;
        /** What reaches the states from outside. */
        private final Signal arriving;

        private final LinearRecurrence backward;
        private Value ofInitialState = Value.OMITTED;
        private Value ofInitialCell = Value.OMITTED;

        Direction(int index, Value states) {
            this.cell = new RecurrentCell(b, node, index);
            this.series = new RecurrentSeries(b, node, index);
            this.x = written(series::input);
            // Once and here, so that the gradients of all sums reach them.
            written(cell::allWeights);
            this.before = series.before(start(5), series.output(states));
            this.backward = new LinearRecurrence(b, cell.hidden());
            this.arriving = arriving();
        }

        /** What the layer starts from, {@code [batch, hidden]}. */
        private Value start(int input) {
            Value given = node.input(input);
            return given.isOmitted() ? series.noState(cell.hidden()) : cell.mineOfState(given);
        }

        private Signal arriving() {
            Value all = dy(0) == null ? null : series.within(series.output(Objects.requireNonNull(dy(0))), 0);
            Value last = dy(1) == null ? null : series.atEnd(cell.mineOfState(dy(1)));
            return all != null && last != null
                    ? Signal.of(b.add(all, last))
                    : all != null ? Signal.of(all) : last != null ? Signal.of(last) : Signal.of(0);
        }

        private Signal within(Value slope) {
            return Signal.of(masked(slope));
        }

        private Value masked(Value slope) {
            return series.within(slope, 0);
        }

        void run() {
            switch (node.op()) {
                case LSTM -> lstm();
                case GRU -> gru();
                default -> rnn();
            }
            if (dy(1) != null) {
                Value passed = series.ofEmpty(cell.mineOfState(dy(1)));
                ofInitialState = b.add(ofInitialState, passed);
            }
        }

        private void rnn() {
            Value sum = written(() -> b.add(cell.ofInput(x), cell.ofState(before, 0, 1)));
            Value slope = slopes(() -> cell.rnn(sum), sum).get(0);
            backward.part(Signal.of(1), within(slope), Signal.of(0), arriving, null);
            Result result = run(cell.weights(2), List.of(sum));
            ofInitialState = b.matmul(result.first(), cell.weights(2));
        }

        /** @param rows of the recurrent weights, one block for each part */
        private Result run(Value rows, List<Value> sumOfPart) {
            Result result = backward.run(concat(1, Collections.nCopies(sumOfPart.size(), rows)));
            sums.addAll(sumOfPart);
            sumGradients.addAll(result.states());
            return result;
        }

        /** The gradient of the cell goes from step to step: some sums have a part of it, the output gate's one of the state's. */
        private void lstm() {
            List<Value> bare = written(() -> cell.apart(b.add(cell.ofInput(x), cell.ofState(before, 0, 4)), 4));
            Value start = start(6);
            Value cells = new LstmCells(b, node, cell).of(x, before, start);
            Value cellBefore = series.before(start, cells);
            List<Value> whole = written(() -> List.of(
                    cell.peeped(bare.get(0), 0, cellBefore),
                    cell.peeped(bare.get(1), 1, cells),
                    cell.peeped(bare.get(2), 2, cellBefore),
                    bare.get(3)));
            List<Value> ofState =
                    slopes(() -> cell.state(cell.peeped(bare.get(1), 1, cells), cells), cells, bare.get(1));
            List<Integer> gates = cell.isCoupled() ? List.of(0, 3) : List.of(0, 2, 3);
            List<Value> ofCell = slopes(
                    () -> nextCell(bare, cellBefore),
                    Stream.concat(Stream.of(cellBefore), gates.stream().map(bare::get))
                            .toArray(Value[]::new));

            Value kept = series.prolonged(series.within(ofCell.get(0), 1));
            Signal next = Signal.of(series.behind(kept));
            Signal taken = within(ofState.get(0));
            Value last = dy(2) == null ? null : cell.mineOfState(dy(2));
            ofCell.subList(1, ofCell.size())
                    .forEach(slope -> backward.part(taken, within(slope), next, arriving, last));
            backward.part(Signal.of(1), within(ofState.get(1)), Signal.of(0), arriving, null);

            List<Integer> parts = Stream.concat(gates.stream(), Stream.of(1)).toList();
            Value rows = concat(
                    0, parts.stream().map(gate -> cell.part(2, gate, gate + 1L)).toList());
            Result result = run(rows, parts.stream().map(whole::get).toList());
            ofInitialState = b.matmul(result.first(), rows);
            ofInitialCell = b.mul(series.first(kept), result.cells().get(0));
        }

        private Value nextCell(List<Value> bare, Value cellBefore) {
            Value input = cell.peeped(bare.get(0), 0, cellBefore);
            Value forget = cell.peeped(bare.get(2), 2, cellBefore);
            return cell.cell(input, forget, bare.get(3), cellBefore);
        }

        private void gru() {
            int products = cell.isLinear() ? 3 : 2;
            List<Value> ofInput = written(() -> cell.apart(cell.ofInput(x), 3));
            List<Value> ofState = written(() -> cell.apart(cell.ofState(before, 0, products), products));
            Value update = written(() -> b.add(ofInput.get(0), ofState.get(0)));
            Value reset = written(() -> b.add(ofInput.get(1), ofState.get(1)));
            if (cell.isLinear()) {
                gruOfResetProducts(update, reset, ofState.get(2), ofInput.get(2));
            } else {
                gruOfResetStates(update, reset, ofInput.get(2));
            }
        }

        /** The update gate passes the gradient of the state on beside the weights. */
        private void gruOfResetProducts(Value update, Value reset, Value own, Value fresh) {
            List<Value> slopes = slopes(
                    () -> cell.state(update, b.add(fresh, cell.reset(reset, own)), before),
                    before,
                    update,
                    reset,
                    own,
                    fresh);
            Value kept = series.prolonged(series.within(slopes.get(0), 0));
            Signal next = Signal.of(series.behind(kept));
            slopes.subList(1, 5).forEach(slope -> backward.part(Signal.of(1), within(slope), next, arriving, null));
            // The last sum has no recurrent weights.
            Value rows = b.node(Op.PAD, Attributes.none(), cell.weights(2), b.longs(0, 0, cell.hidden(), 0));
            Result result = run(rows, List.of(update, reset, own, fresh));
            Value passed = b.mul(series.first(kept), result.cells().get(0));
            ofInitialState = b.add(b.matmul(result.first(), rows), passed);
        }

        /**
         * Where the state is reset before its product, one step of the layer is two of the recurrence, as the gradient goes through
         * two products one after the other: in the later half those of the fresh state and the update gate, in the earlier one
         * that of the reset state.
         */
        private void gruOfResetStates(Value update, Value reset, Value ofInput) {
            Value resetState = cell.reset(reset, before);
            Value fresh = written(() -> b.add(ofInput, cell.ofState(resetState, 2, 3)));
            List<Value> late = slopes(() -> cell.state(update, fresh, before), before, update, fresh);
            List<Value> early = slopes(() -> cell.reset(reset, before), before, reset);

            HalfSteps half = new HalfSteps(b, before);
            Value outside = arriving.series();
            Signal added = outside == null ? arriving : Signal.of(half.late(outside));
            Signal held = Signal.of(half.early(half.ones()));
            Signal one = Signal.of(1);
            Signal none = Signal.of(0);
            backward.part(Signal.of(half.late(masked(late.get(0)))), one, held, added, null);
            backward.part(Signal.of(half.late(masked(late.get(1)))), one, held, added, null);
            backward.part(one, Signal.of(half.late(masked(late.get(2)))), none, added, null);
            backward.part(one, Signal.of(half.early(masked(early.get(0)))), none, none, null);
            backward.part(one, Signal.of(half.early(masked(early.get(1)))), none, none, null);
            Value toState = toState();
            Value toResetState = b.node(
                    Op.PAD, Attributes.none(), cell.part(2, 2, 3), b.longs(2 * cell.hidden(), 0, 2 * cell.hidden(), 0));
            Result result = backward.run(concat(1, List.of(toState, toState, toState, toResetState, toResetState)));
            sums.addAll(List.of(update, reset, fresh));
            sumGradients.addAll(List.of(
                    half.lateOf(result.states().get(1)),
                    half.earlyOf(result.states().get(4)),
                    half.lateOf(result.states().get(2))));
            ofInitialState = b.matmul(result.first(), toState);
        }

        /** What the five parts add to the gradient of the state before: two as they are, one nothing. */
        private Value toState() {
            long hidden = cell.hidden();
            Value same = b.oneHot(b.longs(LongStream.range(0, hidden).toArray()), hidden, x.dataType());
            Value first = concat(0, List.of(same, cell.part(2, 0, 1)));
            Value padded = b.node(Op.PAD, Attributes.none(), first, b.longs(0, 0, hidden, 0));
            return concat(0, List.of(padded, same, cell.part(2, 1, 2)));
        }
    }
}

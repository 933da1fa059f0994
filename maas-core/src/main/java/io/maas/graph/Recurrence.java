package io.maas.graph;

import io.maas.error.GraphException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * Recurrent layers unrolled: one copy of the cell for each step of a sequence of fixed length. The products with the inputs are
 * taken for all steps at once.
 *
 * @see "ONNX operator specification, GRU, LSTM and RNN, https://onnx.ai/onnx/operators/"
 */
final class Recurrence {
    private final GraphBuilder b;
    private final Node node;
    private final Value x;
    private final boolean batchFirst;
    private final long length;
    private final long hidden;

    private Recurrence(GraphBuilder builder, Node node) {
        this.b = builder;
        this.node = node;
        this.batchFirst = node.attributes().longValue("layout", 0) == 1;
        this.x = batchFirst ? b.transpose(node.input(0), 1, 0, 2) : node.input(0);
        this.length = x.shape().size(0);
        this.hidden = node.input(2).shape().size(2);
        if (length == Shape.VARIABLE || hidden == Shape.VARIABLE) {
            throw new GraphException(node.title() + ": inputs " + node.input(0) + ", recurrent weights " + node.input(2)
                    + " (expected: a fixed length and a fixed hidden size, to unroll the layer);"
                    + " export the model with a fixed sequence length");
        }
    }

    /** The number of directions that the attribute {@code direction} asks for. */
    static long directions(Node node) {
        String direction = node.attributes().string("direction", "forward");
        return switch (direction) {
            case "forward", "reverse" -> 1;
            case "bidirectional" -> 2;
            default ->
                throw new GraphException(node.title() + ": direction \"" + direction
                        + "\" (expected: forward, reverse or bidirectional)");
        };
    }

    /** The layer's outputs: all states, the last one, and for LSTM the last cell. */
    static List<Value> write(GraphBuilder builder, Node node) {
        return new Recurrence(builder, node).run();
    }

    private List<Value> run() {
        List<List<Value>> states = new ArrayList<>();
        List<Value> lastStates = new ArrayList<>();
        List<Value> lastCells = new ArrayList<>();
        long directions = directions(node);
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
            steps.add(b.unsqueeze(concat(both, 0), 0));
        }
        // [length, directions, batch, hidden]
        Value all = length == 0 ? none(directions) : concat(steps, 0);
        List<Value> outputs = new ArrayList<>();
        outputs.add(batchFirst ? b.transpose(all, 2, 0, 1, 3) : all);
        for (List<Value> last : List.of(lastStates, lastCells)) {
            if (outputs.size() < node.outputs().size()) {
                Value joined = concat(last, 0);
                outputs.add(batchFirst ? b.transpose(joined, 1, 0, 2) : joined);
            }
        }
        return outputs;
    }

    private Value none(long directions) {
        Value batch = b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.longs(1));
        Value shape = b.node(Op.CONCAT, Attributes.of("axis", 0), b.longs(0, directions), batch, b.longs(hidden));
        Tensor zero = Tensor.of(x.dataType(), new double[] {0}, Shape.of(1));
        return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", zero), shape);
    }

    private Value concat(List<Value> parts, int axis) {
        return parts.size() == 1
                ? parts.get(0)
                : b.node(Op.CONCAT, Attributes.of("axis", axis), parts.toArray(new Value[0]));
    }

    private interface Activation {
        Value apply(Value input);
    }

    /** One direction: its weights, and its state as it goes from step to step. */
    private final class Direction {
        private final int index;
        private final boolean reverse;
        private final Value[] states = new Value[(int) length];
        private final List<Activation> activations = new ArrayList<>();
        private final Value r;
        private final List<Value> recurrentBias;
        private final List<Value> peepholes;
        private final int gates;
        private Value h;
        private Value c;

        Direction(int index) {
            this.index = index;
            String direction = node.attributes().string("direction", "forward");
            this.reverse = direction.equals("reverse") || index == 1;
            this.gates = switch (node.op()) {
                case LSTM -> 4;
                case GRU -> 3;
                default -> 1;
            };
            this.r = mine(node.input(2));
            this.recurrentBias = bias(1);
            Value p = node.input(7);
            this.peepholes = p.isOmitted() ? List.of() : pieces(mine(p), 3, 0);
            this.h = initial(node.input(5));
            this.c = node.op() == Op.LSTM ? initial(node.input(6)) : h;
            activations();
        }

        /** This direction's part of a value whose first axis is directions. */
        private Value mine(Value value) {
            return b.node(Op.GATHER, Attributes.none(), value, b.constant(Tensor.scalar((long) index)));
        }

        /** The first or second half of the biases by gate, or none. */
        private List<Value> bias(int half) {
            Value all = node.input(3);
            if (all.isOmitted()) {
                return List.of();
            }
            return pieces(mine(all), 2 * gates, 0).subList(half * gates, (half + 1) * gates);
        }

        private List<Value> pieces(Value value, int count, int axis) {
            if (count == 1) {
                return List.of(value);
            }
            return b.nodes(Op.SPLIT, Attributes.of("axis", axis, "num_outputs", count), count, value);
        }

        private Value initial(Value given) {
            if (!given.isOmitted()) {
                return mine(batchFirst ? b.transpose(given, 1, 0, 2) : given);
            }
            Value batch = b.node(Op.GATHER, Attributes.none(), b.shapeOf(x), b.longs(1));
            Value shape = b.node(Op.CONCAT, Attributes.of("axis", 0), batch, b.longs(hidden));
            Tensor zero = Tensor.of(x.dataType(), new double[] {0}, Shape.of(1));
            return b.node(Op.CONSTANT_OF_SHAPE, Attributes.of("value", zero), shape);
        }

        void run() {
            if (length == 0) {
                return;
            }
            // [length, batch, gates * hidden]
            Value projected = b.matmul(x, b.transpose(mine(node.input(1)), 1, 0));
            List<Value> bias = bias(0);
            if (!bias.isEmpty()) {
                projected = b.add(projected, concat(bias, 0));
            }
            List<Value> steps = pieces(projected, (int) length, 0);
            for (int i = 0; i < length; i++) {
                int t = reverse ? (int) length - 1 - i : i;
                step(b.squeeze(steps.get(t), 0), t);
            }
        }

        private void step(Value projected, int t) {
            Value h0 = h;
            Value c0 = c;
            switch (node.op()) {
                case LSTM -> lstm(pieces(projected, 4, 1));
                case GRU -> gru(pieces(projected, 3, 1));
                default -> h = activations.get(0).apply(clipped(b.add(projected, recurrent(h, 0, 1))));
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

        /** The state's product with the recurrent weights of some gates, and their recurrent biases. */
        private Value recurrent(Value state, int from, int to) {
            Value rows = from == 0 && to == gates
                    ? r
                    : b.node(Op.SLICE, Attributes.none(), r, b.longs(from * hidden), b.longs(to * hidden), b.longs(0));
            Value product = b.matmul(state, b.transpose(rows, 1, 0));
            return recurrentBias.isEmpty() ? product : b.add(product, concat(recurrentBias.subList(from, to), 0));
        }

        private void lstm(List<Value> projected) {
            List<Value> fromState = pieces(recurrent(h, 0, 4), 4, 1);
            Value i = activations.get(0).apply(clipped(peeped(b.add(projected.get(0), fromState.get(0)), 0, c)));
            boolean coupled = node.attributes().longValue("input_forget", 0) == 1;
            Value f = coupled
                    ? b.sub(b.scalar(1, i), i)
                    : activations.get(0).apply(clipped(peeped(b.add(projected.get(2), fromState.get(2)), 2, c)));
            Value g = activations.get(1).apply(clipped(b.add(projected.get(3), fromState.get(3))));
            c = b.add(b.mul(f, c), b.mul(i, g));
            Value o = activations.get(0).apply(clipped(peeped(b.add(projected.get(1), fromState.get(1)), 1, c)));
            h = b.mul(o, activations.get(2).apply(c));
        }

        private Value peeped(Value gate, int which, Value cell) {
            return peepholes.isEmpty() ? gate : b.add(gate, b.mul(peepholes.get(which), cell));
        }

        private void gru(List<Value> projected) {
            List<Value> fromState = pieces(recurrent(h, 0, 2), 2, 1);
            Value z = activations.get(0).apply(clipped(b.add(projected.get(0), fromState.get(0))));
            Value reset = activations.get(0).apply(clipped(b.add(projected.get(1), fromState.get(1))));
            boolean linear = node.attributes().longValue("linear_before_reset", 0) != 0;
            Value candidate = linear ? b.mul(reset, recurrent(h, 2, 3)) : recurrent(b.mul(reset, h), 2, 3);
            Value fresh = activations.get(1).apply(clipped(b.add(projected.get(2), candidate)));
            h = b.add(b.mul(b.sub(b.scalar(1, z), z), fresh), b.mul(z, h));
        }

        private Value clipped(Value value) {
            if (!node.attributes().has("clip")) {
                return value;
            }
            double bound = node.attributes().floatValue("clip", 0);
            return b.node(Op.CLIP, Attributes.none(), value, b.scalar(-bound, value), b.scalar(bound, value));
        }

        // ---- activations

        private void activations() {
            List<String> names = Activations.names(node);
            int each = names.size() / (int) directions(node);
            int parameter = 0;
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i).toLowerCase(Locale.ROOT);
                double alpha = parameter(name, "activation_alpha", parameter, Activations.alpha(name));
                double beta = parameter(name, "activation_beta", parameter, Activations.beta(name));
                if (Activations.hasAlpha(name)) {
                    parameter++;
                }
                if (i / each == index) {
                    activations.add(input -> activation(name, input, alpha, beta));
                }
            }
        }

        private double parameter(String name, String attribute, int place, double otherwise) {
            float[] values = node.attributes().floats(attribute);
            return values != null && place < values.length && Activations.hasAlpha(name) ? values[place] : otherwise;
        }

        private Value activation(String name, Value input, double alpha, double beta) {
            return switch (name) {
                case "sigmoid" -> b.sigmoid(input);
                case "tanh" -> b.tanh(input);
                case "relu" -> b.relu(input);
                case "softsign" -> b.node(Op.SOFTSIGN, Attributes.none(), input);
                case "softplus" -> b.node(Op.SOFTPLUS, Attributes.none(), input);
                case "affine" -> b.add(b.mul(input, alpha), b.scalar(beta, input));
                case "scaledtanh" -> b.mul(b.tanh(b.mul(input, beta)), alpha);
                case "leakyrelu" -> b.node(Op.LEAKY_RELU, Attributes.of("alpha", alpha), input);
                case "thresholdedrelu" -> b.node(Op.THRESHOLDED_RELU, Attributes.of("alpha", alpha), input);
                case "elu" -> b.node(Op.ELU, Attributes.of("alpha", alpha), input);
                case "hardsigmoid" -> b.node(Op.HARD_SIGMOID, Attributes.of("alpha", alpha, "beta", beta), input);
                default ->
                    throw new GraphException(node.title() + ": activation \"" + name
                            + "\" (expected: one of the specification's, such as Tanh)");
            };
        }
    }

    /** Which functions a layer uses where it says nothing, and with which numbers. */
    private static final class Activations {
        static List<String> names(Node node) {
            List<String> given = node.attributes().strings("activations");
            if (given != null) {
                return given;
            }
            List<String> once = switch (node.op()) {
                case LSTM -> List.of("Sigmoid", "Tanh", "Tanh");
                case GRU -> List.of("Sigmoid", "Tanh");
                default -> List.of("Tanh");
            };
            List<String> all = new ArrayList<>();
            LongStream.range(0, directions(node)).forEach(d -> all.addAll(once));
            return all;
        }

        static boolean hasAlpha(String name) {
            return switch (name) {
                case "affine", "scaledtanh", "leakyrelu", "thresholdedrelu", "elu", "hardsigmoid" -> true;
                default -> false;
            };
        }

        static double alpha(String name) {
            return switch (name) {
                case "leakyrelu" -> 0.01f;
                case "hardsigmoid" -> 0.2f;
                default -> 1;
            };
        }

        static double beta(String name) {
            return name.equals("hardsigmoid") ? 0.5 : name.equals("affine") ? 0 : 1;
        }
    }
}

package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cases of recurrent layers, attention, rotated positions and dropout. */
final class SequenceCases {
    private static final int LENGTH = 4;
    private static final int BATCH = 3;
    private static final int WIDTH = 2;
    private static final int HIDDEN = 5;

    private SequenceCases() {}

    static void of(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            switch (to.op()) {
                case GRU, LSTM, RNN -> recurrent(to, type);
                case ATTENTION -> attention(to, type);
                case ROTARY_EMBEDDING -> rotary(to, type);
                default -> dropout(to, type);
            }
        }
    }

    // ---- recurrent layers

    private static void recurrent(CaseWriter to, DataType type) {
        int outputs = to.op() == Op.LSTM ? 3 : 2;
        for (String direction : List.of("forward", "reverse", "bidirectional")) {
            Layer layer = new Layer(to, type, direction.equals("bidirectional") ? 2 : 1);
            layer.with("direction", direction);
            to.add(direction, type, layer.attributes(), outputs, layer.operands(3));
            to.add(direction + " with biases", type, layer.attributes(), outputs, layer.operands(4));
            to.add(direction + " of some lengths", type, layer.attributes(), outputs, layer.operands(5));
            to.add(direction + " from a state", type, layer.attributes(), outputs, layer.operands(6));
        }
        Layer layer = new Layer(to, type, 1);
        to.add("all states only", type, layer.attributes(), 1, layer.operands(4));
        layer.with("clip", 0.5f);
        to.add("clipped", type, layer.attributes(), outputs, layer.operands(4));
        special(to, type, outputs);
        activations(to, type, outputs);
        Layer single = new Layer(to, type, 1, 1, 1, 1, 1);
        to.add("of one", type, single.attributes(), outputs, single.operands(4));
    }

    private static void special(CaseWriter to, DataType type, int outputs) {
        Layer layer = new Layer(to, type, 1);
        if (to.op() == Op.GRU) {
            layer.with("linear_before_reset", 1);
            to.add("reset after the product", type, layer.attributes(), outputs, layer.operands(6));
        } else if (to.op() == Op.LSTM) {
            to.add("from a cell", type, layer.attributes(), outputs, layer.operands(7));
            to.add("with peepholes", type, layer.attributes(), outputs, layer.operands(8));
            layer.with("input_forget", 1);
            to.add("coupled gates", type, layer.attributes(), outputs, layer.operands(7));
        }
    }

    private static void activations(CaseWriter to, DataType type, int outputs) {
        List<String> others = switch (to.op()) {
            case LSTM -> List.of("HardSigmoid", "Softsign", "Relu");
            case GRU -> List.of("HardSigmoid", "LeakyRelu");
            default -> List.of("Elu");
        };
        Layer layer = new Layer(to, type, 1);
        layer.with("activations", others);
        to.add("other functions", type, layer.attributes(), outputs, layer.operands(4));
        List<String> withNumbers = switch (to.op()) {
            case LSTM -> List.of("HardSigmoid", "Elu", "ScaledTanh");
            case GRU -> List.of("LeakyRelu", "ScaledTanh");
            default -> List.of("Affine");
        };
        layer = new Layer(to, type, 1);
        layer.with("activations", withNumbers);
        // Each function takes the next of those numbers that it has.
        layer.with("activation_alpha", List.of(0.3f, 0.7f, 1.2f).subList(0, withNumbers.size()));
        layer.with("activation_beta", List.of(0.4f, 0.8f).subList(0, to.op() == Op.LSTM ? 2 : 1));
        to.add("functions with numbers", type, layer.attributes(), outputs, layer.operands(4));
    }

    /** The inputs of one layer. */
    private static final class Layer {
        private final Map<String, Object> attributes = new HashMap<>();
        private final List<Operand> operands = new ArrayList<>();

        Layer(CaseWriter to, DataType type, int directions) {
            this(to, type, directions, LENGTH, BATCH, WIDTH, HIDDEN);
        }

        Layer(CaseWriter to, DataType type, int directions, int length, int batch, int width, int hidden) {
            int gates = switch (to.op()) {
                case LSTM -> 4;
                case GRU -> 3;
                default -> 1;
            };
            attributes.put("hidden_size", hidden);
            add(to, type, length, batch, width);
            long rows = (long) gates * hidden;
            add(to, type, directions, rows, width);
            add(to, type, directions, rows, hidden);
            add(to, type, directions, 2 * rows);
            int[] lengths = new int[batch];
            for (int i = 0; i < batch; i++) {
                lengths[i] = 1 + i % length;
            }
            operands.add(Operand.input(Samples.ints(lengths)));
            add(to, type, directions, batch, hidden);
            add(to, type, directions, batch, hidden);
            add(to, type, directions, 3L * hidden);
        }

        private void add(CaseWriter to, DataType type, long... shape) {
            operands.add(Operand.input(to.samples.between(-1, 1, type, shape)));
        }

        void with(String attribute, Object value) {
            attributes.put(attribute, value);
        }

        Attributes attributes() {
            return Attributes.copyOf(attributes);
        }

        /** The first ones; without lengths of the sequences where more is given. */
        Operand[] operands(int count) {
            List<Operand> taken = new ArrayList<>(operands.subList(0, count));
            if (count > 5) {
                taken.set(4, Operand.omitted());
            }
            return taken.toArray(new Operand[0]);
        }
    }

    // ---- attention

    private static void attention(CaseWriter to, DataType type) {
        // Scales whose roots are exact in float32, the type of the attribute: engines split them between both factors.
        Tensor q = to.samples.any(type, 2, 3, 4, 16);
        Tensor k = to.samples.any(type, 2, 3, 6, 16);
        Tensor v = to.samples.any(type, 2, 3, 6, 5);
        to.add(type, q, k, v);
        to.add(type, Attributes.of("scale", 0.0625f), q, k, v);
        to.add(type, Attributes.of("is_causal", 1), q, k, v);
        to.add(type, Attributes.of("softcap", 2f), q, k, v);
        mask(to, type, q, k, v, to.samples.any(DataType.BOOL, 4, 6));
        mask(to, type, q, k, v, to.samples.any(type, 4, 6));
        mask(to, type, q, k, v, to.samples.any(type, 2, 1, 4, 6));
        mask(to, type, q, k, v, to.samples.any(type, 2, 3, 4, 6));
        Tensor fewKeys = to.samples.any(type, 2, 1, 6, 16);
        Tensor fewValues = to.samples.any(type, 2, 1, 6, 5);
        to.add(
                "shared heads",
                type,
                Attributes.none(),
                Operand.input(q),
                Operand.input(fewKeys),
                Operand.input(fewValues));
        Attributes heads = Attributes.of("q_num_heads", 4, "kv_num_heads", 2);
        to.add(
                type,
                heads,
                to.samples.any(type, 2, 3, 64),
                to.samples.any(type, 2, 5, 32),
                to.samples.any(type, 2, 5, 6));
        to.add(
                "with a past",
                type,
                Attributes.none(),
                3,
                Operand.input(q),
                Operand.input(k),
                Operand.input(v),
                Operand.omitted(),
                Operand.input(to.samples.any(type, 2, 3, 2, 16)),
                Operand.input(to.samples.any(type, 2, 3, 2, 5)));
    }

    /** A mask of bools hides at least nothing of the first key, so that no row of scores is empty. */
    private static void mask(CaseWriter to, DataType type, Tensor q, Tensor k, Tensor v, Tensor mask) {
        Tensor seen = mask;
        if (mask.dataType() == DataType.BOOL) {
            double[] values = mask.toDoubleArray();
            for (int i = 0; i < values.length; i += 6) {
                values[i] = 1;
            }
            seen = Tensor.of(DataType.BOOL, values, mask.shape());
        }
        to.add(
                "masked by " + mask,
                type,
                Attributes.none(),
                Operand.input(q),
                Operand.input(k),
                Operand.input(v),
                Operand.input(seen));
    }

    // ---- rotated positions

    private static void rotary(CaseWriter to, DataType type) {
        Tensor cos = to.samples.between(-1, 1, type, 7, 4);
        Tensor sin = to.samples.between(-1, 1, type, 7, 4);
        Operand places = Operand.input(to.samples.between(0, 6, DataType.INT64, 2, 3));
        Operand[] apart = {
            Operand.input(to.samples.any(type, 2, 5, 3, 8)), Operand.input(cos), Operand.input(sin), places
        };
        Operand[] joint = {Operand.input(to.samples.any(type, 2, 3, 40)), Operand.input(cos), Operand.input(sin), places
        };
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            to.add("", type, Attributes.of("interleaved", interleaved), apart);
            to.add("", type, Attributes.of("interleaved", interleaved, "num_heads", 5), joint);
            to.add(
                    "",
                    type,
                    Attributes.of("interleaved", interleaved),
                    Operand.input(to.samples.any(type, 2, 5, 3, 8)),
                    Operand.input(to.samples.between(-1, 1, type, 2, 3, 4)),
                    Operand.input(to.samples.between(-1, 1, type, 2, 3, 4)));
            to.add(
                    "part of each head",
                    type,
                    Attributes.of("interleaved", interleaved, "rotary_embedding_dim", 4),
                    Operand.input(to.samples.any(type, 2, 5, 3, 8)),
                    Operand.input(to.samples.between(-1, 1, type, 7, 2)),
                    Operand.input(to.samples.between(-1, 1, type, 7, 2)),
                    places);
        }
    }

    // ---- dropout

    /** What is dropped in training is each engine's own affair, but for a ratio of 0. */
    private static void dropout(CaseWriter to, DataType type) {
        Operand ratio = Operand.constant(Samples.scalar(DataType.FLOAT32, 0.3));
        Operand none = Operand.constant(Samples.scalar(DataType.FLOAT32, 0));
        Operand training = Operand.constant(Tensor.of(new boolean[] {true}).reshape(Shape.scalar()));
        for (long[] shape : UnaryCases.SHAPES) {
            Operand x = Operand.input(to.samples.any(type, shape));
            to.add("", type, Attributes.none(), x);
            to.add("with mask", type, Attributes.none(), 2, x, ratio);
            to.add("in training, of nothing", type, Attributes.none(), 2, x, none, training);
        }
    }
}

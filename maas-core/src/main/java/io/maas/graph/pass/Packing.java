package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the padding of a batch of sequences out wherever each place is computed by itself, as all of a transformer is but its
 * attentions: values {@code [batch, length, …]} are gathered to {@code [real places, …]} before such a {@link PlaceRegions region}, and
 * spread again behind it. What was padding then holds a copy of the last real place before it.
 */
final class Packing implements Pass {
    /** Exporters compute sizes from sizes, and write normalizations in many nodes. */
    private static final Pass PREPARATION = Passes.deadCode()
            .then(Passes.shapeFolding()
                    .then(Passes.simplification())
                    .then(Passes.commonSubexpressions())
                    .untilStable())
            .then(Passes.recognition())
            .then(Passes.knownSizes());

    private final Collection<String> sequences;
    private final String lengths;

    Packing(Collection<String> sequences, String lengths) {
        this.sequences = sequences;
        this.lengths = lengths;
    }

    @Override
    public Graph apply(Graph graph) {
        Graph known = PREPARATION.apply(graph);
        Value input = known.inputs().stream()
                .filter(each -> sequences.contains(each.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "sequences: " + sequences + " (expected: some of the inputs " + graph.inputs() + ")"));
        if (!input.hasShape() || input.rank() < 2) {
            return graph;
        }
        PlaceRegions regions = new PlaceRegions(known, sequences, input);
        boolean isTaken = known.inputs().stream().anyMatch(each -> each.name().equals(lengths))
                || known.constants().containsKey(lengths)
                || known.nodes().stream()
                        .flatMap(node -> node.outputs().stream())
                        .anyMatch(made -> made.name().equals(lengths));
        // Its form of Unsqueeze is the newest one that is written here.
        if (isTaken || regions.areNone() || !Opsets.canRaise(graph, Op.UNSQUEEZE.sinceOpset())) {
            return graph;
        }
        Object batch = input.shape().dimension(0);
        Value counts = new Value(lengths, DataType.INT64, Shape.symbolic(batch));
        List<Value> inputs = new ArrayList<>(known.inputs());
        inputs.add(counts);
        Graph wider =
                new Graph(known.name(), inputs, known.outputs(), known.nodes(), known.constants(), known.opsets());
        Graph packed = Sweep.run(wider, new Rewriting(regions, input, counts)::rewrite);
        return new Graph(
                packed.name(), packed.inputs(), graph.outputs(), packed.nodes(), packed.constants(), packed.opsets());
    }

    /**
     * Which places are real.
     *
     * @param places where each of them stands among all, {@code [real places]}
     * @param ranks which of them stands where, {@code [batch, length]}
     */
    private record Index(Value places, Value ranks) {}

    private static final class Rewriting {
        private final PlaceRegions regions;
        private final Value input;
        private final Value counts;
        private final Map<String, Value> packed = new HashMap<>();
        private @Nullable Index index;

        Rewriting(PlaceRegions regions, Value input, Value counts) {
            this.regions = regions;
            this.input = input;
            this.counts = counts;
        }

        List<Value> rewrite(Node node, Sweep sweep) {
            if (!regions.contain(node)) {
                return List.of();
            }
            List<Value> inputs = new ArrayList<>();
            for (Value read : node.inputs()) {
                inputs.add(regions.isAligned(read) ? packed(read, sweep) : read);
            }
            if (inputs.size() > 1 && node.attributes().longs("axes") == null && isReduction(node)) {
                inputs.set(1, sweep.longs(-1));
            }
            List<Value> made =
                    sweep.nodes(node.op(), overLast(node), node.outputs().size(), inputs);
            packed.put(node.output().name(), made.get(0));
            List<Value> standIns = new ArrayList<>(made);
            standIns.set(0, sweep.node(Op.GATHER, Attributes.none(), made.get(0), index(sweep).ranks));
            return standIns;
        }

        private static boolean isReduction(Node node) {
            return node.op().onnxName().startsWith("Reduce");
        }

        /** The attributes, with an axis fewer before the last. */
        private static Attributes overLast(Node node) {
            Map<String, Object> attributes = new HashMap<>(node.attributes().asMap());
            attributes.computeIfPresent("axis", (name, axis) -> -1L);
            attributes.computeIfPresent("axes", (name, axes) -> new long[] {-1});
            return Attributes.copyOf(attributes);
        }

        private Value packed(Value value, Sweep sweep) {
            Value known = packed.get(value.name());
            if (known == null) {
                long[] shape = regions.shape(value);
                shape[1] = -1;
                Value rows = sweep.node(
                        Op.RESHAPE, Attributes.none(), value, sweep.longs(Arrays.copyOfRange(shape, 1, shape.length)));
                known = sweep.node(Op.GATHER, Attributes.none(), rows, index(sweep).places);
                packed.put(value.name(), known);
            }
            return known;
        }

        private Index index(Sweep sweep) {
            Index known = index;
            if (known == null) {
                known = written(sweep);
                index = known;
            }
            return known;
        }

        private Index written(Sweep sweep) {
            sweep.allow(Op.UNSQUEEZE);
            Attributes none = Attributes.none();
            Value zero = sweep.scalar(0, DataType.INT64);
            Value one = sweep.scalar(1, DataType.INT64);
            Value all = sweep.longs(-1);
            Value length = sweep.node(Op.GATHER, none, sweep.node(Op.SHAPE, none, input), one);
            Value real = sweep.node(
                    Op.LESS,
                    none,
                    sweep.node(Op.RANGE, none, zero, length, one),
                    sweep.node(Op.UNSQUEEZE, none, counts, sweep.longs(1)));
            Value flat = sweep.node(Op.RESHAPE, none, real, all);
            Value places = sweep.node(Op.RESHAPE, none, sweep.node(Op.NON_ZERO, none, flat), all);
            Value ordinals = sweep.node(
                    Op.CUM_SUM, none, sweep.node(Op.CAST, Attributes.of("to", DataType.INT64.name()), flat), zero);
            // Before the first real place, if the first sequence has none, stands any.
            Value ranksOfAll = sweep.node(Op.MAX, none, sweep.node(Op.SUB, none, ordinals, one), zero);
            return new Index(places, sweep.node(Op.RESHAPE, none, ranksOfAll, sweep.node(Op.SHAPE, none, real)));
        }
    }
}

package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Parts of a graph in which each place of each sequence is computed by itself. Only those with a product of matrices count: to gather
 * and spread values costs about as much as what is cheaper.
 */
final class PlaceRegions {
    /** The batch and the places. */
    private static final int AXES = 2;

    private final PlaceAxes axes;
    private final Object batch;
    private final Object length;
    private final Map<String, Shape> aligned = new HashMap<>();
    private final Map<String, Set<String>> regionOf = new HashMap<>();
    /** The names of the first outputs of the nodes that count. */
    private final Set<String> members = new HashSet<>();

    /**
     * Finds them.
     *
     * @param graph with all sizes that can be known
     * @param sequences the inputs {@code [batch, length, …]}
     * @param one of them
     */
    PlaceRegions(Graph graph, Collection<String> sequences, Value one) {
        this.axes = new PlaceAxes(graph, sequences);
        this.batch = one.shape().dimension(0);
        this.length = one.shape().dimension(1);
        graph.inputs().forEach(this::note);
        graph.nodes().forEach(node -> note(node.output()));
        graph.nodes().stream().filter(this::isByPlace).forEach(this::add);
        for (Node node : graph.nodes()) {
            if (isProduct(node) && isByPlace(node)) {
                members.addAll(Objects.requireNonNull(regionOf.get(node.output().name())));
            }
        }
    }

    boolean areNone() {
        return members.isEmpty();
    }

    /** Whether a node is in one of them. */
    boolean contain(Node node) {
        return members.contains(node.output().name());
    }

    /** Whether a value is {@code [batch, length, …]}, place by place, with fixed sizes behind. */
    boolean isAligned(Value value) {
        return aligned.containsKey(value.name());
    }

    /** The sizes of an aligned value, as they are known in the graph that was looked at. */
    long[] shape(Value value) {
        return Objects.requireNonNull(aligned.get(value.name())).toArray();
    }

    private void note(Value value) {
        if (value.isOmitted() || !value.hasShape() || !axes.of(value).contains(1)) {
            return;
        }
        Shape shape = value.shape();
        for (int i = AXES; i < shape.rank(); i++) {
            if (shape.size(i) <= 0) {
                return;
            }
        }
        if (shape.dimension(0).equals(batch) && shape.dimension(1).equals(length)) {
            aligned.put(value.name(), shape);
        }
    }

    private static boolean isProduct(Node node) {
        return node.op() == Op.MATMUL || node.op() == Op.MATMUL_INTEGER;
    }

    private void add(Node node) {
        String name = node.output().name();
        Set<String> region = new HashSet<>(Set.of(name));
        regionOf.put(name, region);
        for (Value read : node.inputs()) {
            Set<String> before = regionOf.get(read.name());
            if (before != null && before != region) {
                Set<String> larger = before.size() > region.size() ? before : region;
                Set<String> smaller = larger == before ? region : before;
                smaller.forEach(member -> regionOf.put(member, larger));
                larger.addAll(smaller);
                region = larger;
            }
        }
    }

    private boolean isByPlace(Node node) {
        Value made = node.output();
        Value first = node.input(0);
        if (!isAligned(made)) {
            return false;
        }
        if (PlaceAxes.isElementwise(node.op())) {
            return node.inputs().stream().allMatch(read -> isAlike(read, made));
        }
        boolean hasFeatures = isAligned(first) && first.rank() > AXES;
        return switch (node.op()) {
            case MATMUL -> hasFeatures && first.rank() == AXES + 1 && isOfRank(node.input(1), 2, 2);
            case MATMUL_INTEGER ->
                hasFeatures
                        && first.rank() == AXES + 1
                        && isOfRank(node.input(1), 2, 2)
                        && isOneOrOmitted(node.input(2))
                        && (node.input(3).isOmitted() || isOfRank(node.input(3), 0, 1));
            case DYNAMIC_QUANTIZE_LINEAR -> hasFeatures;
            case QUANTIZE_LINEAR, DEQUANTIZE_LINEAR ->
                hasFeatures && isOneOrOmitted(node.input(1)) && isOneOrOmitted(node.input(2));
            case LAYER_NORMALIZATION, RMS_NORMALIZATION ->
                hasFeatures
                        && isOverLast(node)
                        && node.outputs().size() == 1
                        && node.inputs().stream().skip(1).allMatch(scale -> scale.isOmitted() || isOfRank(scale, 1, 1));
            case HARDMAX, LOG_SOFTMAX, SOFTMAX -> hasFeatures && isOverLast(node);
            case REDUCE_L1, REDUCE_L2, REDUCE_MAX, REDUCE_MEAN, REDUCE_MIN, REDUCE_SUM, REDUCE_SUM_SQUARE ->
                hasFeatures && node.attributes().longValue("keepdims", 1) == 1 && reducesLast(node);
            default -> false;
        };
    }

    /** Aligned, or the same for all places. */
    private boolean isAlike(Value read, Value made) {
        int features = made.rank() - AXES;
        return read.isOmitted()
                || isOfRank(read, 0, features)
                || (isOfRank(read, features + 1, features + 1) && read.shape().size(0) == 1)
                || (isAligned(read) && read.rank() == made.rank());
    }

    private static boolean isOfRank(Value value, int least, int most) {
        return value.hasShape() && value.rank() >= least && value.rank() <= most;
    }

    private static boolean isOneOrOmitted(Value value) {
        return value.isOmitted() || isOfRank(value, 0, 0);
    }

    private static boolean isOverLast(Node node) {
        long axis = node.attributes().longValue("axis", -1);
        return axis == -1 || axis == node.input(0).rank() - 1;
    }

    private boolean reducesLast(Node node) {
        long[] reduced = axes.reducedAxes(node);
        return reduced.length == 1
                && (reduced[0] == -1 || reduced[0] == node.input(0).rank() - 1);
    }
}

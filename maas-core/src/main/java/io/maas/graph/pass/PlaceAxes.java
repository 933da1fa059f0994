package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which axes of a graph's values run along sequences, place by place: what stands at place {@code i} belongs to the {@code i}-th
 * element of the sequence, be it computed from that one alone or, as by an attention, from others too. A size alone does not tell: of
 * a sequence that was turned round the first places are the last elements.
 *
 * <p>Where nothing is known of an operator, its results have no such axes.
 */
final class PlaceAxes {
    private static final Set<Integer> NONE = Set.of();

    private final Graph graph;
    private final Map<String, Set<Integer>> axes = new HashMap<>();
    /** Of the graph's shapes and constants alone, so that nothing of any sequence is in it. */
    private final Set<String> dataFree = new HashSet<>();

    /**
     * Follows them.
     *
     * @param graph with all sizes that can be known
     * @param sequences the inputs whose axis 1 runs along sequences
     */
    PlaceAxes(Graph graph, Collection<String> sequences) {
        this.graph = graph;
        sequences.forEach(name -> axes.put(name, Set.of(1)));
        dataFree.addAll(graph.constants().keySet());
        for (Node node : graph.nodes()) {
            if (isDataFree(node)) {
                node.outputs().forEach(made -> dataFree.add(made.name()));
            } else {
                Set<Integer> found = follow(node);
                if (!found.isEmpty()) {
                    axes.put(node.output().name(), found);
                }
            }
        }
    }

    Set<Integer> of(Value value) {
        return axes.getOrDefault(value.name(), NONE);
    }

    /** Whether an operator computes each element of its result from the elements that stand there in its inputs. */
    static boolean isElementwise(Op op) {
        return switch (op) {
            case ABS,
                    ADD,
                    AND,
                    CAST,
                    CEIL,
                    CELU,
                    CLIP,
                    COS,
                    DIV,
                    ELU,
                    EQUAL,
                    ERF,
                    EXP,
                    FLOOR,
                    GELU,
                    GREATER,
                    GREATER_OR_EQUAL,
                    HARD_SIGMOID,
                    HARD_SWISH,
                    IDENTITY,
                    IS_INF,
                    IS_NAN,
                    LEAKY_RELU,
                    LESS,
                    LESS_OR_EQUAL,
                    LOG,
                    MAX,
                    MEAN,
                    MIN,
                    MISH,
                    MUL,
                    NEG,
                    NOT,
                    OR,
                    POW,
                    PRELU,
                    RECIPROCAL,
                    RELU,
                    ROUND,
                    SELU,
                    SIGMOID,
                    SIGN,
                    SIN,
                    SOFTPLUS,
                    SOFTSIGN,
                    SQRT,
                    SUB,
                    SUM,
                    SWISH,
                    TANH,
                    WHERE -> true;
            default -> false;
        };
    }

    private boolean isDataFree(Node node) {
        return node.op() == Op.SHAPE
                || node.op() == Op.SIZE
                || (node.op() != Op.OTHER
                        && node.inputs().stream().allMatch(read -> read.isOmitted() || isDataFree(read)));
    }

    private boolean isDataFree(Value value) {
        return dataFree.contains(value.name());
    }

    private Set<Integer> follow(Node node) {
        Value made = node.output();
        boolean allHaveRanks =
                made.hasShape() && node.inputs().stream().allMatch(read -> read.isOmitted() || read.hasShape());
        if (!allHaveRanks) {
            return NONE;
        }
        Value first = node.input(0);
        if (isElementwise(node.op())) {
            return stretched(node.inputs(), made.rank(), made.rank());
        }
        return switch (node.op()) {
            case MATMUL, MATMUL_INTEGER -> product(first, node.input(1), made.rank());
            case DYNAMIC_QUANTIZE_LINEAR, DROPOUT, EXPAND -> stretched(List.of(first), made.rank(), made.rank());
            case QUANTIZE_LINEAR, DEQUANTIZE_LINEAR ->
                node.inputs().stream()
                                .skip(1)
                                .allMatch(scale -> scale.isOmitted() || isDataFree(scale) || scale.rank() == 0)
                        ? of(first)
                        : NONE;
            // An attention's are those of its queries.
            case ATTENTION,
                    CUM_SUM,
                    HARDMAX,
                    LAYER_NORMALIZATION,
                    LOG_SOFTMAX,
                    RMS_NORMALIZATION,
                    ROTARY_EMBEDDING,
                    SOFTMAX -> of(first);
            case TRANSPOSE -> transposed(node);
            case RESHAPE -> reshaped(first, made);
            case UNSQUEEZE -> unsqueezed(first, constant(node, 1), made.rank());
            case SQUEEZE -> without(of(first), constant(node, 1), first.rank(), false);
            case REDUCE_L1, REDUCE_L2, REDUCE_MAX, REDUCE_MEAN, REDUCE_MIN, REDUCE_SUM, REDUCE_SUM_SQUARE ->
                without(
                        of(first),
                        reducedAxes(node),
                        first.rank(),
                        node.attributes().longValue("keepdims", 1) == 1);
            case SLICE -> without(of(first), constant(node, 3), first.rank(), true);
            case SPLIT -> without(of(first), axis(node, 0), first.rank(), true);
            case CONCAT -> concatenated(node);
            case GATHER -> gathered(node);
            default -> NONE;
        };
    }

    /** Those of the result of stretching all to one rank, in front of an axis. */
    private Set<Integer> stretched(List<Value> reads, int rank, int before) {
        Set<Integer> found = new HashSet<>();
        for (int axis = 0; axis < before; axis++) {
            boolean runs = false;
            boolean fits = true;
            for (Value read : reads) {
                if (!read.isOmitted()) {
                    int own = axis - (rank - read.rank());
                    boolean runsHere = own >= 0 && of(read).contains(own);
                    runs |= runsHere;
                    fits &= runsHere
                            || own < 0
                            || isDataFree(read)
                            || read.shape().size(own) == 1;
                }
            }
            if (runs && fits) {
                found.add(axis);
            }
        }
        return found;
    }

    /** The rows are those of the left factor, the columns those of the right one. */
    private Set<Integer> product(Value left, Value right, int rank) {
        if (left.rank() < 2 || right.rank() < 2) {
            return NONE;
        }
        Set<Integer> found = stretched(List.of(left, right), rank, rank - 2);
        if (of(left).contains(left.rank() - 2)) {
            found.add(rank - 2);
        }
        if (of(right).contains(right.rank() - 1)) {
            found.add(rank - 1);
        }
        return found;
    }

    private Set<Integer> transposed(Node node) {
        int rank = node.output().rank();
        long[] order = node.attributes().longs("perm");
        Set<Integer> found = new HashSet<>();
        for (int axis = 0; axis < rank; axis++) {
            int from = order == null ? rank - 1 - axis : (int) order[axis];
            if (of(node.input(0)).contains(from)) {
                found.add(axis);
            }
        }
        return found;
    }

    /** An axis stays where its size does, and what stands before it or behind it is as much as before. */
    private Set<Integer> reshaped(Value from, Value to) {
        Object[] old = from.shape().dimensions();
        Object[] made = to.shape().dimensions();
        Set<Integer> found = new HashSet<>();
        for (int axis : of(from)) {
            for (int place = 0; place < made.length; place++) {
                boolean stays = isSame(old, axis, axis + 1, made, place, place + 1)
                        && (isSame(old, 0, axis, made, 0, place)
                                || isSame(old, axis + 1, old.length, made, place + 1, made.length));
                if (stays) {
                    found.add(place);
                }
            }
        }
        return found;
    }

    /** Whether the products of some sizes are known to be equal. */
    private static boolean isSame(Object[] one, int from, int to, Object[] other, int otherFrom, int otherTo) {
        List<Object> factors = factors(one, from, to);
        return !factors.contains(Shape.UNKNOWN) && factors.equals(factors(other, otherFrom, otherTo));
    }

    /** The product of the known sizes, and the symbols of the others in their order. */
    private static List<Object> factors(Object[] sizes, int from, int to) {
        long known = 1;
        List<String> symbols = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (sizes[i] instanceof Long size) {
                known *= size;
            } else {
                symbols.add((String) sizes[i]);
            }
        }
        Collections.sort(symbols);
        List<Object> factors = new ArrayList<>(symbols);
        factors.add(known);
        return factors;
    }

    private Set<Integer> unsqueezed(Value from, long[] added, int rank) {
        Set<Integer> fresh = new HashSet<>();
        for (long axis : added) {
            fresh.add((int) (axis < 0 ? axis + rank : axis));
        }
        Set<Integer> found = new HashSet<>();
        int own = 0;
        for (int axis = 0; axis < rank && added.length > 0; axis++) {
            if (!fresh.contains(axis)) {
                if (of(from).contains(own)) {
                    found.add(axis);
                }
                own++;
            }
        }
        return found;
    }

    /** All but some; none if it is not known which. */
    private static Set<Integer> without(Set<Integer> all, long[] lost, int rank, boolean stays) {
        if (lost.length == 0) {
            return NONE;
        }
        Set<Integer> gone = new HashSet<>();
        for (long axis : lost) {
            gone.add((int) (axis < 0 ? axis + rank : axis));
        }
        Set<Integer> found = new HashSet<>();
        for (int axis : all) {
            if (!gone.contains(axis)) {
                long before =
                        stays ? 0 : gone.stream().filter(each -> each < axis).count();
                found.add((int) (axis - before));
            }
        }
        return found;
    }

    private Set<Integer> concatenated(Node node) {
        Set<Integer> found = new HashSet<>(of(node.input(0)));
        node.inputs().forEach(read -> found.retainAll(of(read)));
        return without(found, axis(node, 0), node.output().rank(), true);
    }

    /** A table read at each place, or the places of what something is taken from. */
    private Set<Integer> gathered(Node node) {
        Value data = node.input(0);
        Value indices = node.input(1);
        long axis = axis(node, 0)[0];
        if (isDataFree(data)) {
            return axis == 0 ? of(indices) : NONE;
        }
        if (!isDataFree(indices)) {
            return NONE;
        }
        int at = (int) (axis < 0 ? axis + data.rank() : axis);
        Set<Integer> found = new HashSet<>();
        for (int each : of(data)) {
            if (each != at) {
                found.add(each < at ? each : each + indices.rank() - 1);
            }
        }
        return found;
    }

    private static long[] axis(Node node, long otherwise) {
        return new long[] {node.attributes().longValue("axis", otherwise)};
    }

    /** The constant numbers of an input; none if they are not known. */
    private long[] constant(Node node, int input) {
        Value value = node.input(input);
        Tensor constant = value.isOmitted() ? null : graph.constant(value);
        return constant == null ? new long[0] : constant.toLongArray();
    }

    /** Which axes a reduction reduces; none if that is not known, or it is all of them. */
    long[] reducedAxes(Node reduction) {
        long[] axes = reduction.attributes().longs("axes");
        return axes == null ? constant(reduction, 1) : axes;
    }
}

package io.maas.training.finetune;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which constants of a graph are weights: float32 or float64 as the output, with at least one axis and two elements, and on a way
 * to the output that gradients can go, all of it. What is smaller is a number of a formula, such as the epsilon of a
 * normalisation.
 */
final class Reach {
    private final Graph graph;
    private final Value output;
    private final Set<String> reached = new HashSet<>();
    private final Map<String, String> cutBy = new HashMap<>();
    private final Map<String, String> readers = new HashMap<>();

    private Reach(Graph graph, Value output) {
        this.graph = graph;
        this.output = output;
    }

    /** All constants of a graph that is cut to one output; those that can be trained are marked as trainable. */
    static List<Weight> weights(Graph graph, Value output) {
        Reach reach = new Reach(graph, output);
        reach.follow();
        List<Weight> weights = new ArrayList<>();
        graph.constants().forEach((name, tensor) -> {
            String obstacle = reach.obstacle(name, tensor);
            weights.add(new Weight(
                    name,
                    reach.readers.getOrDefault(name, ""),
                    tensor.dataType(),
                    tensor.shape(),
                    obstacle == null,
                    obstacle == null ? "" : obstacle));
        });
        return weights;
    }

    private void follow() {
        reached.add(output.name());
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            Parts.read(node).forEach(name -> readers.put(name, node.name()));
            boolean wanted = node.outputs().stream().anyMatch(made -> reached.contains(made.name()));
            String cut = node.outputs().stream()
                    .map(made -> cutBy.get(made.name()))
                    .filter(each -> each != null)
                    .findFirst()
                    .orElse(wanted && node.op() == Op.OTHER ? node.title() : null);
            if (cut != null) {
                Parts.read(node).forEach(name -> cutBy.putIfAbsent(name, cut));
            }
            if (wanted) {
                flowing(node).forEach(input -> reached.add(input.name()));
            }
        }
    }

    /** Operators whose result is piecewise constant, though it is of a floating-point type. */
    private static final Set<Op> STEPS =
            EnumSet.of(Op.CEIL, Op.CONSTANT_OF_SHAPE, Op.EYE_LIKE, Op.FLOOR, Op.HARDMAX, Op.ONE_HOT, Op.ROUND, Op.SIGN);

    /** The inputs of a node whose changes change what it makes, smoothly. */
    private static Stream<Value> flowing(Node node) {
        if (node.op() == Op.OTHER || STEPS.contains(node.op()) || !isFloating(node.output())) {
            return Stream.empty();
        }
        long learnable = switch (node.op()) {
            // The running mean and variance are measured, not learned; scales and tables of angles are settings.
            case BATCH_NORMALIZATION -> 3;
            case RESIZE, DROPOUT, ROTARY_EMBEDDING, TILE, TRILU -> 1;
            default -> Long.MAX_VALUE;
        };
        return node.inputs().stream().limit(learnable).filter(Reach::isFloating);
    }

    private static boolean isFloating(Value value) {
        return !value.isOmitted() && value.hasDataType() && value.dataType().isFloating();
    }

    private @Nullable String obstacle(String name, Tensor tensor) {
        Shape shape = tensor.shape();
        DataType wanted = output.dataType();
        if (tensor.dataType() != wanted) {
            return tensor.dataType() + ", not " + wanted + " as the output";
        }
        if (shape.rank() == 0 || tensor.elements() < 2) {
            return "a single number";
        }
        String cut = cutBy.get(name);
        if (cut != null) {
            return "behind " + cut + ", which has no gradient";
        }
        return reached.contains(name) ? null : "no gradient reaches it";
    }
}

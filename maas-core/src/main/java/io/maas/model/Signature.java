package io.maas.model;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Graph;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a model takes and gives: the names, types and shapes of its inputs and outputs, in order.
 *
 * <p>Immutable and thread-safe.
 *
 * @param rowsIndependent whether the answer to a row is the same whatever other rows stand in its batch; not so for models
 *     that choose a quantisation scale from the whole batch
 * @param padding along which axis requests of different sizes may stand in one batch, null where they may not
 */
public record Signature(
        List<TensorSpec> inputs,
        List<TensorSpec> outputs,
        boolean rowsIndependent,
        @Nullable LengthPadding padding) {
    /** The operators that take their scale from all the values they are given, of every row. */
    private static final Set<String> WHOLE_BATCH_SCALES =
            Set.of("DynamicQuantizeLinear", "DynamicQuantizeLSTM", "DynamicQuantizeMatMul");

    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** A signature of a model whose requests all have the sizes that they are batched by. */
    public Signature(List<TensorSpec> inputs, List<TensorSpec> outputs, boolean rowsIndependent) {
        this(inputs, outputs, rowsIndependent, null);
    }

    /** A signature of a model whose rows do not touch each other. */
    public Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
        this(inputs, outputs, true);
    }

    /**
     * With an axis along which requests of different sizes may stand in one batch.
     *
     * @throws IllegalArgumentException if the inputs and outputs do not have it, or requests cannot be stacked at all
     */
    public Signature withPadding(LengthPadding other) {
        other.check(this);
        return new Signature(inputs, outputs, rowsIndependent, other);
    }

    /** The signature of a graph. */
    public static Signature of(Graph graph) {
        boolean independent = graph.nodes().stream().noneMatch(node -> WHOLE_BATCH_SCALES.contains(node.opType()));
        return new Signature(specs(graph.inputs()), specs(graph.outputs()), independent);
    }

    private static List<TensorSpec> specs(List<Value> values) {
        return values.stream()
                .map(value -> new TensorSpec(value.name(), value.dataType(), value.hasShape() ? value.shape() : null))
                .toList();
    }

    /**
     * Whether requests can be stacked along the first axis and the answers cut apart again, each as if it had been alone: it is
     * stackable, and rows are independent.
     */
    public boolean isBatchable() {
        return rowsIndependent && isStackable();
    }

    /**
     * Whether requests can be stacked along the first axis and the answers cut apart again: the first axis of every input and output
     * is one and the same symbol. Where rows are not independent, answers then depend on the others in the batch.
     */
    public boolean isStackable() {
        return batchAxis() != null;
    }

    private @Nullable String batchAxis() {
        String axis = null;
        for (TensorSpec spec : Stream.concat(inputs.stream(), outputs.stream()).toList()) {
            Shape shape = spec.shape();
            String first = shape == null || shape.rank() == 0 ? null : shape.symbol(0);
            if (first == null || first.equals(Shape.UNKNOWN) || (axis != null && !axis.equals(first))) {
                return null;
            }
            axis = first;
        }
        return axis;
    }

    /**
     * Checks the tensors of a request.
     *
     * @param title what to call the model in messages, such as {@code iris:3}
     * @throws InvalidInputException if a tensor is missing, not asked for, or of another type
     * @throws ShapeMismatchException if a shape does not fit
     */
    public void check(String title, Tensors given) {
        @Nullable Map<String, Long> symbols = null;
        int found = 0;
        for (TensorSpec spec : inputs) {
            Tensor tensor = given.find(spec.name());
            if (tensor == null) {
                throw new InvalidInputException("input " + Require.quote(spec.name()) + " of model " + title
                        + " is missing: got " + quoted(given.names()) + ", expected " + spec);
            }
            found++;
            if (tensor.dataType() != spec.dataType()) {
                throw new InvalidInputException("input " + Require.quote(spec.name()) + " does not fit model " + title
                        + ": got " + tensor + ", expected " + spec + "; convert the values to "
                        + spec.dataType().name().toLowerCase(java.util.Locale.ROOT));
            }
            Shape shape = spec.shape();
            if (shape != null) {
                symbols = checkShape(title, spec, shape, tensor.shape(), symbols);
            }
            // Filled up beside longer ones it would be answered, alone it would not.
            if (padding != null
                    && padding.values().containsKey(spec.name())
                    && tensor.shape().size(padding.axis()) == 0) {
                throw mismatch(
                        title,
                        spec,
                        spec.shape(),
                        tensor.shape(),
                        "give at least one value along axis " + padding.axis());
            }
        }
        if (found != given.size()) {
            List<String> known = inputs.stream().map(TensorSpec::name).toList();
            List<String> extra =
                    given.names().stream().filter(name -> !known.contains(name)).toList();
            throw new InvalidInputException(
                    "input " + quoted(extra) + " is not one of model " + title + ": expected only " + known);
        }
    }

    /** The first few, as anybody may have sent any number of them. */
    private static String quoted(List<String> names) {
        String shown = names.stream().limit(8).map(Require::quote).collect(Collectors.joining(", ", "[", ""));
        return names.size() > 8 ? shown + " and " + (names.size() - 8) + " more]" : shown + "]";
    }

    private static @Nullable Map<String, Long> checkShape(
            String title, TensorSpec spec, Shape expected, Shape actual, @Nullable Map<String, Long> symbols) {
        if (!expected.accepts(actual)) {
            throw mismatch(title, spec, expected, actual, advice(expected, actual));
        }
        @Nullable Map<String, Long> bound = symbols;
        for (int i = 0; i < actual.rank(); i++) {
            String symbol = expected.symbol(i);
            if (symbol != null && !symbol.equals(Shape.UNKNOWN)) {
                bound = bound == null ? new HashMap<>() : bound;
                Long before = bound.putIfAbsent(symbol, actual.size(i));
                if (before != null && before != actual.size(i)) {
                    throw mismatch(
                            title,
                            spec,
                            expected,
                            actual,
                            "size " + symbol + " is " + before + " elsewhere in the request; make them equal");
                }
            }
        }
        return bound;
    }

    private static String advice(Shape expected, Shape actual) {
        if (expected.rank() == actual.rank() + 1 && expected.symbol(0) != null) {
            return "a single row needs the first axis too: reshape it to " + prepend(actual);
        }
        return expected.rank() == actual.rank()
                ? "change the sizes where the expected ones are numbers"
                : "give " + expected.rank() + " axes instead of " + actual.rank();
    }

    private static Shape prepend(Shape actual) {
        long[] sizes = new long[actual.rank() + 1];
        sizes[0] = 1;
        System.arraycopy(actual.toArray(), 0, sizes, 1, actual.rank());
        return Shape.of(sizes);
    }

    private static ShapeMismatchException mismatch(
            String title, TensorSpec spec, @Nullable Shape expected, Shape actual, String advice) {
        return new ShapeMismatchException(
                "input " + Require.quote(spec.name()) + " does not fit model " + title + ": got " + actual
                        + ", expected " + expected + "; " + advice,
                String.valueOf(expected),
                actual.toString());
    }
}

package io.maas.training.preprocessing;

import io.maas.error.GraphException;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A preprocessing with the statistics and vocabularies that it was fitted with. It is one function in two forms: {@link
 * #transform} computes it in Java, {@link #graph} writes it as a graph, and {@link #before} puts that in front of a model, which
 * then takes raw columns.
 *
 * <p>Immutable and thread-safe.
 */
public final class FittedPreprocessing {
    /** The output with the name of the most probable class; see {@link Target#withLabels}. */
    public static final String LABEL = "label";

    /** The output with the probability of each class; see {@link Target#withLabels}. */
    public static final String PROBABILITIES = "probabilities";

    static final String BATCH = "batch";
    static final int SAMPLE_ROWS = 8;

    private final List<RawColumn> columns;
    private final List<OutputGroup> outputs;
    private final @Nullable FittedTarget target;
    private final Tensors sample;
    private final String line;

    private FittedPreprocessing(
            List<RawColumn> columns,
            List<OutputGroup> outputs,
            @Nullable FittedTarget target,
            Tensors sample,
            String line) {
        this.columns = columns;
        this.outputs = outputs;
        this.target = target;
        this.sample = inputs(sample);
        this.line = line;
    }

    /** @param first some training rows, of which the columns that are read become the sample */
    static FittedPreprocessing of(List<Encoder> steps, @Nullable FittedTarget target, Tensors first, String line) {
        Map<String, RawColumn> columns = new LinkedHashMap<>();
        Map<String, List<Encoder>> outputs = new LinkedHashMap<>();
        for (Encoder step : steps) {
            step.columns().forEach(column -> columns.put(column.name(), column));
            outputs.computeIfAbsent(step.output(), name -> new ArrayList<>()).add(step);
        }
        if (target != null && columns.containsKey(target.column().name())) {
            throw Require.failure(
                    "target",
                    Require.quote(target.column().name()),
                    "a column that no step reads, as it is not known in service");
        }
        List<OutputGroup> groups = new ArrayList<>();
        outputs.forEach((name, group) -> groups.add(OutputGroup.of(name, group)));
        return new FittedPreprocessing(List.copyOf(columns.values()), groups, target, first, line);
    }

    /** The raw columns that it reads, in order: the inputs of a model behind it. */
    public List<String> columns() {
        return columns.stream().map(RawColumn::name).toList();
    }

    /** The names of what it gives, in order; the first is the features of a data set. */
    public List<String> outputs() {
        return outputs.stream().map(OutputGroup::name).toList();
    }

    /**
     * The names of an output's values, such as {@code age}, {@code sex=female} and {@code sold.month.sin}.
     *
     * @throws IllegalArgumentException if there is no such output
     */
    public List<String> features(String output) {
        return group(output).features();
    }

    /** The names of the first output's values. */
    public List<String> features() {
        return outputs.get(0).features();
    }

    private OutputGroup group(String name) {
        return outputs.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Require.failure("output", Require.quote(name), "one of " + outputs()));
    }

    /**
     * The places of a column of categories, {@code <missing>} and {@code <unknown>} among them: an embedding needs as many rows.
     *
     * @throws IllegalArgumentException if no step gives that column places
     */
    public List<String> categories(String column) {
        return outputs.stream()
                .flatMap(group -> group.steps().stream())
                .filter(CategoriesEncoder.class::isInstance)
                .flatMap(step -> ((CategoriesEncoder) step).vocabularies().stream())
                .filter(vocabulary -> vocabulary.column().name().equals(column))
                .map(vocabulary -> vocabulary.written().names())
                .findFirst()
                .orElseThrow(() -> Require.failure("column", Require.quote(column), "a column of categories"));
    }

    /** The target's classes in the order of their indices; empty if there is no target, or it is a number. */
    public List<String> classes() {
        return target == null ? List.of() : target.names();
    }

    /** The first {@value #SAMPLE_ROWS} training rows, raw: part of what a published model is checked with. */
    public Tensors sample() {
        return sample;
    }

    /**
     * Computes it in Java, target included. What it gives lies in mapped temporary files where it is large, so that memory does not
     * grow with the number of rows.
     *
     * @param rows raw columns; those that nothing reads may be there too
     * @return features, targets, and each further output as a column of its name
     * @throws InvalidInputException if a column is missing or of another type, or a cell is refused; the message names column and
     *     row
     * @throws IllegalStateException if there is no target
     * @throws java.io.UncheckedIOException if a temporary file cannot be written, because the disk is full for example
     */
    public Dataset apply(Table rows) {
        List<String> read = new ArrayList<>(columns());
        if (target != null) {
            read.add(target.column().name());
        }
        return apply(Portions.of(rows, read));
    }

    /** As {@link #apply(Table)}, for rows in memory, and for images. */
    public Dataset apply(Tensors rows) {
        return apply(Portions.of(rows));
    }

    Dataset apply(Portions rows) {
        FittedTarget predicted = target;
        if (predicted == null) {
            throw new IllegalStateException("target: none (expected: one to make a data set; use predicting(…))");
        }
        if (rows.rows() == 0) {
            throw new InvalidInputException("rows: 0 (expected: at least one)");
        }
        Dataset data = Writing.dataset(rows, outputs, predicted);
        return outputs.get(0).row().rank() == 1 ? data.withColumns(features()) : data;
    }

    /**
     * Computes it in Java.
     *
     * @param rows raw columns; those that nothing reads may be there too
     * @return each output by its name, {@code [rows, …]}
     * @throws InvalidInputException if a column is missing or of another type, a cell is refused, or an output takes more than 2 GiB;
     *     the message names column and row, or the output's size
     */
    public Tensors transform(Tensors rows) {
        return Writing.tensors(Portions.of(rows), outputs);
    }

    /**
     * Of some rows what a model behind this preprocessing takes: its columns, in its types. Whole numbers become float64 where the
     * training data had float64; other columns are left out.
     *
     * @throws InvalidInputException if a column is missing or of another type
     */
    public Tensors inputs(Tensors rows) {
        return Tensors.copyOf(columns.stream()
                .map(column -> new Tensors.Entry(column.name(), column.in(rows)))
                .toList());
    }

    /** The same as a graph: from the raw columns, {@code [batch]} each, to the outputs. */
    public Graph graph() {
        GraphBuilder b = new GraphBuilder("preprocessing");
        write(b).forEach(b::output);
        return b.build();
    }

    /** Declares the raw columns as inputs, and writes the outputs. */
    private Map<String, Value> write(GraphBuilder b) {
        Map<String, Value> raw = new LinkedHashMap<>();
        columns.forEach(column -> raw.put(column.name(), b.input(column.name(), column.dataType(), column.batch())));
        Map<String, Value> written = new LinkedHashMap<>();
        outputs.forEach(group -> written.put(group.name(), b.scope("preprocessing", () -> group.write(b, raw))));
        return written;
    }

    /**
     * A model that takes raw columns: this graph, and behind it the model. The first output goes to the model's first input, each
     * other one to the input of its name; inputs that are not among them stay inputs.
     *
     * @throws GraphException if an output does not fit its input, or a column has the name of one of the model's outputs
     * @throws InvalidInputException if the target's labels are wanted, and the model's first output has no score for each class or an
     *     output with the name of one of them is something else; see {@link Target#withLabels}
     */
    public Graph before(Graph model) {
        return beforeAnswering(answering(model));
    }

    boolean isLabelled() {
        return target != null && target.target().labelled();
    }

    /** The model with the target's labels, if they are wanted. */
    Graph answering(Graph model) {
        return target != null && isLabelled() ? Answers.behind(model, target) : model;
    }

    /** This graph, and behind it a model that has the labels already. */
    Graph beforeAnswering(Graph model) {
        GraphBuilder b = new GraphBuilder(model.name());
        Map<String, Value> given = new LinkedHashMap<>();
        write(b).forEach((name, value) ->
                given.put(given.isEmpty() ? model.inputs().get(0).name() : name, value));
        b.append(model, given).forEach((name, value) -> {
            if (columns().contains(name)) {
                throw new GraphException("column " + Require.quote(name)
                        + ": also the name of an output of the model (expected: different names); rename the column");
            }
            b.output(name, value);
        });
        return b.build();
    }

    /** The recipe in one line, for lineage. */
    public String line() {
        return line;
    }

    /** What becomes of each column, as a table for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (OutputGroup group : outputs) {
            String type = group.dataType() == DataType.INT64 ? "int64" : "float32";
            text.append(String.format(
                    "%s: %s%s%n", group.name(), type, new RawColumn("", group.dataType(), group.row()).batch()));
            for (Encoder step : group.steps()) {
                String read = String.join(
                        ", ", step.columns().stream().map(RawColumn::name).toList());
                text.append(String.format(
                        "  %-32s %-48s %d values%n",
                        read, step.line(), step.row().elements()));
            }
        }
        if (target != null) {
            text.append(String.format(
                    "target: %s, %s%n",
                    target.column().name(),
                    classes().isEmpty() ? "a number" : classes().size() + " classes"));
        }
        return text.toString();
    }
}

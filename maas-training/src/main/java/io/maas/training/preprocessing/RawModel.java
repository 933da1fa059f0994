package io.maas.training.preprocessing;

import com.google.common.collect.ImmutableMap;
import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.GraphException;
import io.maas.graph.Graph;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * A model with a preprocessing in front, as one graph: it takes raw columns.
 *
 * <p>Immutable and thread-safe; there is nothing to close.
 */
public final class RawModel {
    private final FittedPreprocessing fitted;
    private final Graph graph;
    private final Lineage lineage;
    private final GoldenSample golden;
    private final Backend backend;

    private RawModel(FittedPreprocessing fitted, Graph graph, Lineage lineage, GoldenSample golden, Backend backend) {
        this.fitted = fitted;
        this.graph = graph;
        this.lineage = lineage;
        this.golden = golden;
        this.backend = backend;
    }

    /** As {@link #of(FittedPreprocessing, Graph, Lineage, Backend)}, on the preferred backend of the class path. */
    public static RawModel of(FittedPreprocessing fitted, Graph model, Lineage lineage) {
        return of(fitted, model, lineage, Backends.load().preferred());
    }

    /**
     * Puts a preprocessing in front of any model, and makes sure of it: the rows of {@link FittedPreprocessing#sample} must get the
     * same answers from the whole as from the model behind the preprocessing in Java.
     *
     * @param model takes what the preprocessing gives, and nothing else; a network, or a classical model
     * @param lineage of the model; the recipe of the preprocessing is added to its settings
     * @throws GraphException if the two do not fit each other, or their answers differ
     * @throws io.maas.error.BackendException if the engine lacks an operator of the preprocessing
     */
    public static RawModel of(FittedPreprocessing fitted, Graph model, Lineage lineage, Backend backend) {
        Graph answering = fitted.answering(model);
        Graph joined = fitted.beforeAnswering(answering);
        if (model.inputs().size() != fitted.outputs().size()) {
            throw new GraphException("model of inputs "
                    + model.inputs().stream().map(Value::name).toList() + " behind a preprocessing of outputs "
                    + fitted.outputs() + " (expected: an output for each input)");
        }
        Tensors inJava = run(backend, answering, inputs(model, fitted.transform(fitted.sample())));
        Tensors whole = run(backend, joined, fitted.sample());
        GoldenSample golden = GoldenSample.of(fitted.sample(), inJava);
        requireNoSkew(inJava, whole, golden.tolerance());
        Lineage named = new Lineage(
                lineage.dataHash(),
                lineage.seed(),
                ImmutableMap.<String, String>builder()
                        .putAll(lineage.settings())
                        .put("preprocessing", fitted.line())
                        .buildKeepingLast(),
                lineage.metrics(),
                lineage.libraryVersion());
        return new RawModel(fitted, joined, named, golden, backend);
    }

    /** The first output goes to the first input, others go by name. */
    private static Tensors inputs(Graph model, Tensors outputs) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            String name =
                    i == 0 ? model.inputs().get(0).name() : outputs.entry(i).name();
            entries.add(new Tensors.Entry(name, outputs.entry(i).tensor()));
        }
        return Tensors.copyOf(entries);
    }

    private static Tensors run(Backend backend, Graph graph, Tensors inputs) {
        Signature.of(graph).check(graph.name(), inputs);
        try (Program program = backend.compile(graph, ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    private static void requireNoSkew(Tensors inJava, Tensors whole, double tolerance) {
        for (Tensors.Entry expected : inJava) {
            Tensor found = whole.get(expected.name());
            boolean same = found.dataType().isFloating()
                    ? difference(expected.tensor(), found) <= tolerance
                    : found.equals(expected.tensor());
            if (!same) {
                throw new GraphException(
                        "output " + expected.name() + ": the graph with its preprocessing differs from the model"
                                + " behind the preprocessing in Java (expected: a difference of at most " + tolerance
                                + "); the engine computes one of the operators otherwise");
            }
        }
    }

    private static double difference(Tensor expected, Tensor found) {
        double[] left = expected.toDoubleArray();
        double[] right = found.toDoubleArray();
        double largest = left.length == right.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < left.length && largest < Double.POSITIVE_INFINITY; i++) {
            if (Double.compare(left[i], right[i]) != 0) {
                double difference = Math.abs(left[i] - right[i]);
                largest = difference <= largest
                        ? largest
                        : Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
            }
        }
        return largest;
    }

    /** From raw columns to the model's outputs, for any number of rows. */
    public Graph graph() {
        return graph;
    }

    /** That of the model, with the preprocessing among its settings. */
    public Lineage lineage() {
        return lineage;
    }

    /**
     * Runs the whole once. Each call makes it ready anew, which costs some milliseconds: give many rows at once, or deploy the
     * artifact to answer requests.
     *
     * @param columns raw columns by name, {@code [rows]} each; those that nothing reads may be there too
     * @return the model's outputs, {@code [rows, …]} each
     * @throws io.maas.error.InvalidInputException if a column is missing or of another type, or a cell is refused
     */
    public Tensors predict(Tensors columns) {
        return run(backend, graph, fitted.inputs(columns));
    }

    /** As {@link #predict(Tensors)}, for all rows of a table. */
    public Tensors predict(Table rows) {
        return predict(rows.select(fitted.columns()).rows(0, rows.rows()));
    }

    /**
     * The whole as data, ready to be published: one ONNX model, its lineage, and a golden sample of raw rows. The sample holds the
     * first training rows as they are; publish it only where these may be seen. The names of the target's classes are with it where it
     * gives labels.
     */
    public Artifact toArtifact() {
        Artifact artifact = Artifact.of(graph).withLineage(lineage).withGolden(golden);
        return fitted.isLabelled() ? artifact.withLabels(fitted.classes()) : artifact;
    }
}

package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Mode;
import io.maas.training.metric.Measure;
import io.maas.training.metric.Metric;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.RawModel;
import java.util.List;
import java.util.Map;

/**
 * A trained network: its weights, how they came about, and the way to a version that can be served.
 *
 * <p>Immutable and thread-safe; there is nothing to close.
 */
public final class Trained {
    private static final int GOLDEN_ROWS = 8;

    private final Task task;
    private final Graph graph;
    private final Tensors weights;
    private final History history;
    private final Lineage lineage;
    private final Tensors sample;
    private final Backend backend;
    private final ProgramOptions options;

    /** @param data rows to take the golden sample from */
    Trained(
            Task task,
            Tensors weights,
            History history,
            Lineage lineage,
            Dataset data,
            Backend backend,
            ProgramOptions options) {
        this.task = task;
        this.graph = graph(task, weights);
        this.weights = weights;
        this.history = history;
        this.lineage = lineage;
        this.sample = task.inputsOf(data.rows(0, Math.min(GOLDEN_ROWS, data.rows())));
        this.backend = backend;
        this.options = options;
    }

    private static Graph graph(Task task, Tensors weights) {
        GraphBuilder builder = new GraphBuilder("network");
        Applied applied = task.network()
                .apply(
                        builder,
                        task.declare(builder),
                        Mode.INFERENCE,
                        parameter -> builder.constant(parameter.name(), weights.get(parameter.name())));
        applied.outputs().toMap().forEach(builder::output);
        return builder.build();
    }

    /** The network, written for inference, with its weights as constants: from inputs to outputs, for any number of rows. */
    public Graph graph() {
        return graph;
    }

    /** The weights by parameter name, such as {@code dense_1/weight}; running statistics and what was frozen behind them. */
    public Tensors weights() {
        return weights;
    }

    /** What each epoch came to. */
    public History history() {
        return history;
    }

    /** Measured with these weights after training: {@code train.loss}, {@code validation.accuracy} and so on. */
    public Map<String, Double> metrics() {
        return lineage.metrics();
    }

    /** What these weights were made of. */
    public Lineage lineage() {
        return lineage;
    }

    /**
     * Runs the network once, on the engine that trained it. Each call makes it ready anew, which costs some milliseconds: give
     * many rows at once, or deploy the artifact to answer requests.
     *
     * @param inputs the network's inputs, {@code [rows, …]} each
     * @return the network's outputs, {@code [rows, …]} each
     * @throws io.maas.error.InvalidInputException if the input does not fit the network
     */
    public Tensors predict(Tensors inputs) {
        Signature.of(graph).check("network", inputs);
        try (Program program = backend.compile(graph, ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    /**
     * Measures the network on rows of one's own, such as a test set that had no part in training.
     *
     * @param metrics what to measure beside loss and accuracy
     * @throws io.maas.error.InvalidInputException if the rows do not fit the network or the loss, or a metric cannot be taken of them
     */
    public Scores evaluate(Dataset rows, Metric... metrics) {
        List<Metric> all = List.of(metrics);
        List<Pending<Double>> pending = Pending.of(all);
        Scores scores = evaluate(rows, all, pending);
        return new Scores(scores.loss(), scores.accuracy(), Pending.values(all, pending));
    }

    /**
     * Takes a measure of the network on rows of one's own, such as a confusion matrix or the curve to choose a threshold from.
     *
     * @throws io.maas.error.InvalidInputException if the rows do not fit the network or the loss, or the measure cannot be taken of them
     */
    public <T> T measure(Dataset rows, Measure<T> measure) {
        Pending<T> pending = Pending.of(measure);
        Scores unused = evaluate(rows, List.of(measure), List.of(pending));
        return pending.value();
    }

    private Scores evaluate(Dataset rows, List<? extends Measure<?>> measures, List<? extends Pending<?>> pending) {
        Dataset fitting = task.fit(rows, task.forward("check", Mode.INFERENCE, 0), "data set");
        try (Evaluation evaluation = new Evaluation(task, measures, backend, options)) {
            return evaluation.of(weights, fitting, pending, Cancellation.none()).scores();
        }
    }

    /**
     * The model as data, ready to be published: the graph as ONNX, its lineage, and a golden sample of the first {@value
     * #GOLDEN_ROWS} rows of the validation set, or of the training set where there is none.
     */
    public Artifact toArtifact() {
        return Artifact.of(graph).withLineage(lineage).withGolden(GoldenSample.of(sample, predict(sample)));
    }

    /**
     * The network behind the preprocessing that its training data went through, as one model that takes raw columns. It is made sure
     * that the graph says what training saw: see {@link RawModel#of}.
     *
     * @throws io.maas.error.GraphException if the preprocessing does not give what the network takes
     */
    public RawModel withPreprocessing(FittedPreprocessing fitted) {
        return RawModel.of(fitted, graph, lineage, backend);
    }

    /**
     * The network as it takes a sequence piece by piece, with a cache of keys and values that the caller hands back: for
     * generation, one step an element. What its further inputs and outputs are says {@link
     * io.maas.training.layer.Network#applyDecoding}.
     *
     * @throws IllegalStateException if the network has several inputs, or keeps nothing from piece to piece
     * @throws io.maas.error.ShapeMismatchException if a layer needs the whole sequence, such as attention that is not causal
     */
    public Graph decoder() {
        return Decoder.of(task, weights, graph).graph();
    }

    /**
     * {@link #decoder} as data, ready to be published; as {@link #toArtifact} otherwise. Its golden sample are second halves of
     * sequences, with what the first halves leave.
     *
     * @throws IllegalStateException as {@link #decoder}, or if the halves are answered otherwise than as parts of the whole: a
     *     layer, such as a convolution, looks over several places and keeps nothing
     */
    public Artifact toDecoder() {
        Decoder decoder = Decoder.of(task, weights, graph);
        return Artifact.of(decoder.graph()).withLineage(lineage).withGolden(decoder.sample(sample, backend));
    }
}

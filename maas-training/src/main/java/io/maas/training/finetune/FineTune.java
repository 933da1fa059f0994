package io.maas.training.finetune;

import com.google.common.io.ByteSource;
import com.google.common.io.Files;
import io.maas.backend.Backend;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.onnx.OnnxReader;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import io.maas.train.Loss;
import io.maas.train.NamePattern;
import io.maas.train.Optimizer;
import io.maas.training.layer.Layer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of a fine-tuning: goes on training a finished ONNX model.
 *
 * <pre>{@code
 * FineTune recipe = FineTune.from(artifact)
 *         .output("last_hidden_state")
 *         .head(Heads.meanPooling("attention_mask"), Layers.dense(10))
 *         .freeze("*embeddings*");
 * try (Tuning tuning = recipe.start(Losses.softmaxCrossEntropy(), Optimizers.adam(5e-5))) {
 *     for (TuningBatch batch : batches) {
 *         tuning.step(batch);
 *     }
 *     registry.publish("topics", tuning.toArtifact());
 * }
 * }</pre>
 *
 * <p>What learns, unless said otherwise, is every constant that is of the output's floating-point type, has at least one axis and
 * two elements, and reaches the output through operators with a gradient; {@link #weights} lists them all. Patterns are globs, in
 * which {@code *} stands for any text, or regular expressions behind {@code regex:}. They match the name of a weight or of the
 * node that reads it, as a whole.
 *
 * <p>A builder; not thread-safe. What was started from it does not change with it.
 */
public final class FineTune {
    private final Graph model;
    private final @Nullable Artifact parent;
    private final Lineage.@Nullable Parent version;
    private @Nullable String output;
    private List<Layer> head = List.of();
    private String headName = "output";
    private List<Layer> lossHead = List.of();
    private final List<NamePattern> frozen = new ArrayList<>();
    private final List<NamePattern> only = new ArrayList<>();
    private final Map<NamePattern, Double> rates = new LinkedHashMap<>();
    private @Nullable Lora lora;
    private long memoryBudget = Long.MAX_VALUE;
    private UnaryOperator<Graph> pass = UnaryOperator.identity();
    private long seed;
    private @Nullable Backend backend;
    private ProgramOptions options = ProgramOptions.training();
    private final Map<String, String> notes = new LinkedHashMap<>();
    private @Nullable String dataHash;

    private FineTune(Graph model, @Nullable Artifact parent, Lineage.@Nullable Parent version) {
        this.model = model;
        this.parent = parent;
        this.version = version;
    }

    /** Goes on from a graph. */
    public static FineTune from(Graph model) {
        return new FineTune(model, null, null);
    }

    /**
     * Goes on from an ONNX model.
     *
     * @throws io.maas.error.ArtifactRejectedException if it is not a whole, safe ONNX model
     */
    public static FineTune from(ByteSource onnx) {
        return new FineTune(OnnxReader.read(onnx), null, null);
    }

    /** Goes on from the ONNX model in a file, as {@link #from(ByteSource)}. */
    public static FineTune from(Path onnx) {
        return from(Files.asByteSource(onnx.toFile()));
    }

    /** Goes on from an artifact; the result keeps its description, tags and further files, such as a tokenizer. */
    public static FineTune from(Artifact artifact) {
        return new FineTune(OnnxReader.read(artifact.model()), artifact, null);
    }

    /**
     * Goes on from a published version, as {@link #from(Artifact)}; the lineage of the result names it as parent.
     *
     * @param registry where it is
     */
    public static FineTune from(ModelRegistry registry, Version version) {
        Artifact artifact = registry.load(version);
        return new FineTune(OnnxReader.read(artifact.model()), artifact, version.asParent());
    }

    /**
     * What training looks at: an output, or any value inside, at which the model then ends. Without it, the first output.
     *
     * @throws io.maas.error.GraphException if there is no such value, with names that are near
     */
    public FineTune output(String name) {
        Plan.find(model, name);
        this.output = name;
        return this;
    }

    /**
     * Layers behind the output, which become part of the model: it then has one output, what the last layer gives. They always
     * learn; their parameters are named {@code head/…}.
     */
    public FineTune head(Layer... layers) {
        this.head = List.of(layers);
        return this;
    }

    /** The name of the output behind the head; {@code output} without it. */
    public FineTune named(String headOutput) {
        this.headName = Require.name(headOutput, "headOutput");
        return this;
    }

    /** Layers between the output and the loss that the resulting model does without; they must have no parameters. */
    public FineTune lossHead(Layer... layers) {
        this.lossHead = List.of(layers);
        return this;
    }

    /** Weights that do not learn. {@code freeze("*")} leaves the head alone to learn. */
    public FineTune freeze(String... patterns) {
        List.of(patterns).forEach(pattern -> frozen.add(NamePattern.of(pattern)));
        return this;
    }

    /** The weights that learn, less those that {@link #freeze} names; with {@link #lora} they learn besides the adapters. */
    public FineTune trainOnly(String... patterns) {
        List.of(patterns).forEach(pattern -> only.add(NamePattern.of(pattern)));
        return this;
    }

    /**
     * Another learning rate for some weights: that of the optimizer times a factor. The last pattern that matches counts; {@code
     * head/*} matches the head.
     *
     * @param factor {@code > 0}; freeze what is not to learn at all
     */
    public FineTune rate(String pattern, double factor) {
        rates.put(NamePattern.of(pattern), Require.positive(factor, "factor"));
        return this;
    }

    /** Adapters in place of the weights themselves, which are frozen. */
    public FineTune lora(Lora adapters) {
        this.lora = adapters;
        return this;
    }

    /** Refuses steps that are predicted to take more of the engine's memory than this. */
    public FineTune memoryBudget(long bytes) {
        this.memoryBudget = Require.positive(bytes, "bytes");
        return this;
    }

    /**
     * Changes the graph of the step before it is compiled, such as for computing activations again instead of keeping them; names
     * of inputs and outputs must stay. Several are applied one after the other.
     */
    public FineTune pass(UnaryOperator<Graph> rewriting) {
        UnaryOperator<Graph> before = pass;
        this.pass = graph -> rewriting.apply(before.apply(graph));
        return this;
    }

    /** The seed of the first values of the head and the adapters; 0 without it. */
    public FineTune withSeed(long other) {
        this.seed = other;
        return this;
    }

    /** The engine; without it the preferred one on the class path. */
    public FineTune withBackend(Backend other) {
        this.backend = other;
        return this;
    }

    /** How the engine runs a step; all cores without it. */
    public FineTune withOptions(ProgramOptions other) {
        this.options = other;
        return this;
    }

    /** A line for the lineage of the result, such as {@code corpus -> verbs of 1911}. */
    public FineTune note(String name, String text) {
        notes.put(name, text);
        return this;
    }

    /** The SHA-256 of the training data in hex, for the lineage of the result. */
    public FineTune dataHash(String sha256) {
        this.dataHash = sha256;
        return this;
    }

    /** All constants behind the chosen output, in the model's order, with whether and why each learns or does not. */
    public List<Weight> weights() {
        return plan().weights();
    }

    /** The floating-point ones of {@link #weights} with more than one element as a table for people, with how many elements learn. */
    public String summary() {
        return WeightTable.of(weights());
    }

    /**
     * Writes the training step and makes it ready.
     *
     * @return the fine-tuning, which the caller closes
     * @throws IllegalArgumentException if nothing is left to learn, a pattern matches nothing, a named weight cannot learn, the
     *     model has a fixed number of rows, or the memory budget cannot hold the weights
     * @throws io.maas.error.GraphException if an operator on the way has no gradient; the message names it
     * @throws io.maas.error.ShapeMismatchException if the head or the loss does not fit the output
     * @throws io.maas.error.BackendException if there is no engine, or it lacks an operator
     */
    public Tuning start(Loss loss, Optimizer optimizer) {
        return new Tuning(plan(), loss, optimizer);
    }

    private Plan plan() {
        String chosen = output == null ? model.outputs().get(0).name() : output;
        Plan.Choice choice = new Plan.Choice(
                List.copyOf(frozen), List.copyOf(only), new LinkedHashMap<>(rates), lora, head, headName, lossHead);
        Plan.Frame frame = new Plan.Frame(
                memoryBudget, pass, seed, backend, options, new LinkedHashMap<>(notes), dataHash, parent, version);
        return new Plan(model, chosen, choice, frame);
    }
}

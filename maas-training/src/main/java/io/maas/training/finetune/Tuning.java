package io.maas.training.finetune;

import com.google.common.hash.Hashing;
import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.model.Artifact;
import io.maas.model.Environment;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.Loss;
import io.maas.train.Optimizer;
import io.maas.training.layer.Mode;
import io.maas.training.loop.Objective;
import io.maas.training.loop.Scores;
import io.maas.training.loop.TrainingStep;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning under way: learns batch by batch, measures, and gives the model as it is now.
 *
 * <p>Not thread-safe. Who starts it closes it.
 */
public final class Tuning implements AutoCloseable {
    private static final int GOLDEN_ROWS = 2;

    private final Plan plan;
    private final Loss loss;
    private final Optimizer optimizer;
    private final Signature signature;
    private final List<Column> columns;
    private final long learning;
    private final TrainingStep step;
    private final StepSizes sizes;
    private final Map<String, Double> metrics = new LinkedHashMap<>();

    private @Nullable Program evaluation;
    private @Nullable Tensors sample;
    private long rows;
    private String batches = "";

    Tuning(Plan plan, Loss loss, Optimizer optimizer) {
        this.plan = plan;
        this.loss = loss;
        this.optimizer = optimizer;
        this.signature = Signature.of(plan.model());
        plan.requireFreeBatch();
        Objective objective = plan.objective(loss, Mode.TRAINING);
        this.columns = List.copyOf(objective.columns().values());
        this.learning = objective.parameters().values().stream()
                .mapToLong(Tensor::elements)
                .sum();
        this.sizes = new StepSizes(plan.frame().memoryBudget());
        this.step = TrainingStep.of(
                objective, optimizer, plan.frame().engine(), plan.frame().options(), (graph, carried) -> {
                    Graph finished = plan.frame().pass().apply(graph);
                    sizes.requireRoom(finished, carried);
                    return finished;
                });
    }

    /**
     * Learns from one batch.
     *
     * @return what was found out about the batch before the update
     * @throws InvalidInputException if the batch does not fit the model or the loss
     * @throws IllegalArgumentException if the step is predicted to need more than the memory budget; nothing was run
     * @throws io.maas.error.TrainingDivergedException if the loss or a new weight is not finite
     */
    public TrainingStep.Outcome step(TuningBatch batch) {
        return step(batch, false);
    }

    private TrainingStep.Outcome step(TuningBatch batch, boolean last) {
        Tensors inputs = inputs(batch);
        sizes.requireRoom(inputs);
        TrainingStep.Outcome outcome = step.step(inputs, batch.rows(), last);
        rows += batch.rows();
        batches = Hashing.sha256()
                .hashString(batches + inputs.hash() + last, StandardCharsets.US_ASCII)
                .toString();
        if (sample == null) {
            sample = sampleOf(batch.inputs());
        }
        return outcome;
    }

    /**
     * Learns from each batch once. Where the optimizer gathers several batches for an update, the last ends in one in any case.
     *
     * @return the means over all rows, each measured before the update of its batch
     */
    public Scores train(Iterable<TuningBatch> batches) {
        Sums sums = new Sums();
        for (Iterator<TuningBatch> left = batches.iterator(); left.hasNext(); ) {
            TuningBatch batch = left.next();
            sums.add(step(batch, !left.hasNext()), batch.rows());
        }
        return sums.scores();
    }

    /** Measures the model as it is now on rows that it does not learn from; the last such means go into the lineage. */
    public Scores evaluate(Iterable<TuningBatch> batches) {
        Program program = evaluation();
        Map<String, Tensor> learned = step.weights().toMap();
        Sums sums = new Sums();
        for (TuningBatch batch : batches) {
            Map<String, Tensor> all = new LinkedHashMap<>(learned);
            inputs(batch).forEach(entry -> all.put(entry.name(), entry.tensor()));
            Tensors outputs = program.run(Tensors.copyOf(all));
            sums.add(TrainingStep.Outcome.of(outputs), batch.rows());
        }
        Scores scores = sums.scores();
        metric("validation.loss", scores.loss());
        Double accuracy = scores.accuracy();
        if (accuracy != null) {
            metric("validation.accuracy", accuracy);
        }
        return scores;
    }

    private Program evaluation() {
        Program program = evaluation;
        if (program == null) {
            Objective objective = plan.objective(loss, Mode.INFERENCE);
            objective.builder().output(Objective.LOSS, objective.loss());
            if (objective.answers() != null) {
                objective.answers().show(objective.builder());
            }
            program = plan.frame()
                    .engine()
                    .compile(objective.builder().build(), plan.frame().options());
            evaluation = program;
        }
        return program;
    }

    /** Puts a figure of one's own into the lineage, such as {@code recall.at.1}. */
    public void metric(String name, double value) {
        metrics.put(name, value);
    }

    // ---- batches

    private Tensors inputs(TuningBatch batch) {
        signature.check("under fine-tuning", batch.inputs());
        Map<String, Tensor> all = batch.inputs().toMap();
        for (Column column : columns) {
            all.put(column.input().name(), column.fit(batch.find(column.name()), "batch", loss));
        }
        return Tensors.copyOf(all);
    }

    /** The means of several batches together. */
    private static final class Sums {
        private double lossSum;
        private double correct;
        private double answers;
        private long count;

        void add(TrainingStep.Outcome outcome, long rows) {
            lossSum += outcome.loss() * rows;
            correct += outcome.correct();
            answers += outcome.counted();
            count += rows;
        }

        Scores scores() {
            Require.that(count > 0, "batches", 0, "at least one");
            return new Scores(lossSum / count, answers == 0 ? null : correct / answers);
        }
    }

    // ---- facts

    /** The number of steps so far. */
    public long steps() {
        return step.steps();
    }

    /** The number of elements that learn. */
    public long learning() {
        return learning;
    }

    /** What learns, as it is now, by name, in memory of its own: weights of the model, {@code head/…} and {@code lora/…}. */
    public Tensors weights() {
        return step.weights();
    }

    /** What a step with inputs of these shapes is predicted to take of the engine's memory. */
    public StepMemory memory(TuningBatch batch) {
        return sizes.memory(inputs(batch));
    }

    // ---- the result

    /** The model as it is now. */
    public Graph graph() {
        return plan.result(step.weights());
    }

    /**
     * The model as it is now, ready to be published: as the next version of the model that it came from where it has no head. With
     * lineage, and a golden sample of the first two rows that it learned from. What the artifact it came from had beside its model,
     * such as a tokenizer, it has too.
     */
    public Artifact toArtifact() {
        Graph graph = graph();
        Artifact artifact = Artifact.of(graph).withLineage(lineage());
        Artifact parent = plan.frame().parent();
        if (parent != null) {
            artifact = artifact.withDescription(parent.manifest().description());
            for (Map.Entry<String, String> tag : parent.manifest().tags().entrySet()) {
                artifact = artifact.withTag(tag.getKey(), tag.getValue());
            }
            for (String path : parent.manifest().files().keySet()) {
                if (!path.equals(Artifact.MODEL_FILE) && !path.startsWith("test_data_set_")) {
                    artifact = artifact.withFile(path, parent.file(path));
                }
            }
        }
        return sample == null ? artifact : artifact.withGolden(GoldenSample.of(sample, run(graph, sample)));
    }

    private Tensors run(Graph graph, Tensors inputs) {
        try (Program program = plan.frame().engine().compile(graph, ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    /** The engine that it runs on. */
    public Backend backend() {
        return plan.frame().engine();
    }

    /**
     * Where the model as it is now comes from: the recipe, a hash over all batches so far in their order, what was measured, and the
     * version that it went on from.
     */
    public Lineage lineage() {
        Map<String, String> settings = plan.settings(learning);
        settings.put("loss", loss.name());
        settings.put("optimizer", optimizer.name());
        settings.put("steps", String.valueOf(step.steps()));
        settings.put("rows", String.valueOf(rows));
        Backend engine = backend();
        settings.put("backend", engine.name());
        settings.put("threads", String.valueOf(plan.frame().options().threads()));
        Map<String, Lineage.Data> data = new LinkedHashMap<>();
        String hash = plan.frame().dataHash();
        if (hash != null) {
            data.put(Lineage.TRAIN, new Lineage.Data(hash, 0, ""));
        }
        if (rows > 0) {
            data.put(Lineage.BATCHES, new Lineage.Data(batches, rows, ""));
        }
        return new Lineage(
                data,
                plan.frame().seed(),
                settings,
                metrics,
                Environment.current((engine.name() + " " + engine.version()).strip()),
                plan.frame().version(),
                weights().hash());
    }

    /** The first rows in memory of their own: a caller may use that of a batch again. */
    private static Tensors sampleOf(Tensors inputs) {
        Map<String, Tensor> few = new LinkedHashMap<>();
        for (Tensors.Entry entry : inputs) {
            Tensor tensor = entry.tensor();
            Tensor part = tensor.shape().rank() > 0
                    ? tensor.rows(0, Math.min(GOLDEN_ROWS, tensor.shape().size(0)))
                    : tensor;
            // Texts are Java's own already.
            boolean copies = tensor.dataType() != DataType.STRING;
            few.put(entry.name(), copies ? Tensor.copyOf(part.dataType(), part.shape(), part.bytes()) : part);
        }
        return Tensors.copyOf(few);
    }

    /** Frees the engine's memory. Idempotent. */
    @Override
    public void close() {
        step.close();
        Program program = evaluation;
        if (program != null) {
            program.close();
        }
    }
}

package io.maas.api.job;

import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.JobRequest;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.train.Loss;
import io.maas.train.Optimizer;
import io.maas.training.data.ColumnType;
import io.maas.training.layer.Layer;
import io.maas.training.metric.Metric;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Target;
import io.maas.training.preprocessing.Transformation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job's document, understood: all that it names was found, and fits its data set as far as that can be told without reading it.
 *
 * @param tune null to begin anew
 */
record Recipe(
        JobRequest request,
        SplitPlan split,
        Target target,
        List<Transformation> features,
        List<Layer> network,
        @Nullable TunePlan tune,
        Loss loss,
        Optimizer optimizer,
        List<Metric> metrics,
        Pace pace,
        JobBudget budget) {
    private static final int MAX_EPOCHS = 1_000_000;
    private static final int MAX_BATCH = 1 << 20;
    private static final Set<String> OUTPUTS =
            Set.of("output", FittedPreprocessing.LABEL, FittedPreprocessing.PROBABILITIES);

    /**
     * How long and in which portions.
     *
     * @param patience epochs without gain before training stops; 0 to run all
     * @param judge what gain is; null for the loss
     * @param checkpointSteps 0 for none between the ends of epochs
     */
    record Pace(
            int batchSize,
            int epochs,
            long seed,
            int patience,
            @Nullable Metric judge,
            long checkpointSteps,
            int checkpointEpochs) {}

    /**
     * Reads a job.
     *
     * @param most the bounds that the job may stay below
     * @throws InvalidInputException if it is none that can be run; the message names the member
     */
    static Recipe read(JobRequest request, DataSetInfo data, JobBudget most) {
        Map<String, ColumnType> columns = columns(data);
        boolean tuned = request.fineTune() != null;
        if (tuned == !request.network().isEmpty()) {
            throw new InvalidInputException("network: " + (tuned ? "given beside fine_tune" : "missing")
                    + " (expected: either a list of layers, or fine_tune)");
        }
        Target target = target(new Declared("target", request.target()), columns);
        List<Transformation> features = FeatureTable.read(request.features(), columns);
        requireFeatures(features, tuned, target);
        SplitPlan split = SplitPlan.read(request.split(), columns);
        if (tuned && !request.metrics().isEmpty()) {
            throw new InvalidInputException(
                    "metrics: given (expected: none for a fine-tuning, which measures loss and accuracy)");
        }
        return new Recipe(
                request,
                split,
                target,
                features,
                LayerTable.read("network", request.network()),
                request.fineTune() == null ? null : TunePlan.read(request.fineTune(), columns),
                LossTable.read(request.loss(), target.kind()),
                OptimizerTable.read(request.optimizer(), request.schedule()),
                MetricTable.read(request.metrics(), target.kind()),
                pace(request, target.kind(), split.validation() > 0, tuned),
                budget(request.budget(), most));
    }

    private static Map<String, ColumnType> columns(DataSetInfo data) {
        Map<String, ColumnType> columns = new LinkedHashMap<>();
        data.columns()
                .forEach(column -> columns.put(
                        column.name(), ColumnType.valueOf(column.type().toUpperCase(Locale.ROOT))));
        return columns;
    }

    private static void requireFeatures(List<Transformation> features, boolean tuned, Target target) {
        if (tuned == !features.isEmpty()) {
            throw new InvalidInputException("features: " + (tuned ? "given" : "missing")
                    + " (expected: "
                    + (tuned ? "none for a fine-tuning, which takes the inputs of its version" : "at least one")
                    + ")");
        }
        for (int i = 0; i < features.size(); i++) {
            for (String column : features.get(i).columns()) {
                String where = "features[" + i + "].columns: " + Require.quote(column);
                if (column.equals(target.column())) {
                    throw new InvalidInputException(where + " (expected: none that is the target)");
                }
                if (OUTPUTS.contains(column)) {
                    throw new InvalidInputException(
                            where + " (expected: no column with the name of an output, which are " + OUTPUTS + ")");
                }
            }
        }
    }

    private static Target target(Declared it, Map<String, ColumnType> columns) {
        String column = it.text("column");
        String type = it.choice("type", Map.of("classes", "classes", "binary", "binary", "number", "number"));
        boolean number = type.equals("number");
        FeatureTable.require(
                "target.column",
                column,
                columns,
                number ? List.of(ColumnType.NUMBER, ColumnType.INTEGER) : List.of(ColumnType.TEXT, ColumnType.INTEGER));
        Target target = switch (type) {
            case "number" -> Target.number(column);
            case "binary" -> Target.binary(column, it.text("positive"));
            default -> Target.classes(column);
        };
        boolean labelled = !number && it.is("labels", true);
        it.end();
        return labelled ? target.withLabels() : target;
    }

    private static Pace pace(JobRequest request, Target.Kind target, boolean validated, boolean tuned) {
        Integer batch = request.batchSize();
        Integer epochs = request.epochs();
        Long seed = request.seed();
        Declared stopping = Declared.orEmpty("early_stopping", request.earlyStopping());
        int patience = request.earlyStopping() == null ? 0 : stopping.count("patience", MAX_EPOCHS);
        Declared judge = stopping.objectOrNull("metric");
        Metric metric = judge == null ? null : MetricTable.read(judge, target);
        stopping.end();
        if (patience > 0 && !validated) {
            throw new InvalidInputException(
                    "early_stopping: given (expected: a split with a share for validation to judge epochs by)");
        }
        if (metric != null && tuned) {
            throw stopping.refusal("metric", "given", "none for a fine-tuning, which is judged by its loss");
        }
        Declared checkpoints = Declared.orEmpty("checkpoints", request.checkpoints());
        Pace pace = new Pace(
                (int) within("batch_size", batch == null ? 32 : batch, MAX_BATCH),
                (int) within("epochs", epochs == null ? 10 : epochs, MAX_EPOCHS),
                seed == null ? 0 : seed,
                patience,
                metric,
                checkpoints.has("every_steps") ? checkpoints.whole("every_steps", 1, 1L << 40) : 0,
                checkpoints.has("every_epochs") ? checkpoints.count("every_epochs", MAX_EPOCHS) : 1);
        checkpoints.end();
        return pace;
    }

    private static long within(String member, int value, int most) {
        if (value < 1 || value > most) {
            throw new InvalidInputException(
                    member + ": " + value + " (expected: a whole number from 1 to " + most + ")");
        }
        return value;
    }

    private static JobBudget budget(@Nullable Map<String, Object> declared, JobBudget most) {
        Declared it = Declared.orEmpty("budget", declared);
        double seconds = it.number("seconds", most.seconds());
        if (!(seconds > 0 && seconds <= most.seconds())) {
            throw it.refusal("seconds", seconds, "a number above 0, and at most " + most.seconds() + " on this server");
        }
        JobBudget budget = new JobBudget(
                seconds,
                it.whole("parameters", most.parameters(), 1, most.parameters()),
                it.whole("steps", most.steps(), 1, most.steps()),
                it.whole("checkpoint_bytes", most.checkpointBytes(), 1, most.checkpointBytes()),
                it.whole("memory_bytes", most.memoryBytes(), 1, most.memoryBytes()));
        it.end();
        return budget;
    }
}

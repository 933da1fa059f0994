package io.maas.training.trees;

import com.google.common.collect.ImmutableMap;
import io.maas.error.InvalidInputException;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One fit of {@link GradientBoosting}. */
final class BoostingFit {
    private final GradientBoosting settings;
    private final Truth truth;
    private final @Nullable Truth validation;
    private final Answers answers;
    private int rounds;

    private BoostingFit(GradientBoosting settings, TreeRows rows, @Nullable TreeRows held) {
        this.settings = settings;
        this.truth = Truth.of(rows);
        this.validation = held == null ? null : truth.ofValidation(held);
        this.answers = new Answers(truth.classes(), true, 1);
    }

    static TreeModel run(GradientBoosting settings, TreeRows rows, @Nullable TreeRows validation) {
        return new BoostingFit(settings, rows, validation).model();
    }

    private TreeModel model() {
        float base = base();
        Ensemble ensemble = ensemble(base);
        TreeRows rows = truth.rows();
        ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
        truth.measure(ensemble.of(rows.values(), rows.features()), answers, "train", metrics);
        if (validation != null) {
            double[] sums = ensemble.of(validation.rows().values(), rows.features());
            validation.measure(sums, answers, "validation", metrics);
        }
        Lineage lineage =
                new Lineage(rows.hash(), settings.seed(), made(), metrics.buildOrThrow(), LibraryVersion.current());
        return new TreeModel(ensemble, answers, rows, lineage);
    }

    /** What the first tree begins from. */
    private float base() {
        if (truth.classes() > 2) {
            return 0;
        }
        double mean = truth.mean();
        if (truth.classes() == 0) {
            return (float) mean;
        }
        if (mean <= 0 || mean >= 1) {
            throw new InvalidInputException("column weight: 0 for all rows of class " + (mean <= 0 ? 1 : 0)
                    + " (expected: a row of each class that counts); mend the weights");
        }
        return (float) Math.log(mean / (1 - mean));
    }

    private Ensemble ensemble(float base) {
        float[] bases = new float[answers.sums()];
        Arrays.fill(bases, base);
        TreeRows held = validation == null ? null : validation.rows();
        try (XgBoost training = XgBoost.start(parameters(base), truth.rows(), truth.values(), held)) {
            rounds = validation == null ? allRounds(training) : bestRound(training, validation);
            List<Tree> trees = training.trees().subList(0, rounds * bases.length);
            int[] sums = new int[trees.size()];
            Arrays.setAll(sums, t -> t % bases.length);
            return new Ensemble(List.copyOf(trees), sums, bases);
        }
    }

    private int allRounds(XgBoost training) {
        for (int i = 0; i < settings.rounds(); i++) {
            training.step();
        }
        return settings.rounds();
    }

    /** The round after which the loss on the validation set is lowest; the last one where there is no patience. */
    private int bestRound(XgBoost training, Truth held) {
        int best = 0;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 1; i <= settings.rounds(); i++) {
            training.step();
            if (settings.patience() == 0) {
                best = i;
                continue;
            }
            double loss = held.loss(flat(training.margins()));
            if (loss < lowest) {
                lowest = loss;
                best = i;
            }
            if (i - best >= settings.patience()) {
                break;
            }
        }
        return best;
    }

    private static double[] flat(float[][] margins) {
        double[] flat = new double[margins.length * margins[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = margins[i / margins[0].length][i % margins[0].length];
        }
        return flat;
    }

    private Map<String, Object> parameters(float base) {
        Map<String, Object> parameters = new HashMap<>();
        if (truth.classes() > 2) {
            parameters.put("objective", "multi:softprob");
            parameters.put("num_class", truth.classes());
        } else {
            // The logistic loss, with a base that is a score, not a probability.
            parameters.put("objective", truth.classes() == 2 ? "binary:logitraw" : "reg:squarederror");
        }
        parameters.put("base_score", base);
        parameters.put("tree_method", "hist");
        parameters.put("eta", settings.learningRate());
        parameters.put("max_depth", settings.maxDepth());
        parameters.put("lambda", settings.l2());
        parameters.put("min_child_weight", settings.minLeafWeight());
        parameters.put("subsample", settings.rowShare());
        parameters.put("colsample_bytree", settings.columnShare());
        parameters.put("seed", settings.seed());
        parameters.put("nthread", truth.rows().threads(settings.threads()));
        parameters.put("verbosity", 0);
        return parameters;
    }

    private Map<String, String> made() {
        return ImmutableMap.<String, String>builder()
                .put("model", "gradient-boosted trees")
                .put("library", XgBoost.version())
                .put("rounds", String.valueOf(rounds))
                .put("learningRate", String.valueOf(settings.learningRate()))
                .put("maxDepth", String.valueOf(settings.maxDepth()))
                .put("l2", String.valueOf(settings.l2()))
                .put("minLeafWeight", String.valueOf(settings.minLeafWeight()))
                .put("rowShare", String.valueOf(settings.rowShare()))
                .put("columnShare", String.valueOf(settings.columnShare()))
                .put("patience", String.valueOf(settings.patience()))
                .put("weighted", String.valueOf(settings.weighted()))
                .put("threads", String.valueOf(truth.rows().threads(settings.threads())))
                .putAll(truth.told())
                .buildOrThrow();
    }
}

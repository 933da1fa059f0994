package io.maas.training.trees;

import com.google.common.collect.ImmutableMap;
import io.maas.model.LibraryVersion;
import io.maas.model.Lineage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One fit of a {@link RandomForest}. */
final class ForestFit {
    private final RandomForest settings;
    private final Truth truth;
    private final Answers answers;
    private final List<Tree> trees = new ArrayList<>();

    private ForestFit(RandomForest settings, TreeRows rows) {
        this.settings = settings;
        this.truth = Truth.of(rows);
        this.answers = new Answers(truth.classes(), false, settings.trees());
    }

    static TreeModel run(RandomForest settings, TreeRows rows) {
        return new ForestFit(settings, rows).model();
    }

    private TreeModel model() {
        if (truth.classes() == 0) {
            grow(truth.values());
        } else if (truth.classes() == 2) {
            grow(truth.indicator(1));
        } else {
            for (int k = 0; k < truth.classes(); k++) {
                grow(truth.indicator(k));
            }
        }
        int[] sums = new int[trees.size()];
        Arrays.setAll(sums, t -> t / settings.trees());
        Ensemble ensemble = new Ensemble(List.copyOf(trees), sums, new float[answers.sums()]);
        TreeRows rows = truth.rows();
        ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
        truth.measure(ensemble.of(rows.values(), rows.features()), answers, "train", metrics);
        Lineage lineage =
                new Lineage(rows.hash(), settings.seed(), made(), metrics.buildOrThrow(), LibraryVersion.current());
        return new TreeModel(ensemble, answers, rows, lineage);
    }

    private void grow(float[] targets) {
        try (XgBoost training = XgBoost.start(parameters(), truth.rows(), targets, null)) {
            training.step();
            trees.addAll(training.trees());
        }
    }

    private Map<String, Object> parameters() {
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("objective", "reg:squarederror");
        parameters.put("base_score", 0);
        parameters.put("tree_method", "hist");
        parameters.put("num_parallel_tree", settings.trees());
        // Divided by their number, so that a leaf answers with the mean of its rows to the bit.
        parameters.put("eta", settings.trees());
        parameters.put("lambda", 0);
        parameters.put("max_depth", settings.maxDepth());
        parameters.put("min_child_weight", settings.minLeafRows());
        parameters.put("subsample", settings.rowShare());
        parameters.put("colsample_bynode", columnShare());
        parameters.put("seed", settings.seed());
        parameters.put("nthread", truth.rows().threads(settings.threads()));
        parameters.put("verbosity", 0);
        return parameters;
    }

    private double columnShare() {
        if (settings.columnShare() > 0) {
            return settings.columnShare();
        }
        return truth.classes() == 0 ? 1 / 3.0 : 1 / Math.sqrt(truth.rows().features());
    }

    private Map<String, String> made() {
        return ImmutableMap.<String, String>builder()
                .put("model", "random forest")
                .put("library", XgBoost.version())
                .put("trees", String.valueOf(settings.trees()))
                .put("maxDepth", String.valueOf(settings.maxDepth()))
                .put("minLeafRows", String.valueOf(settings.minLeafRows()))
                .put("rowShare", String.valueOf(settings.rowShare()))
                .put("columnShare", String.valueOf(columnShare()))
                .put("weighted", String.valueOf(settings.weighted()))
                .put("threads", String.valueOf(truth.rows().threads(settings.threads())))
                .putAll(truth.told())
                .buildOrThrow();
    }
}

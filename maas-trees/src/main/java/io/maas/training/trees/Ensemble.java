package io.maas.training.trees;

import com.google.common.primitives.Floats;
import com.google.common.primitives.Ints;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trees of which each adds to one of several sums.
 *
 * @param sums which one, a tree
 * @param base what each sum begins with
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Ensemble(List<Tree> trees, int[] sums, float[] base) {
    /** Row-major {@code [rows, sums]} of row-major {@code [rows, features]}. */
    double[] of(float[] rows, int features) {
        int count = rows.length / features;
        double[] values = new double[count * base.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = base[i % base.length];
        }
        for (int t = 0; t < sums.length; t++) {
            for (int i = 0; i < count; i++) {
                values[i * base.length + sums[t]] += trees.get(t).answer(rows, i * features);
            }
        }
        return values;
    }

    /** How much the splits at each feature lower the loss, as shares of 1; all 0 where there is no split. */
    double[] importance(int features) {
        double[] gains = new double[features];
        double sum = 0;
        for (Tree tree : trees) {
            for (int i = 0; i < tree.nodes(); i++) {
                if (tree.feature()[i] >= 0) {
                    gains[tree.feature()[i]] += tree.gain()[i];
                    sum += tree.gain()[i];
                }
            }
        }
        double whole = sum == 0 ? 1 : sum;
        Arrays.setAll(gains, j -> gains[j] / whole);
        return gains;
    }

    /**
     * The same in a graph.
     *
     * @param features float32 {@code [batch, features]}
     * @return float32 {@code [batch, sums]}
     * @see "ONNX, Operators-ml.md, TreeEnsembleRegressor, version 3"
     */
    Value write(GraphBuilder b, Value features) {
        Map<String, Object> attributes = new LinkedHashMap<>(new NodeLists(this).attributes());
        attributes.put("n_targets", base.length);
        attributes.put("base_values", Floats.asList(base));
        attributes.put("aggregate_function", "SUM");
        attributes.put("post_transform", "NONE");
        return b.foreign(
                "ai.onnx.ml",
                3,
                "TreeEnsembleRegressor",
                Attributes.copyOf(attributes),
                new GraphBuilder.Result(DataType.FLOAT32, Shape.symbolic("batch", base.length)),
                features);
    }

    /** The nodes of all trees one after the other, as the operator wants them. */
    private static final class NodeLists {
        private final List<Long> treeIds = new ArrayList<>();
        private final List<Long> nodeIds = new ArrayList<>();
        private final List<Long> featureIds = new ArrayList<>();
        private final List<Float> values = new ArrayList<>();
        private final List<String> modes = new ArrayList<>();
        private final List<Long> yes = new ArrayList<>();
        private final List<Long> no = new ArrayList<>();
        private final List<Long> missingYes = new ArrayList<>();
        private final List<Long> leafTrees = new ArrayList<>();
        private final List<Long> leafNodes = new ArrayList<>();
        private final List<Long> leafSums = new ArrayList<>();
        private final List<Float> leafValues = new ArrayList<>();

        NodeLists(Ensemble ensemble) {
            List<Integer> sums = Ints.asList(ensemble.sums());
            for (int t = 0; t < sums.size(); t++) {
                Tree tree = ensemble.trees().get(t);
                for (int i = 0; i < tree.nodes(); i++) {
                    addNode(tree, t, i);
                    if (tree.feature()[i] < 0) {
                        addLeaf(tree, t, i, sums.get(t));
                    }
                }
            }
        }

        private void addNode(Tree tree, long id, int node) {
            boolean leaf = tree.feature()[node] < 0;
            treeIds.add(id);
            nodeIds.add((long) node);
            featureIds.add(leaf ? 0L : tree.feature()[node]);
            values.add(leaf ? 0 : tree.value()[node]);
            // Below, not at most: XGBoost sends what equals the threshold to the other side.
            modes.add(leaf ? "LEAF" : "BRANCH_LT");
            yes.add((long) tree.yes()[node]);
            no.add((long) tree.no()[node]);
            missingYes.add(tree.missingYes()[node] ? 1L : 0L);
        }

        private void addLeaf(Tree tree, long id, long node, long sum) {
            leafTrees.add(id);
            leafNodes.add(node);
            leafSums.add(sum);
            leafValues.add(tree.value()[(int) node]);
        }

        Map<String, Object> attributes() {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("nodes_treeids", treeIds);
            all.put("nodes_nodeids", nodeIds);
            all.put("nodes_featureids", featureIds);
            all.put("nodes_values", values);
            all.put("nodes_modes", modes);
            all.put("nodes_truenodeids", yes);
            all.put("nodes_falsenodeids", no);
            all.put("nodes_missing_value_tracks_true", missingYes);
            all.put("target_treeids", leafTrees);
            all.put("target_nodeids", leafNodes);
            all.put("target_ids", leafSums);
            all.put("target_weights", leafValues);
            return all;
        }
    }
}

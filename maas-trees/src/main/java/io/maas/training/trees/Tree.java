package io.maas.training.trees;

import io.maas.error.BackendException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One tree; the root is node 0. A row goes to {@code yes} where its feature is below the threshold, or is missing and {@code
 * missingYes} says so, otherwise to {@code no}.
 *
 * @param feature of each node, -1 for a leaf
 * @param value the threshold of a node, the answer of a leaf
 * @param gain how much a node's split lowers the loss; 0 for a leaf
 */
@SuppressWarnings("ArrayRecordComponent") // A forest has millions of nodes.
record Tree(int[] feature, float[] value, int[] yes, int[] no, boolean[] missingYes, float[] gain) {
    private static final Pattern SPLIT =
            Pattern.compile("(\\d+):\\[f(\\d+)<([^\\]]+)\\] yes=(\\d+),no=(\\d+),missing=(\\d+),gain=([^,]+),cover=.*");
    private static final Pattern LEAF = Pattern.compile("(\\d+):leaf=([^,]+),cover=.*");

    private static Tree ofSize(int nodes) {
        return new Tree(
                new int[nodes], new float[nodes], new int[nodes], new int[nodes], new boolean[nodes], new float[nodes]);
    }

    /**
     * Reads what XGBoost writes of a tree as text, a line a node, with statistics. Nine digits: each float32 comes back as it was.
     *
     * @throws BackendException if a line is none of the kinds that are known
     */
    static Tree parse(String text) {
        List<Matcher> lines = new ArrayList<>();
        Map<String, Integer> places = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            String node = line.strip();
            if (!node.isEmpty()) {
                Matcher matcher = match(node);
                places.put(matcher.group(1), lines.size());
                lines.add(matcher);
            }
        }
        Tree tree = ofSize(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            tree.set(i, lines.get(i), places);
        }
        return tree;
    }

    private static Matcher match(String line) {
        Matcher split = SPLIT.matcher(line);
        Matcher leaf = LEAF.matcher(line);
        if (split.matches()) {
            return split;
        }
        if (leaf.matches()) {
            return leaf;
        }
        throw new BackendException(
                XgBoost.NAME,
                "a tree's line is of a kind that is not known here: " + line
                        + "; use the version of XGBoost that this module asks for",
                null);
    }

    private void set(int node, Matcher line, Map<String, Integer> places) {
        if (line.groupCount() == 2) {
            feature[node] = -1;
            value[node] = number(line.group(2));
            return;
        }
        feature[node] = Integer.parseInt(line.group(2));
        value[node] = number(line.group(3));
        yes[node] = places.getOrDefault(line.group(4), 0);
        no[node] = places.getOrDefault(line.group(5), 0);
        missingYes[node] = line.group(6).equals(line.group(4));
        gain[node] = number(line.group(7));
    }

    /** Infinities, which part what is missing from what is there, are spelled as C does. */
    private static float number(String text) {
        return switch (text) {
            case "inf" -> Float.POSITIVE_INFINITY;
            case "-inf" -> Float.NEGATIVE_INFINITY;
            default -> Float.parseFloat(text);
        };
    }

    int nodes() {
        return feature.length;
    }

    /** The answer for the row whose features stand in {@code rows} from {@code from} on. */
    float answer(float[] rows, int from) {
        int node = 0;
        while (feature[node] >= 0) {
            float given = rows[from + feature[node]];
            boolean towardsYes = Float.isNaN(given) ? missingYes[node] : given < value[node];
            node = towardsYes ? yes[node] : no[node];
        }
        return value[node];
    }
}

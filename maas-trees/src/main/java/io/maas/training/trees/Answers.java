package io.maas.training.trees;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the sums of an ensemble stand for.
 *
 * @param classes how many, 0 for a number
 * @param boosted whether sums are scores before a softmax; otherwise trees vote, each with the shares of the classes among the rows
 *     of a leaf
 * @param trees how many votes there are for each sum
 */
record Answers(int classes, boolean boosted, int trees) {
    /** So much of a vote goes to every class, so that there is always one. */
    private static final double TINY = 1e-12;

    /** How many sums there are; of two classes one tells the other. */
    int sums() {
        return classes <= 2 ? 1 : classes;
    }

    // ---- in Java

    Tensors of(double[] sums, DataType type) {
        int rows = sums.length / sums();
        if (classes == 0) {
            return Tensors.of(TreeModel.PREDICTION, Tensor.of(type, numbers(sums), Shape.of(rows, 1)));
        }
        double[] scores = scores(sums);
        Shape shape = Shape.of(rows, classes);
        List<Tensors.Entry> entries = new ArrayList<>();
        entries.add(new Tensors.Entry(TreeModel.LABEL, Tensor.of(labels(scores))));
        entries.add(new Tensors.Entry(TreeModel.PROBABILITIES, Tensor.of(type, probabilities(scores), shape)));
        if (boosted) {
            entries.add(new Tensors.Entry(TreeModel.SCORES, Tensor.of(type, scores, shape)));
        }
        return Tensors.copyOf(entries);
    }

    double[] numbers(double[] sums) {
        return Arrays.stream(sums).map(sum -> boosted ? sum : sum / trees).toArray();
    }

    long[] labels(double[] scores) {
        long[] labels = new long[scores.length / classes];
        Arrays.setAll(labels, i -> best(scores, i));
        return labels;
    }

    /** For each class a score before the softmax, or votes. */
    double[] scores(double[] sums) {
        if (classes != 2) {
            return sums;
        }
        double[] both = new double[2 * sums.length];
        for (int i = 0; i < sums.length; i++) {
            both[2 * i] = boosted ? 0 : trees - sums[i];
            both[2 * i + 1] = sums[i];
        }
        return both;
    }

    private int best(double[] scores, int row) {
        int best = 0;
        for (int k = 1; k < classes; k++) {
            best = scores[row * classes + k] > scores[row * classes + best] ? k : best;
        }
        return best;
    }

    private double[] probabilities(double[] scores) {
        double[] shares = new double[scores.length];
        for (int i = 0; i < scores.length; i += classes) {
            double highest = scores[i + best(scores, i / classes)];
            double sum = 0;
            for (int k = i; k < i + classes; k++) {
                shares[k] = boosted ? Math.exp(scores[k] - highest) : scores[k] + TINY;
                sum += shares[k];
            }
            for (int k = i; k < i + classes; k++) {
                shares[k] /= sum;
            }
        }
        return shares;
    }

    /** Of which rows the most probable class leads by more than rounding may change. */
    boolean[] clear(double[] sums) {
        boolean[] clear = new boolean[sums.length / sums()];
        Arrays.fill(clear, true);
        double[] shares = classes == 0 ? new double[0] : probabilities(scores(sums));
        for (int i = 0; i < shares.length; i++) {
            int best = i / classes * classes + best(shares, i / classes);
            clear[i / classes] &= i == best || shares[best] - shares[i] > 1e-4;
        }
        return clear;
    }

    // ---- in a graph

    /** Names the outputs; what is asked is of {@code type}, the sums are float32. */
    void write(GraphBuilder b, Value sums, DataType type) {
        if (classes == 0) {
            Value mean = boosted ? sums : b.div(sums, b.scalar(trees, sums));
            b.output(TreeModel.PREDICTION, b.cast(mean, type));
            return;
        }
        Value scores = classes == 2 ? both(b, sums) : sums;
        b.output(TreeModel.LABEL, b.argMax(scores, 1));
        Value shares = boosted ? b.softmax(scores, 1) : shares(b, scores);
        b.output(TreeModel.PROBABILITIES, b.cast(shares, type));
        if (boosted) {
            b.output(TreeModel.SCORES, b.cast(scores, type));
        }
    }

    private Value both(GraphBuilder b, Value sums) {
        Value signs = b.constant(Tensor.of(new float[] {boosted ? 0 : -1, 1}, 1, 2));
        Value whole = b.constant(Tensor.of(new float[] {boosted ? 0 : trees, 0}, 1, 2));
        return b.add(b.mul(sums, signs), whole);
    }

    private Value shares(GraphBuilder b, Value votes) {
        Value some = b.add(votes, b.scalar(TINY, votes));
        return b.div(some, b.node(Op.REDUCE_SUM, Attributes.of("keepdims", 1), some, b.longs(1)));
    }
}

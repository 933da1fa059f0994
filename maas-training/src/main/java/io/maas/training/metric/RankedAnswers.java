package io.maas.training.metric;

import java.util.Arrays;

/** Scores of one question with the true answers, kept until all are there, because ranks need them all. */
final class RankedAnswers {
    private double[] scores = new double[256];
    private double[] weights = {};
    private boolean[] actual = new boolean[256];
    private int count;

    void add(double score, boolean yes, double weight) {
        if (count == scores.length) {
            int larger = Math.addExact(count, count >> 1);
            scores = Arrays.copyOf(scores, larger);
            actual = Arrays.copyOf(actual, larger);
            weights = weights.length == 0 ? weights : Arrays.copyOf(weights, larger);
        }
        if (weight != 1 && weights.length == 0) {
            weights = new double[scores.length];
            Arrays.fill(weights, 1);
        }
        scores[count] = score;
        actual[count] = yes;
        if (weights.length > 0) {
            weights[count] = weight;
        }
        count++;
    }

    int count() {
        return count;
    }

    double score(int i) {
        return scores[i];
    }

    boolean actual(int i) {
        return actual[i];
    }

    double weight(int i) {
        return weights.length == 0 ? 1 : weights[i];
    }

    /** The answers' places from the highest score to the lowest; equal scores in the order in which they came. */
    int[] falling() {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        int[] spare = new int[count];
        for (long width = 1; width < count; width *= 2) {
            for (long from = 0; from < count; from += 2 * width) {
                merge(order, (int) from, end(from + width), end(from + 2 * width), spare);
            }
            int[] sorted = spare;
            spare = order;
            order = sorted;
        }
        return order;
    }

    private int end(long at) {
        return (int) Math.min(at, count);
    }

    private void merge(int[] order, int from, int middle, int to, int[] into) {
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            boolean fromLeft = right >= to || (left < middle && scores[order[left]] >= scores[order[right]]);
            into[i] = order[fromLeft ? left++ : right++];
        }
    }
}

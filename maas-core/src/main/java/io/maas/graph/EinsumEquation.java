package io.maas.graph;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What the operator Einsum is told to compute: a label for each axis of each input, and for each axis of the output. Axes of one
 * label run together, and labels that the output lacks are summed over.
 *
 * <p>A letter's label is its code. The axes that an ellipsis stands for have the labels -1 for the last of them, -2 for the one
 * before, and so on: so those of different inputs broadcast as numpy's do.
 *
 * <p>Thread-safe: immutable.
 *
 * @see "ONNX operator specification, Einsum, https://onnx.ai/onnx/operators/onnx__Einsum.html"
 */
public final class EinsumEquation {
    private static final Pattern TERM = Pattern.compile("[A-Za-z]*(\\.\\.\\.)?[A-Za-z]*");
    private static final String DOTS = "...";
    private static final String ARROW = "->";

    private final String text;
    private final List<List<Integer>> inputs = new ArrayList<>();
    private final List<Integer> output;

    private EinsumEquation(String text, int[] ranks) {
        this.text = text;
        String plain = text.replace(" ", "");
        int arrow = plain.indexOf(ARROW);
        String[] terms = (arrow < 0 ? plain : plain.substring(0, arrow)).split(",", -1);
        Require.that(terms.length == ranks.length, "equation", text, ranks.length + " terms, one for each input");
        for (int i = 0; i < ranks.length; i++) {
            inputs.add(labels(terms[i], ranks[i], "rank " + ranks[i] + " of input " + i));
        }
        for (List<Integer> input : inputs) {
            int axes = broadcastAxes(input);
            boolean fits = axes == 0 || axes == broadcastAxes();
            Require.that(fits, "equation", text, "ellipses that stand for equally many axes");
        }
        this.output = List.copyOf(arrow < 0 ? implicit() : explicit(plain.substring(arrow + ARROW.length())));
    }

    /**
     * Reads an equation such as {@code ij,jk->ik}.
     *
     * @param ranks the number of axes of each input
     * @throws IllegalArgumentException if it is malformed, or does not fit the inputs
     */
    public static EinsumEquation parse(String text, int... ranks) {
        return new EinsumEquation(text, ranks);
    }

    /** The equation of a node whose inputs have shapes. */
    static EinsumEquation of(Node node) {
        int[] ranks = node.inputs().stream().mapToInt(Value::rank).toArray();
        return parse(node.attributes().string("equation", ""), ranks);
    }

    /** The labels of an input's axes; one may occur twice, which takes a diagonal. */
    public List<Integer> input(int index) {
        return inputs.get(index);
    }

    /** The labels of the output's axes, each once. */
    public List<Integer> output() {
        return output;
    }

    private List<Integer> labels(String term, int rank, String fit) {
        Require.that(TERM.matcher(term).matches(), "equation", text, "terms of letters with one ellipsis at most");
        int dots = term.indexOf(DOTS);
        String letters = term.replace(DOTS, "");
        Require.that(
                dots < 0 ? letters.length() == rank : letters.length() <= rank,
                "equation",
                text,
                "a term that fits " + fit + ", not " + term);
        List<Integer> labels = new ArrayList<>();
        letters.chars().forEach(labels::add);
        if (dots >= 0) {
            labels.addAll(dots, dotted(rank - letters.length()));
        }
        return List.copyOf(labels);
    }

    private static List<Integer> dotted(int count) {
        return IntStream.range(-count, 0).boxed().toList();
    }

    /** The number of axes that the ellipses of the inputs stand for. */
    private int broadcastAxes() {
        return inputs.stream().mapToInt(EinsumEquation::broadcastAxes).max().orElse(0);
    }

    private static int broadcastAxes(List<Integer> labels) {
        return -labels.stream().reduce(0, Math::min);
    }

    /** What an ellipsis stands for, then the letters that occur once, by alphabet. */
    private List<Integer> implicit() {
        TreeMap<Integer, Integer> counts = new TreeMap<>();
        inputs.forEach(labels -> labels.forEach(label -> counts.merge(label, 1, Integer::sum)));
        List<Integer> labels = new ArrayList<>(dotted(broadcastAxes()));
        counts.forEach((label, count) -> {
            if (label > 0 && count == 1) {
                labels.add(label);
            }
        });
        return labels;
    }

    private List<Integer> explicit(String term) {
        int axes = broadcastAxes();
        boolean dots = term.contains(DOTS);
        Require.that(dots || axes == 0, "equation", text, "an ellipsis after the arrow too");
        int rank = dots ? term.length() - DOTS.length() + axes : term.length();
        List<Integer> labels = labels(term, rank, "the output");
        for (int label : labels) {
            Require.that(
                    inputs.stream().anyMatch(input -> input.contains(label)) && once(labels, label),
                    "equation",
                    text,
                    "after the arrow, letters of the inputs, each once");
        }
        return labels;
    }

    /** Whether a label occurs once in a list. */
    static boolean once(List<Integer> labels, int label) {
        return labels.indexOf(label) == labels.lastIndexOf(label);
    }

    /** Some letters as a term. */
    static String term(List<Integer> labels) {
        StringBuilder term = new StringBuilder();
        labels.forEach(label -> term.append((char) label.intValue()));
        return term.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}

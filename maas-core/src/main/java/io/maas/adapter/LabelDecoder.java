package io.maas.adapter;

import com.google.common.collect.ImmutableMap;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/** From scores of classes to labels. One score is that of the second of two classes. */
final class LabelDecoder implements Function<Tensors, List<Label>> {
    private static final String PROBABILITIES = "probabilities";

    /** What the scores are. */
    private enum Scores {
        SOFTMAX,
        SIGMOID,
        PROBABILITIES
    }

    private final List<String> names;
    private final String output;
    private final Scores scores;

    private LabelDecoder(List<String> names, String output, Scores scores) {
        this.names = names;
        this.output = output;
        this.scores = scores;
    }

    static Optional<LabelDecoder> find(Artifact artifact) {
        List<String> names = artifact.labels();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        AdapterTags tags = new AdapterTags(artifact, "labels", Set.of("output", "scores"));
        return output(artifact, tags).map(spec -> of(names, tags, spec));
    }

    private static Optional<TensorSpec> output(Artifact artifact, AdapterTags tags) {
        List<TensorSpec> fitting = artifact.signature().outputs().stream()
                .filter(LabelDecoder::holdsScores)
                .toList();
        String wanted = tags.find("output");
        Optional<TensorSpec> named = fitting.stream()
                .filter(spec -> spec.name().equals(wanted == null ? PROBABILITIES : wanted))
                .findFirst();
        if (wanted == null) {
            return named.or(() -> fitting.stream().findFirst());
        }
        if (named.isEmpty()) {
            throw tags.failure("output", "one of the outputs with a score a class, " + fitting);
        }
        return named;
    }

    private static boolean holdsScores(TensorSpec spec) {
        Shape shape = spec.shape();
        return spec.dataType().isFloating() && shape != null && (shape.rank() == 1 || shape.rank() == 2);
    }

    private static LabelDecoder of(List<String> names, AdapterTags tags, TensorSpec spec) {
        Shape shape = java.util.Objects.requireNonNull(spec.shape());
        long columns = shape.rank() == 1 ? 1 : shape.symbol(1) == null ? shape.size(1) : names.size();
        boolean binary = columns == 1 && names.size() == 2;
        if (columns != names.size() && !binary) {
            throw new ArtifactRejectedException(Artifact.LABELS_FILE + ": " + names.size() + " names (expected: "
                    + columns + ", one a score of output " + spec + ", or two for a single score); publish it with the"
                    + " names in the order of the scores");
        }
        Scores usual =
                spec.name().equals(PROBABILITIES) ? Scores.PROBABILITIES : binary ? Scores.SIGMOID : Scores.SOFTMAX;
        Scores scores = tags.choice("scores", usual);
        if (binary && scores == Scores.SOFTMAX) {
            throw tags.failure("scores", "sigmoid or probabilities for a single score, " + spec);
        }
        return new LabelDecoder(names, spec.name(), scores);
    }

    @Override
    public List<Label> apply(Tensors outputs) {
        Tensor tensor = outputs.get(output);
        IntToDoubleFunction values = tensor.asDoubles();
        int rows = Math.toIntExact(tensor.shape().size(0));
        int columns = Math.toIntExact(tensor.elements() / Math.max(1, rows));
        if (rows > 0 && columns != names.size() && !(columns == 1 && names.size() == 2)) {
            throw new IllegalArgumentException("output " + output + ": " + tensor + " (expected: " + names.size()
                    + " scores a row, one a name in " + Artifact.LABELS_FILE + ")");
        }
        List<Label> labels = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            labels.add(label(probabilities(values, row * columns, columns)));
        }
        return labels;
    }

    private double[] probabilities(IntToDoubleFunction values, int from, int columns) {
        double[] all = new double[columns];
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < columns; i++) {
            all[i] = values.applyAsDouble(from + i);
            largest = Math.max(largest, all[i]);
        }
        double sum = 0;
        for (int i = 0; i < columns; i++) {
            switch (scores) {
                case SOFTMAX -> {
                    all[i] = Math.exp(all[i] - largest);
                    sum += all[i];
                }
                case SIGMOID -> all[i] = 1 / (1 + Math.exp(-all[i]));
                case PROBABILITIES -> {}
            }
        }
        for (int i = 0; scores == Scores.SOFTMAX && i < columns; i++) {
            all[i] /= sum;
        }
        return columns < names.size() ? new double[] {1 - all[0], all[0]} : all;
    }

    private Label label(double[] probabilities) {
        ImmutableMap.Builder<String, Double> all = ImmutableMap.builderWithExpectedSize(probabilities.length);
        int best = 0;
        for (int i = 0; i < probabilities.length; i++) {
            all.put(names.get(i), probabilities[i]);
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return new Label(names.get(best), probabilities[best], all.buildOrThrow());
    }
}

package io.maas.training.metric;

import io.maas.error.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The area under a curve, for one question or averaged over classes, each against the rest, or over labels. */
final class AreaFigure implements Measure.Running<Double> {
    private final Average average;
    private final ToDoubleFunction<ThresholdCurve> area;
    private final List<RankedAnswers> questions = new ArrayList<>();
    private final List<double[]> support = new ArrayList<>();
    private Portion.@Nullable Kind kind;

    AreaFigure(Average average, ToDoubleFunction<ThresholdCurve> area) {
        this.average = average;
        this.area = area;
    }

    @Override
    public void add(Portion portion) {
        kind = portion.kind();
        boolean several = kind == Portion.Kind.LABELS || (kind == Portion.Kind.CLASSES && average != Average.BINARY);
        if (average == Average.BINARY && (kind == Portion.Kind.LABELS || portion.width() > 2)) {
            throw new InvalidInputException("average: BINARY for " + portion.width()
                    + (kind == Portion.Kind.LABELS ? " labels" : " classes")
                    + " (expected: two classes); choose MACRO, MICRO or WEIGHTED");
        }
        if (several && kind == Portion.Kind.CLASSES) {
            portion.classes((scores, actual, weight) -> {
                if (!portion.probabilities()) {
                    Likelihood.softmax(scores);
                }
                for (int c = 0; c < scores.length; c++) {
                    add(c, scores[c], c == actual, weight);
                }
            });
        } else {
            portion.answers(this::add);
        }
    }

    private void add(int label, double score, boolean actual, double weight) {
        while (questions.size() <= label) {
            questions.add(new RankedAnswers());
            support.add(new double[1]);
        }
        support.get(label)[0] += actual ? weight : 0;
        questions.get(average == Average.MICRO ? 0 : label).add(score, actual, weight);
    }

    @Override
    public Double value() {
        Mean.requireSome("area", questions.size());
        int count = average == Average.MICRO ? 1 : questions.size();
        double sum = 0;
        double weights = 0;
        for (int c = 0; c < count; c++) {
            double weight = average == Average.WEIGHTED ? support.get(c)[0] : 1;
            sum += weight * of(c, count);
            weights += weight;
        }
        return sum / weights;
    }

    private double of(int c, int count) {
        try {
            return area.applyAsDouble(ThresholdCurve.of(questions.get(c), true));
        } catch (InvalidInputException e) {
            throw count == 1
                    ? e
                    : new InvalidInputException(
                            (kind == Portion.Kind.LABELS ? "label " : "class ") + c + ": " + e.getMessage(), e);
        }
    }
}

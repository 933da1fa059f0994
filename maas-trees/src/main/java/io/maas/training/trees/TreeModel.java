package io.maas.training.trees;

import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.classical.Examples;
import io.maas.training.classical.Fitted;

/**
 * Trees, as {@link GradientBoosting} and {@link RandomForest} fit them. Missing features are NaN.
 *
 * <p>Outputs where targets were class indices: {@value #LABEL}, int64 {@code [batch]}, the most probable class, the lowest of several;
 * {@value #PROBABILITIES}, {@code [batch, classes]}; of boosted trees also {@value #SCORES}, their logarithms up to a constant. Where
 * targets were numbers: {@value #PREDICTION}, {@code [batch, 1]}. All but labels are of the features' type; trees compute in
 * float32.
 *
 * <p>Metrics: {@code train.loss} (cross-entropy in nats; not of a forest) and {@code train.accuracy}, or {@code train.rmse} and {@code
 * train.r2} (unless the targets are all the same), each row by its weight; and {@code validation.…} where boosting saw a validation
 * set.
 *
 * <p>Immutable and thread-safe; needs no native library.
 */
public final class TreeModel implements Fitted {
    /** The name of the output that holds the most probable class. */
    public static final String LABEL = "label";

    /** The name of the output that holds what is likely how much. */
    public static final String PROBABILITIES = "probabilities";

    /** The name of the output that holds the scores of boosted trees. */
    public static final String SCORES = "scores";

    /** The name of the output where targets are numbers. */
    public static final String PREDICTION = "prediction";

    private final Ensemble ensemble;
    private final Answers answers;
    private final int features;
    private final Graph graph;
    private final Lineage lineage;
    private final Tensor sample;

    TreeModel(Ensemble ensemble, Answers answers, TreeRows rows, Lineage lineage) {
        this.ensemble = ensemble;
        this.answers = answers;
        this.features = rows.features();
        this.lineage = lineage;
        this.graph = graph(rows.given().dataType());
        this.sample = Examples.sample(rows.given(), this::clear);
    }

    private Graph graph(DataType type) {
        GraphBuilder b = new GraphBuilder("trees");
        Value asked = b.input(FEATURES, type, Shape.symbolic("batch", features));
        answers.write(b, ensemble.write(b, b.cast(asked, DataType.FLOAT32)), type);
        return b.build();
    }

    private boolean[] clear(double[] rows) {
        float[] values = new float[rows.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i];
        }
        return answers.clear(ensemble.of(values, features));
    }

    /** How many trees there are; for three classes or more, one for each class counts as one each. */
    public int trees() {
        return ensemble.sums().length;
    }

    /**
     * How much the splits at each feature lower the loss of the training data, as shares of 1, float64 {@code [features]}; all 0 where
     * there is no split.
     */
    public Tensor importance() {
        return Tensor.of(ensemble.importance(features));
    }

    @Override
    public Graph graph() {
        return graph;
    }

    /**
     * {@inheritDoc}
     *
     * @throws io.maas.error.InvalidInputException also if a feature is infinite
     */
    @Override
    public Tensors predict(Tensor asked) {
        Signature.of(graph).check(graph.name(), Tensors.of(FEATURES, asked));
        return answers.of(ensemble.of(TreeRows.values(asked), features), asked.dataType());
    }

    @Override
    public Lineage lineage() {
        return lineage;
    }

    @Override
    public Tensor sample() {
        return sample;
    }
}

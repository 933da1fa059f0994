package io.maas.training.classical;

import io.maas.graph.Graph;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Map;

/**
 * A fitted model: what was learnt, how it came about, and the way to a version that can be served. Its one input is {@value
 * #FEATURES}, {@code [batch, features]}, of the type of the features that it learnt from.
 *
 * <p>Implementations are immutable and thread-safe; there is nothing to close.
 */
public interface Fitted {
    /** The name of the graph's one input. */
    String FEATURES = "features";

    /** The model for engines: from {@value #FEATURES} to its outputs, for any number of rows. */
    Graph graph();

    /**
     * Answers in Java, without an engine; the graph's answers differ from these by rounding alone.
     *
     * @param features {@code [rows, features]}, of the type of the graph's input
     * @return the graph's outputs, {@code [rows, …]} each
     * @throws io.maas.error.InvalidInputException if the features do not fit the model
     */
    Tensors predict(Tensor features);

    /** What the model was made of. */
    Lineage lineage();

    /** The rows of the training data that the golden sample asks: the first whose answer does not hang on rounding. */
    Tensor sample();

    /** Measured on the training data after fitting, such as {@code train.accuracy}. */
    default Map<String, Double> metrics() {
        return lineage().metrics();
    }

    /** The model as data, ready to be published: the graph as ONNX, its lineage, and a golden sample. */
    default Artifact toArtifact() {
        GoldenSample golden = GoldenSample.of(Tensors.of(FEATURES, sample()), predict(sample()));
        return Artifact.of(graph()).withLineage(lineage()).withGolden(golden);
    }
}

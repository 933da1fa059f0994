package io.maas.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares gradients with differences of the function itself, in double precision. */
public final class CentralDifferences {
    private static final double STEP = 1e-5;

    private CentralDifferences() {}

    /**
     * Checks the gradient of every element.
     *
     * @param builder holds the way from inputs to {@code loss}, and no output yet
     * @param inputs all inputs of the graph; the float64 ones are checked
     */
    public static void check(GraphBuilder builder, Value loss, List<Value> values, Map<String, Tensor> inputs) {
        builder.output("loss", loss);
        List<Value> gradients = Gradients.of(builder, loss, values);
        for (int i = 0; i < values.size(); i++) {
            builder.output("gradient_" + i, gradients.get(i));
        }
        Graph graph = builder.build();
        for (int i = 0; i < values.size(); i++) {
            double[] found = Graphs.run(graph, inputs).get("gradient_" + i).toDoubleArray();
            String name = values.get(i).name();
            for (int j = 0; j < found.length; j++) {
                double difference = (at(graph, inputs, name, j, STEP) - at(graph, inputs, name, j, -STEP)) / (2 * STEP);
                assertThat(found[j])
                        .as("derivative with respect to %s[%d]", name, j)
                        .isCloseTo(difference, within(1e-7 * (1 + Math.abs(difference))));
            }
        }
    }

    private static double at(Graph graph, Map<String, Tensor> inputs, String name, int element, double by) {
        Map<String, Tensor> moved = new HashMap<>(inputs);
        Tensor tensor = Objects.requireNonNull(inputs.get(name), name);
        double[] values = tensor.toDoubleArray();
        values[element] += by;
        moved.put(name, Tensor.of(DataType.FLOAT64, values, tensor.shape()));
        return Graphs.run(graph, moved).get("loss").item();
    }
}

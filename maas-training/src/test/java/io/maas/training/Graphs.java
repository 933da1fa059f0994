package io.maas.training;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Graph;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs graphs in plain Java. */
public final class Graphs {
    private Graphs() {}

    public static Tensors run(Graph graph, Map<String, Tensor> inputs) {
        try (Program program = new ReferenceBackend().compile(graph, ProgramOptions.serving())) {
            return program.run(Tensors.copyOf(inputs));
        }
    }

    /** Values between -2 and 2, none of them within 0.05 of 0, where rectifiers have their kink. */
    public static Tensor random(long seed, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextBoolean() ? 1 : -1) * (0.05 + 1.95 * random.nextDouble());
        }
        return Tensor.of(DataType.FLOAT64, values, Shape.of(shape));
    }
}

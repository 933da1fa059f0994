package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.training.CentralDifferences;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/**
 * A loss with a float64 prediction and the columns that it reads, ready to be run.
 *
 * @param columns by name; those that the loss does not ask for are left alone
 */
record LossCase(Loss loss, Tensor prediction, Map<String, Tensor> columns) {
    static LossCase of(Loss loss, Tensor prediction, Tensor target) {
        return new LossCase(loss, prediction, Map.of("target", target));
    }

    static LossCase of(Loss loss, Tensor prediction) {
        return new LossCase(loss, prediction, Map.of());
    }

    LossCase with(String column, Tensor values) {
        Map<String, Tensor> all = new LinkedHashMap<>(columns);
        all.put(column, values);
        return new LossCase(loss, prediction, all);
    }

    /** Numbers between {@code low} and {@code high}. */
    static Tensor uniform(long seed, double low, double high, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        return filled(unused -> low + (high - low) * random.nextDouble(), shape);
    }

    /** Whole numbers from 0 up to {@code bound}. */
    static Tensor classes(long seed, int bound, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] values = new long[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bound);
        }
        return Tensor.of(values, shape);
    }

    /** Zeros and ones. */
    static Tensor bits(long seed, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        return filled(unused -> random.nextInt(2), shape);
    }

    /** Positive numbers that sum to 1 along the last axis. */
    static Tensor distribution(long seed, long... shape) {
        double[] values = uniform(seed, 0.05, 1, shape).toDoubleArray();
        int classes = (int) shape[shape.length - 1];
        for (int i = 0; i < values.length; i += classes) {
            double sum = 0;
            for (int j = 0; j < classes; j++) {
                sum += values[i + j];
            }
            for (int j = 0; j < classes; j++) {
                values[i + j] /= sum;
            }
        }
        return Tensor.of(values, shape);
    }

    private static Tensor filled(DoubleUnaryOperator rule, long... shape) {
        double[] values = new double[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = rule.applyAsDouble(i);
        }
        return Tensor.of(values, shape);
    }

    /** Whether all are 0 or -0. */
    static boolean isZero(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == 0);
    }

    /** The graph up to the loss, and what fills its inputs. */
    private final class Written {
        final GraphBuilder builder = new GraphBuilder("loss");
        final Value x;
        final Value value;
        final Map<String, Tensor> inputs = new LinkedHashMap<>();

        Written(DataType type) {
            Tensor given = as(type, prediction);
            x = builder.input("x", type, given.shape().with(0, "batch"));
            LossScope scope = new LossScope(builder, Map.of("x", x), List.of());
            value = loss.apply(scope);
            assertThat(value.dataType()).isEqualTo(type);
            inputs.put("x", given);
            scope.columns()
                    .forEach((name, column) -> inputs.put(
                            column.input().name(),
                            column.fit(as(type, Objects.requireNonNull(columns.get(name), name)), "test", loss)));
        }
    }

    private static Tensor as(DataType type, Tensor tensor) {
        return tensor.dataType() == DataType.FLOAT64 && type != DataType.FLOAT64
                ? Tensor.of(type, tensor.toDoubleArray(), tensor.shape())
                : tensor;
    }

    /** The loss, and its gradient with respect to the prediction. */
    Tensors run(Backend backend, DataType type) {
        Written written = new Written(type);
        written.builder.output("loss", written.value);
        if (written.value.rank() == 0) {
            written.builder.output(
                    "gradient",
                    Gradients.of(written.builder, written.value, List.of(written.x))
                            .get(0));
        }
        try (Program program = backend.compile(written.builder.build(), ProgramOptions.serving())) {
            return program.run(Tensors.copyOf(written.inputs));
        }
    }

    Tensors run(DataType type) {
        return run(new ReferenceBackend(), type);
    }

    double value() {
        return run(DataType.FLOAT64).get("loss").item();
    }

    /** In float64 and float32, and with a finite gradient in both. */
    void isCloseTo(double expected) {
        isCloseTo(expected, DataType.FLOAT64, 1e-12);
        isCloseTo(expected, DataType.FLOAT32, 1e-5);
    }

    private void isCloseTo(double expected, DataType type, double tolerance) {
        Tensors found = run(type);
        assertThat(found.get("loss").item())
                .as("%s in %s of %s", loss.name(), type, prediction)
                .isCloseTo(expected, within(tolerance * (1 + Math.abs(expected))));
        for (double each : found.get("gradient").toDoubleArray()) {
            assertThat(each).as("gradient of %s in %s", loss.name(), type).isFinite();
        }
    }

    void gradientIsThatOfDifferences() {
        Written written = new Written(DataType.FLOAT64);
        CentralDifferences.check(written.builder, written.value, List.of(written.x), written.inputs);
    }

    @Override
    public String toString() {
        return loss.name() + " of " + prediction.shape();
    }
}

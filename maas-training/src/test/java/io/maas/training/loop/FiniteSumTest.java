package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.tck.ReferenceBackend;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiniteSumTest {
    private static final List<Shape> SHAPES =
            List.of(Shape.of(3, 5), Shape.of(5), Shape.scalar(), Shape.of(2, 3, 4), Shape.of(4, 1), Shape.of(1, 4));

    private static List<double[]> values() {
        SplittableRandom random = new SplittableRandom(5);
        return SHAPES.stream()
                .map(shape -> random.doubles(shape.elements(), -1, 1).toArray())
                .toList();
    }

    private static double sum(List<Shape> shapes, List<double[]> values, DataType type) {
        GraphBuilder builder = new GraphBuilder("check");
        List<Value> inputs = new ArrayList<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < shapes.size(); i++) {
            inputs.add(builder.input("v" + i, type, shapes.get(i)));
            tensors.put("v" + i, Tensor.of(type, values.get(i), shapes.get(i)));
        }
        builder.output("sum", FiniteSum.of(builder, inputs));
        try (Program program = new ReferenceBackend().compile(builder.build(), ProgramOptions.serving())) {
            return program.run(Tensors.copyOf(tensors)).get("sum").item();
        }
    }

    @Test
    void isTheSumOfAll() {
        double expected = values().stream().flatMapToDouble(Arrays::stream).sum();

        assertThat(sum(SHAPES, values(), DataType.FLOAT64)).isCloseTo(expected, within(1e-12));
        assertThat(sum(SHAPES, values(), DataType.FLOAT32)).isCloseTo(expected, within(1e-5));
    }

    @Test
    void ofOneValueIsItsSum() {
        assertThat(sum(List.of(Shape.of(2, 2)), List.of(new double[] {1, 2, 3, 4}), DataType.FLOAT64))
                .isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void oneNumberThatIsNotFiniteShowsWhereverItStands(double odd) {
        for (int i = 0; i < SHAPES.size(); i++) {
            for (int at = 0; at < SHAPES.get(i).elements(); at++) {
                List<double[]> values = values();
                values.get(i)[at] = odd;

                assertThat(sum(SHAPES, values, DataType.FLOAT32))
                        .as("%s at %s of %s", odd, at, SHAPES.get(i))
                        .matches(found -> !Double.isFinite(found));
            }
        }
    }
}

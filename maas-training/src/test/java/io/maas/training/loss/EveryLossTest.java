package io.maas.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.backend.Backend;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for all losses. */
class EveryLossTest {
    private static Stream<LossCase> usual() {
        return Cases.all(2);
    }

    private static Stream<LossCase> extreme() {
        return Cases.all(100);
    }

    @ParameterizedTest
    @MethodSource("usual")
    void gradientsAreThoseOfDifferences(LossCase each) {
        each.gradientIsThatOfDifferences();
    }

    @ParameterizedTest
    @MethodSource("extreme")
    void largeScoresLeaveValueAndGradientFinite(LossCase each) {
        // What float64 finds is the truth here; the tests of each loss hold it against the formula.
        each.isCloseTo(each.value());
    }

    @ParameterizedTest
    @MethodSource({"usual", "extreme"})
    void onnxRuntimeFindsTheSame(LossCase each) {
        Backend runtime = new OnnxRuntimeBackend();
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            double tolerance = type == DataType.FLOAT32 ? 2e-5 : 1e-10;
            Tensors expected = each.run(type);
            Tensors found = each.run(runtime, type);
            for (String name : expected.names()) {
                double[] wanted = expected.get(name).toDoubleArray();
                double[] got = found.get(name).toDoubleArray();
                assertThat(got).hasSameSizeAs(wanted);
                for (int i = 0; i < got.length; i++) {
                    assertThat(got[i])
                            .as("%s[%d] of %s in %s", name, i, each, type)
                            .isCloseTo(wanted[i], within(tolerance * (1 + Math.abs(wanted[i]))));
                }
            }
        }
    }
}

package io.maas.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossScopeTest {
    private record Named(String name) implements Loss {
        @Override
        public Value apply(LossScope scope) {
            return scope.prediction();
        }
    }

    private static final Loss LOSS = new Named("example");

    private static LossScope scope(Object... sizes) {
        GraphBuilder b = new GraphBuilder("scope");
        Value y = b.input("y", DataType.FLOAT32, Shape.symbolic(sizes));
        return new LossScope(b, Map.of("y", y), List.of());
    }

    private static Column column(LossScope scope, String name) {
        return Objects.requireNonNull(scope.columns().get(name), name);
    }

    @Test
    void aColumnIsOneInputHoweverOftenItIsAskedFor() {
        LossScope scope = scope("batch", 3);
        Value target = scope.target();

        assertThat(scope.target(0, 1)).isEqualTo(target);
        assertThat(scope.on("y").target()).isNotEqualTo(target);
        assertThat(target).isEqualTo(new Value("training/target", DataType.FLOAT32, Shape.symbolic("batch", 3)));
        assertThat(scope.columns().keySet()).containsExactly("target", "y/target");
        assertThat(column(scope, "y/target").input().name()).isEqualTo("training/y/target");
    }

    @Test
    void whatTwoLossesAllowIsWhatBothDo() {
        LossScope scope = scope("batch");
        scope.target(0, 10);
        scope.target(-5, 5);
        Column column = column(scope, "target");

        assertThat(column.fit(Tensor.of(new float[] {0, 5}), "set", LOSS).elements())
                .isEqualTo(2);
        assertThatThrownBy(() -> column.fit(Tensor.of(new float[] {1, 6}), "set", LOSS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the set, row 1: 6.0 (expected: 0.0 <= target <= 5.0); correct the values");
        assertThatThrownBy(() -> column.fit(Tensor.of(new float[] {-1}), "set", LOSS))
                .hasMessageStartingWith("target of the set, row 0: -1.0");
        assertThatThrownBy(() -> column.fit(Tensor.of(new float[] {Float.NaN}), "set", LOSS))
                .hasMessageStartingWith("target of the set, row 0: NaN");
    }

    @Test
    void classesLieAlongTheLastAxis() {
        LossScope scope = scope("batch", "length", 4);
        Value classes = scope.classes(LOSS, -1L);
        Column column = column(scope, "target");

        assertThat(classes.shape()).isEqualTo(Shape.symbolic("batch", "length"));
        assertThat(column.namesClasses()).isTrue();
        assertThat(column.ignored()).isEqualTo(-1);
        assertThatThrownBy(() -> column.fit(Tensor.of(new long[] {0, 1, 2, 4, 0, 0}, 3, 2), "set", LOSS))
                .hasMessage("target of the set, row 1: 4 (expected: 0 <= target <= 3, or -1 where it does not count);"
                        + " give the network one output for each class, and number classes from 0");
        assertThatThrownBy(() -> scope("batch", "classes").classes(LOSS, null))
                .isInstanceOf(ShapeMismatchException.class)
                .hasMessage(
                        "example does not fit the network's output: got [batch, classes], expected [batch, classes] with"
                                + " fixed classes;"
                                + " end the network with one output a class");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[batch]         | [5]          | [5]",
                "[batch]         | [5, 1]       | [5]",
                "[batch, 1]      | [5]          | [5, 1]",
                "[batch, 1]      | [5, 1, 1]    | [5, 1]",
                "[batch, 6]      | [5, 1, 6]    | [5, 6]",
                "[batch, 2, 3]   | [5, 2, 1, 3] | [5, 2, 3]",
                "[batch, time]   | [5, 7, 1]    | [5, 7]",
                "[batch, time, 1]| [5, 7]       | [5, 7, 1]",
                "[batch, time, 1]| [5, 1]       | [5, 1, 1]",
                "[batch, 1, 4]   | [5, 4]       | [5, 1, 4]",
                "[batch, 2]      | [5]          |",
                "[batch, 2]      | [5, 3]       |",
                "[batch]         | [5, 2]       |",
                "[batch, 6]      | [5, 2, 3]    |",
                "[batch, time]   | [5]          |",
                "[batch, 2]      | []           |",
            })
    void axesOfSizeOneCarryNoMeaning(String wanted, String given, String fitted) {
        LossScope scope = scope("batch");
        scope.input(new TensorSpec("extra", DataType.FLOAT32, Shape.parse(wanted)));
        Column column = column(scope, "extra");
        Tensor tensor = Tensor.zeros(DataType.FLOAT32, Shape.parse(given));

        if (fitted != null) {
            assertThat(column.fit(tensor, "set", LOSS).shape()).isEqualTo(Shape.parse(fitted));
        } else {
            assertThatThrownBy(() -> column.fit(tensor, "set", LOSS))
                    .isInstanceOf(ShapeMismatchException.class)
                    .hasMessage("extra of the set does not fit loss \"example\": got float32" + Shape.parse(given)
                            + ", expected float32" + wanted.strip()
                            + "; reshape it, or change the network's last layer");
        }
    }

    @Test
    void wrongTypesAndMissingColumnsAreNamed() {
        LossScope scope = scope("batch", 3);
        scope.target();
        Column column = column(scope, "target");

        assertThatThrownBy(() -> column.fit(Tensor.of(new long[3], 1, 3), "set", LOSS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the set does not fit loss \"example\": got int64[1, 3], expected"
                        + " float32[batch, 3]; convert the values");
        assertThatThrownBy(() -> column.fit(null, "set", LOSS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of the set: none (expected: float32[batch, 3], which the loss reads); add a column"
                        + " \"target\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.input(new TensorSpec("scalar", DataType.FLOAT32, Shape.scalar())))
                .withMessage("column \"scalar\": scalar: float32[] (expected: rows first, such as [batch])");
    }
}

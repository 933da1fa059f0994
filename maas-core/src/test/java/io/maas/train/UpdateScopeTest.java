package io.maas.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UpdateScopeTest {
    private final GraphBuilder builder = new GraphBuilder("update");
    private final UpdateScope scope = new UpdateScope(
            builder,
            List.of(learned("a", 1, Shape.of(2, 3)), learned("b", 0.5, Shape.of(4))),
            List.of(builder.input("c", DataType.FLOAT32, Shape.of(2))),
            3);

    private UpdateScope.Learned learned(String name, double rate, Shape shape) {
        Value value = builder.input(name, DataType.FLOAT32, shape);
        Value gradient = builder.input(name + "'", DataType.FLOAT32, shape);
        return new UpdateScope.Learned(value, gradient, Tensor.zeros(DataType.FLOAT32, shape), rate);
    }

    private double number(String name, long step) {
        return Objects.requireNonNull(scope.numbers().get("training/scalar/" + name))
                .applyAsDouble(Progress.at(step));
    }

    private static List<String> names(List<Value> values) {
        return values.stream().map(Value::name).toList();
    }

    @Test
    void tellsWhatThereIs() {
        assertThat(names(scope.parameters())).containsExactly("a", "b");
        assertThat(names(scope.gradients())).containsExactly("a'", "b'");
        assertThat(names(scope.resting())).containsExactly("c");
        assertThat(scope.batches()).isEqualTo(3);
        assertThat(names(scope.part(value -> value.rank() == 1).gradients())).containsExactly("b'");
    }

    @Test
    void aNumberIsOneForAllParametersOfOneOptimizer() {
        List<Value> asked = new ArrayList<>();
        scope.forEach(each -> asked.add(each.number("epsilon", progress -> 2.0 * progress.step())));
        scope.forEach(each -> asked.add(each.number("epsilon", progress -> 7)));

        assertThat(asked.get(0)).isSameAs(asked.get(1));
        assertThat(asked.get(2)).isSameAs(asked.get(3)).isNotEqualTo(asked.get(0));
        assertThat(number("epsilon", 3)).isEqualTo(6);
        assertThat(number("epsilon_2", 3)).isEqualTo(7);
        assertThat(asked.get(0).dataType()).isEqualTo(DataType.FLOAT32);
        assertThat(asked.get(0).rank()).isZero();
    }

    @Test
    void ratesAreMultipliedAndNumbersAreNot() {
        UpdateScope scaled = scope.scaled(progress -> progress.step()).scaled(progress -> 10);
        scaled.forEach(each -> {
            each.rate(progress -> 0.25);
            each.number("other", progress -> 0.25);
        });

        assertThat(number("rate", 4)).isEqualTo(10);
        assertThat(number("rate*0.5", 4)).isEqualTo(5);
        assertThat(number("other", 4)).isEqualTo(0.25);
    }

    @Test
    void whoMovesWithoutARateIsKnown() {
        scope.part(value -> value.name().equals("a")).forEach(each -> each.moveTo(each.gradient()));
        scope.part(value -> value.name().equals("b")).forEach(each -> each.rate(progress -> 1));
        assertThat(scope.withoutRate()).containsExactly("a");
        scope.forEach(each -> each.rate(progress -> 1));
        assertThat(scope.withoutRate()).isEmpty();
    }

    @Test
    void stateIsOfAnyShapeAndFirstValue() {
        Tensor first = Tensor.of(new long[] {3, 4});
        scope.forEach(each -> {
            each.keep("moment", builder.neg(each.state("moment")));
            each.keep("rows", builder.neg(each.state("rows", Shape.of(2))));
            each.keep("counts", each.state("counts", first));
        });
        scope.part(value -> value.name().equals("a")).forEach(each -> {
            List<Update.State> states = each.states();
            assertThat(states.stream().map(state -> state.value().name()))
                    .containsExactly("a/moment", "a/rows", "a/counts");
            assertThat(states.get(0).first()).isEqualTo(Tensor.zeros(DataType.FLOAT32, Shape.of(2, 3)));
            assertThat(states.get(1).value().shape()).isEqualTo(Shape.of(2));
            assertThat(states.get(2).first()).isSameAs(first);
            assertThat(states.get(2).next()).isEqualTo(states.get(2).value());
        });
    }

    @Test
    void whatIsWrittenIsNamedAfterItsParameter() {
        scope.forEach(each -> each.moveTo(builder.neg(each.parameter())));
        List<String> moved = new ArrayList<>();
        scope.forEach(each -> moved.add(each.moved().name()));
        assertThat(moved).allMatch(name -> name.matches("[ab]/.*"));
    }

    @Test
    void aParameterThatNobodyMovesStays() {
        scope.forEach(each -> assertThat(each.moved()).isEqualTo(each.parameter()));
        scope.forEach(each -> assertThat(each.shown()).isNull());
        scope.forEach(each -> {
            each.keep("average", each.state("average"));
            each.showAs("average");
        });
        List<String> shown = new ArrayList<>();
        scope.forEach(each -> shown.add(Objects.requireNonNull(each.shown()).name()));
        assertThat(shown).containsExactly("a/average", "b/average");
    }

    @Test
    void mistakesAreNamed() {
        scope.forEach(each -> each.state("moment"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.forEach(each -> each.state("moment")))
                .withMessage("state of \"a\": \"moment\" (expected: another name than [moment])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.forEach(each -> each.keep("momentum", each.gradient())))
                .withMessage("state: \"momentum\" (expected: one of [moment])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.forEach(each -> each.showAs("average")))
                .withMessage("state: \"average\" (expected: one of [moment])");
        assertThatIllegalStateException()
                .isThrownBy(() -> scope.forEach(Update::states))
                .withMessage("state \"moment\" of a: not kept (expected: keep(…) behind state(…) in the optimizer's"
                        + " update)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.following(List.of()))
                .withMessage("gradients: 0 (expected: 2, one for each parameter)");
        assertThat(Map.copyOf(scope.numbers())).isEmpty();
    }
}

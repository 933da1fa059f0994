package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import io.maas.train.NamePattern;
import java.util.List;

/**
 * A price on large parameters: {@code factor} times the sum of a measure of each element. It reads no column.
 *
 * <p>Immutable and thread-safe.
 *
 * @param patterns which parameters
 */
record Penalty(String kind, Measure measure, double factor, List<NamePattern> patterns) implements Loss {
    /** What each element of a parameter costs. */
    interface Measure {
        Value of(GraphBuilder b, Value parameter);
    }

    Penalty {
        Require.that(factor >= 0 && Double.isFinite(factor), "factor", factor, "factor >= 0");
        patterns = List.copyOf(patterns);
    }

    static Penalty of(String kind, Measure measure, double factor, String... patterns) {
        return new Penalty(
                kind,
                measure,
                factor,
                List.of(patterns).stream().map(NamePattern::of).toList());
    }

    @Override
    public String name() {
        return kind + "(factor=" + factor + (patterns.isEmpty() ? "" : ", " + patterns) + ")";
    }

    @Override
    public Value apply(LossScope scope) {
        GraphBuilder b = scope.graph();
        patterns.forEach(pattern -> requireMatch(pattern, scope.parameters()));
        return scope.parameters().stream()
                .filter(parameter ->
                        patterns.isEmpty() || patterns.stream().anyMatch(each -> each.matches(parameter.name())))
                .map(parameter -> b.reduceSum(measure.of(b, parameter), false))
                .reduce(b::add)
                .map(sum -> b.mul(sum, factor))
                .orElseThrow(() -> Require.failure(kind, "no parameters", "a network with parameters"));
    }

    private void requireMatch(NamePattern pattern, List<Value> parameters) {
        List<String> names = parameters.stream().map(Value::name).toList();
        Require.that(
                names.stream().anyMatch(pattern::matches),
                "pattern of " + kind,
                Require.quote(pattern.text()),
                "one that matches at least one of " + names.size() + " parameters, such as "
                        + names.stream().limit(5).toList());
    }
}

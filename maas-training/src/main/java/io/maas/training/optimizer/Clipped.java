package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An optimizer that follows gradients of bounded size.
 *
 * <p>Immutable and thread-safe.
 *
 * @param limit {@code > 0}
 * @see "Pascanu et al., On the difficulty of training recurrent neural networks (2013), algorithm 1"
 */
record Clipped(Optimizer optimizer, Kind kind, double limit) implements Optimizer {
    /** What is bounded. */
    enum Kind {
        /** Each element. */
        VALUE,
        /** The Euclidean norm of all gradients together. */
        NORM
    }

    Clipped {
        Require.positive(limit, "limit");
    }

    @Override
    public String name() {
        return optimizer.name() + ".clipped(" + kind.name().toLowerCase(Locale.ROOT) + "=" + limit + ")";
    }

    @Override
    public List<String> state(Value parameter) {
        return optimizer.state(parameter);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        return optimizer.scalars(step);
    }

    @Override
    public List<Value> prepare(GraphBuilder builder, List<Value> parameters, List<Value> gradients) {
        List<Value> clipped = switch (kind) {
            case VALUE -> byValue(builder, gradients);
            case NORM -> byNorm(builder, gradients);
        };
        return optimizer.prepare(builder, parameters, clipped);
    }

    private List<Value> byValue(GraphBuilder builder, List<Value> gradients) {
        return gradients.stream()
                .map(each -> Write.min(builder, each, builder.scalar(limit, each)))
                .map(each -> Write.max(builder, each, builder.scalar(-limit, each)))
                .toList();
    }

    /** {@code g · min(1, limit / norm)}; a norm of 0 makes an infinite quotient, and so a factor of 1. */
    private List<Value> byNorm(GraphBuilder builder, List<Value> gradients) {
        if (gradients.isEmpty()) {
            return gradients;
        }
        List<Value> sums = new ArrayList<>();
        gradients.forEach(each -> sums.add(builder.reduceSum(Write.square(builder, each), false)));
        Value norm = builder.sqrt(sums.stream().reduce(builder::add).orElseThrow());
        Value factor = Write.min(builder, builder.scalar(1, norm), builder.div(builder.scalar(limit, norm), norm));
        return gradients.stream().map(each -> builder.mul(each, factor)).toList();
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        return optimizer.update(builder, parameter, gradient, state, scalars);
    }
}

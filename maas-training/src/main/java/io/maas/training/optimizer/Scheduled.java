package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An optimizer whose rate follows a schedule.
 *
 * <p>Immutable and thread-safe.
 */
record Scheduled(Optimizer optimizer, Schedule schedule) implements Optimizer {
    Scheduled {
        Rates.require(optimizer);
    }

    @Override
    public String name() {
        return optimizer.name() + ".scheduled(" + schedule.name() + ")";
    }

    @Override
    public List<String> state(Value parameter) {
        return optimizer.state(parameter);
    }

    @Override
    public Map<String, Double> scalars(long step) {
        double factor = schedule.factor(step);
        Require.that(
                factor >= 0 && factor < Double.POSITIVE_INFINITY,
                "factor of " + schedule.name() + " at step " + step,
                factor,
                "0 <= factor < Infinity");
        Map<String, Double> scalars = new LinkedHashMap<>(optimizer.scalars(step));
        scalars.put(RATE, factor * Named.find(scalars, RATE));
        return scalars;
    }

    @Override
    public List<Value> prepare(GraphBuilder builder, List<Value> parameters, List<Value> gradients) {
        return optimizer.prepare(builder, parameters, gradients);
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

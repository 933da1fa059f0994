package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An optimizer that follows gradients of bounded size.
 *
 * <p>Immutable and thread-safe.
 *
 * @see "Pascanu et al., On the difficulty of training recurrent neural networks (2013), algorithm 1"
 */
final class Clipped extends Wrapped {
    /** What is bounded. */
    enum Kind {
        /** Each element. */
        VALUE,
        /** The Euclidean norm of all gradients together. */
        NORM
    }

    private final Kind kind;
    private final double limit;

    /** @param limit {@code > 0} */
    Clipped(Optimizer optimizer, Kind kind, double limit) {
        super(optimizer);
        this.kind = kind;
        this.limit = Require.positive(limit, "limit");
    }

    @Override
    public String name() {
        return optimizer.name() + ".clipped(" + kind.name().toLowerCase(Locale.ROOT) + "=" + limit + ")";
    }

    @Override
    public void update(UpdateScope scope) {
        List<Value> clipped = switch (kind) {
            case VALUE -> byValue(scope.builder(), scope.gradients());
            case NORM -> byNorm(scope.builder(), scope.gradients());
        };
        optimizer.update(scope.following(clipped));
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
}

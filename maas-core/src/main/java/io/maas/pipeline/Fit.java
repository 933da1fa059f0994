package io.maas.pipeline;

import io.maas.error.Require;
import io.maas.error.StepException;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds what a step is given against what it takes, and finds what its symbols of sizes are among the pipeline's. */
final class Fit {
    /**
     * What comes from one source.
     *
     * @param spec with the source's own name, in the symbols of the pipeline
     * @param title who gives it, for messages
     */
    record Given(TensorSpec spec, String title) {}

    private final String step;
    private final Map<String, Object> sizes = new HashMap<>();

    Fit(String step) {
        this.step = step;
    }

    /** Requires that what is given fits. */
    void take(TensorSpec wanted, @Nullable Given given) {
        if (given == null) {
            throw new StepException(
                    step,
                    "step " + Require.quote(step) + ": nothing is bound to its input " + wanted
                            + "; bind an output of another step to it, or an input of the pipeline");
        }
        if (given.spec().dataType() != wanted.dataType()
                || !unify(wanted.shape(), given.spec().shape())) {
            throw new StepException(
                    step,
                    "step " + Require.quote(step) + " takes " + wanted + ", and " + given.title() + " gives "
                            + given.spec() + " to it; bind what fits, or put a function in between");
        }
    }

    private boolean unify(@Nullable Shape wanted, @Nullable Shape given) {
        if (wanted == null || given == null) {
            return true;
        }
        if (wanted.rank() != given.rank()) {
            return false;
        }
        for (int i = 0; i < wanted.rank(); i++) {
            Object size = given.dimension(i);
            String symbol = wanted.symbol(i);
            Object before = symbol == null ? (Object) wanted.size(i) : sizes.putIfAbsent(symbol, size);
            if (before instanceof Long && size instanceof Long && !before.equals(size)) {
                return false;
            }
            if (symbol != null && before instanceof String && size instanceof Long && !symbol.equals(Shape.UNKNOWN)) {
                sizes.put(symbol, size);
            }
        }
        return true;
    }

    /** What the step gives, in the symbols of the pipeline; symbols of its own carry its name. */
    TensorSpec give(TensorSpec output) {
        Shape shape = output.shape();
        if (shape == null) {
            return output;
        }
        Object[] dimensions = shape.dimensions();
        for (int i = 0; i < dimensions.length; i++) {
            String symbol = shape.symbol(i);
            if (symbol != null && !symbol.equals(Shape.UNKNOWN)) {
                dimensions[i] = sizes.getOrDefault(symbol, step + "." + symbol);
            }
        }
        return new TensorSpec(output.name(), output.dataType(), Shape.symbolic(dimensions));
    }

    /** Whether two declarations do not contradict each other. */
    static boolean compatible(TensorSpec a, TensorSpec b) {
        Shape left = a.shape();
        Shape right = b.shape();
        if (a.dataType() != b.dataType()) {
            return false;
        }
        if (left == null || right == null) {
            return true;
        }
        if (left.rank() != right.rank()) {
            return false;
        }
        for (int i = 0; i < left.rank(); i++) {
            if (left.symbol(i) == null && right.symbol(i) == null && left.size(i) != right.size(i)) {
                return false;
            }
        }
        return true;
    }
}

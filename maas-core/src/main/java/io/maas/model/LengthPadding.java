package io.maas.model;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A variable axis along which requests of different sizes may stand in one batch: shorter ones are filled up at the end, and their
 * outputs are cut back to their own size. What is filled in must not change the answers; models see to that by a mask.
 *
 * <p>Immutable and thread-safe.
 *
 * @param axis the position of the axis in the inputs and outputs that have it, {@code >= 1}; axis 0 is the batch
 * @param values for each input that has the axis, the value to fill up with
 * @param mask the input that says where values are real, null if there is none. A request may leave it out; it is made then, 1 where
 *     values are real and 0 where they are filled in
 * @param outputs the outputs that have the axis
 */
public record LengthPadding(
        int axis,
        ImmutableMap<String, Double> values,
        @Nullable String mask,
        ImmutableSet<String> outputs) {
    public LengthPadding {
        Require.that(axis >= 1, "axis", axis, "axis >= 1");
        Require.that(!values.isEmpty(), "values", values, "an input that has the axis");
        Require.that(
                mask == null || values.getOrDefault(mask, -1.0) == 0,
                "mask",
                String.valueOf(mask),
                "one of the inputs that have the axis, filled with 0");
    }

    /** Inputs that are filled up with zeros along an axis. */
    public static LengthPadding of(int axis, String... inputs) {
        ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
        for (String input : inputs) {
            values.put(input, 0.0);
        }
        return new LengthPadding(axis, values.buildOrThrow(), null, ImmutableSet.of());
    }

    /** With another value to fill an input up with, such as the tokenizer's padding token. */
    public LengthPadding withValue(String input, double value) {
        Map<String, Double> changed = new LinkedHashMap<>(values);
        changed.put(input, value);
        return new LengthPadding(axis, ImmutableMap.copyOf(changed), mask, outputs);
    }

    /** With an input that says where values are real. */
    public LengthPadding withMask(String input) {
        Map<String, Double> changed = new LinkedHashMap<>(values);
        changed.put(input, 0.0);
        return new LengthPadding(axis, ImmutableMap.copyOf(changed), input, outputs);
    }

    /** With the outputs that have the axis. */
    public LengthPadding withOutputs(String... names) {
        return new LengthPadding(axis, values, mask, ImmutableSet.copyOf(names));
    }

    /**
     * Makes sure that the model has the axis wherever this says so.
     *
     * @throws IllegalArgumentException if not
     */
    void check(Signature signature) {
        Require.that(
                signature.isStackable(),
                "padding",
                this,
                "a model whose first axis is one and the same symbol everywhere, not " + signature);
        requireAxis(values.keySet(), signature.inputs());
        for (TensorSpec spec : signature.inputs()) {
            Require.that(
                    !values.containsKey(spec.name()) || spec.dataType() != DataType.STRING,
                    "padding of " + Require.quote(spec.name()),
                    spec,
                    "numbers; texts cannot be filled up");
        }
        requireAxis(outputs, signature.outputs());
    }

    private void requireAxis(Set<String> names, Collection<TensorSpec> specs) {
        for (String name : names) {
            List<TensorSpec> found =
                    specs.stream().filter(spec -> spec.name().equals(name)).toList();
            Shape shape = found.isEmpty() ? null : found.get(0).shape();
            Require.that(
                    shape != null && shape.rank() > axis && shape.symbol(axis) != null,
                    "padding of " + Require.quote(name) + " along axis " + axis,
                    found.isEmpty() ? "no such tensor" : found.get(0),
                    "one of " + specs + " whose size along that axis varies");
        }
    }
}

package io.maas.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gradients of ScatterElements and ScatterND, for each way in which updates come together with what stands at their place. */
final class ScatterGradients extends GradientContext {
    private final Value updates;

    ScatterGradients(GraphBuilder builder, Node node, List<@Nullable Value> outputGradients, Set<String> active) {
        super(builder, node, outputGradients, active);
        this.updates = node.input(2);
    }

    /** What was overwritten has no gradient, and what was added has it as it is. */
    List<@Nullable Value> of() {
        String reduction = node.attributes().string("reduction", "none").toLowerCase(Locale.ROOT);
        return switch (reduction) {
            case "none" -> each(i -> i == 0 ? scattered(dy, zeros(sizes(updates)), "none") : gathered(dy));
            case "add" -> each(i -> i == 0 ? dy : gathered(dy));
            case "mul" -> each(i -> i == 0 ? b.mul(dy, scattered(ones(), updates, "mul")) : ofFactors());
            case "max", "min" -> extremes();
            default -> throw unsupported("reduction " + reduction);
        };
    }

    private Value ones() {
        return filled(sizes(x), 1);
    }

    /**
     * For each update the product of what else came together at its place. With p the product of the element that was there and
     * of those updates that are not 0, it is {@code p / update} if no update of that place is 0, and for the only one that is 0
     * it is p; else it is 0.
     */
    private Value ofFactors() {
        Value isZero = b.equal(updates, zero());
        Value safe = b.where(isZero, one(), updates);
        Value product = gathered(b.mul(dy, scattered(x, safe, "mul")));
        Value zeros = b.cast(isZero, dy.dataType());
        Value count = gathered(scattered(zeros(sizes(x)), zeros, "add"));
        return b.where(b.equal(count, zeros), b.div(product, safe), zero());
    }

    /** Those that are the greatest, or the least, share the gradient of their place. */
    private List<@Nullable Value> extremes() {
        Value kept = b.cast(b.equal(x, y), dy.dataType());
        Value taken = b.cast(b.equal(updates, gathered(y)), dy.dataType());
        Value share = b.div(dy, scattered(kept, taken, "add"));
        return each(i -> i == 0 ? b.mul(share, kept) : b.mul(gathered(share), taken));
    }

    private Value scattered(Value data, Value values, String reduction) {
        Map<String, Object> attributes = new HashMap<>(place().asMap());
        if (!reduction.equals("none")) {
            attributes.put("reduction", reduction);
        }
        return b.node(node.op(), Attributes.copyOf(attributes), data, node.input(1), values);
    }

    /** What stands where the updates go. */
    private Value gathered(Value data) {
        return b.node(node.op() == Op.SCATTER_ND ? Op.GATHER_ND : Op.GATHER_ELEMENTS, place(), data, node.input(1));
    }

    private Attributes place() {
        return node.op() == Op.SCATTER_ND
                ? Attributes.none()
                : Attributes.of("axis", node.attributes().longValue("axis", 0));
    }
}

package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node with the values of its inputs. */
final class Arguments {
    private final Node node;
    private final List<@Nullable NdArray> inputs = new ArrayList<>();

    Arguments(Node node, Map<String, NdArray> values) {
        this.node = node;
        node.inputs().forEach(value -> inputs.add(value.isOmitted() ? null : values.get(value.name())));
    }

    Node node() {
        return node;
    }

    Attributes attributes() {
        return node.attributes();
    }

    boolean has(int index) {
        return index < inputs.size() && inputs.get(index) != null;
    }

    /** The value of an input that must be there. */
    NdArray get(int index) {
        NdArray input = index < inputs.size() ? inputs.get(index) : null;
        if (input == null) {
            throw new IllegalArgumentException("input " + index + ": omitted (expected: a value)");
        }
        return input;
    }

    /** All inputs of an operator that takes any number of them. */
    List<NdArray> all() {
        List<NdArray> all = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            all.add(get(i));
        }
        return all;
    }

    /** The first input, of a floating-point type. */
    NdArray real() {
        NdArray input = get(0);
        Require.that(input.isReal(), "type", input.type(), "a floating-point type");
        return input;
    }

    /**
     * A list of axes or sizes: an input in newer opsets, an attribute in older ones.
     *
     * @return null where neither is given
     */
    long @Nullable [] longs(int index, String attribute) {
        return has(index) ? get(index).indices() : attributes().longs(attribute);
    }
}

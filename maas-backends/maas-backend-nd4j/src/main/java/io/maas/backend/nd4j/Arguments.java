package io.maas.backend.nd4j;

import io.maas.graph.Attributes;
import io.maas.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a rule is given: a node, its inputs, and where to make its output. */
record Arguments(Node node, List<@Nullable Array> inputs, Bench bench) {
    Attributes attributes() {
        return node.attributes();
    }

    boolean has(int index) {
        return index < inputs.size() && inputs.get(index) != null;
    }

    /** An input that is not optional; the compiler of the graph has seen that it is there. */
    Array get(int index) {
        Array input = index < inputs.size() ? inputs.get(index) : null;
        if (input == null) {
            throw new IllegalArgumentException("input: " + index + " is omitted (expected: an array)");
        }
        return input;
    }

    /** All inputs that are not omitted. */
    List<Array> all() {
        return inputs.stream().filter(Objects::nonNull).toList();
    }

    /** A list that older opsets hold as an attribute and newer ones as an input; null where there is none. */
    long @Nullable [] longs(int index, String attribute) {
        return has(index) ? get(index).toLongs() : attributes().longs(attribute);
    }

    int axis(long otherwise, int rank) {
        return Shapes.axis(attributes().longValue("axis", otherwise), rank);
    }

    boolean isSet(String attribute, boolean otherwise) {
        return attributes().longValue(attribute, otherwise ? 1 : 0) == 1;
    }

    /** For messages. */
    @Override
    public String toString() {
        return node.title() + Arrays.toString(inputs.toArray());
    }
}

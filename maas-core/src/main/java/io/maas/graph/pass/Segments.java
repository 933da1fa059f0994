package io.maas.graph.pass;

import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a training step, cut into segments of about equal memory where little is handed on, and what of each is
 * dropped and computed again.
 *
 * <p>The forward pass is all that the loss needs; the backward pass is the rest.
 */
final class Segments {
    /** Bytes below which dropping a value is not worth a node. */
    private static final long SMALL = 1 << 12;

    private final Graph graph;
    private final Sizes sizes;
    private final List<Node> forward;
    private final Set<Node> isForward;
    /** The place of the node that makes a value of the forward pass. */
    private final Map<String, Integer> madeAt = new HashMap<>();
    /** The last node of each segment but the last one, as a place in the forward pass. */
    private final List<Integer> borders = new ArrayList<>();

    private final Set<String> kept = new HashSet<>();
    private final Set<String> readBackward = new HashSet<>();

    Segments(Graph graph, Value loss, int count, Sizes sizes) {
        this.graph = graph;
        this.sizes = sizes;
        this.forward = Uses.needed(graph.nodes(), List.of(loss), new HashSet<>());
        this.isForward = new HashSet<>(forward);
        for (int i = 0; i < forward.size(); i++) {
            int place = i;
            forward.get(i).outputs().forEach(made -> madeAt.put(made.name(), place));
        }
        graph.nodes().stream()
                .filter(node -> !isForward.contains(node))
                .forEach(node -> readBackward.addAll(Uses.of(node)));
        kept.addAll(Uses.names(graph.outputs()));
        cut(count);
    }

    /** Borders near equal shares of the bytes that the backward pass reads, each where the least is handed on. */
    private void cut(int count) {
        long[] stored = new long[forward.size()];
        long total = 0;
        for (int i = 0; i < stored.length; i++) {
            for (Value made : forward.get(i).outputs()) {
                total += readBackward.contains(made.name()) ? MemoryEstimate.bytes(made, sizes) : 0;
            }
            stored[i] = total;
        }
        long[] crossing = crossing();
        for (int k = 1; k < count; k++) {
            int best = -1;
            for (int i = 0; i < stored.length - 1; i++) {
                double share = (double) stored[i] * count / Math.max(1, total);
                boolean near = Math.abs(share - k) <= 0.5;
                // Of equal ones the last: a border behind a node that only the next layer reads is behind the layer.
                if (near && (best < 0 || crossing[i] <= crossing[best])) {
                    best = i;
                }
            }
            if (best >= 0 && (borders.isEmpty() || best > borders.get(borders.size() - 1))) {
                borders.add(best);
            }
        }
        borders.forEach(this::keepCrossing);
    }

    /** The bytes that are handed on over each place of the forward pass. */
    private long[] crossing() {
        Map<String, Integer> lastRead = lastRead();
        long[] change = new long[forward.size() + 1];
        for (int i = 0; i < forward.size(); i++) {
            for (Value made : forward.get(i).outputs()) {
                Integer last = lastRead.get(made.name());
                if (last != null) {
                    change[i] += MemoryEstimate.bytes(made, sizes);
                    change[last] -= MemoryEstimate.bytes(made, sizes);
                }
            }
        }
        for (int i = 1; i < change.length; i++) {
            change[i] += change[i - 1];
        }
        return change;
    }

    private Map<String, Integer> lastRead() {
        Map<String, Integer> lastRead = new HashMap<>();
        for (int i = 0; i < forward.size(); i++) {
            for (String read : Uses.of(forward.get(i))) {
                lastRead.put(read, i);
            }
        }
        return lastRead;
    }

    private void keepCrossing(int border) {
        Map<String, Integer> lastRead = lastRead();
        madeAt.forEach((name, place) -> {
            Integer last = lastRead.get(name);
            if (place <= border && last != null && last > border) {
                kept.add(name);
            }
        });
    }

    Graph graph() {
        return graph;
    }

    boolean isForward(Node node) {
        return isForward.contains(node);
    }

    /** The number of segments that may be computed again: all but the last, of which the backward pass needs everything at once. */
    int count() {
        return borders.size();
    }

    /** The segment in which a value of the forward pass is made; -1 for inputs, constants and the backward pass. */
    int segment(String name) {
        Integer place = madeAt.get(name);
        if (place == null) {
            return -1;
        }
        int segment = 0;
        while (segment < borders.size() && borders.get(segment) < place) {
            segment++;
        }
        return segment;
    }

    /** The values of a segment that the backward pass reads and that are not kept. */
    Set<String> dropped(int segment) {
        Set<String> dropped = new LinkedHashSet<>();
        for (Node node : nodes(segment)) {
            for (Value made : node.outputs()) {
                boolean worth = MemoryEstimate.bytes(made, sizes) >= SMALL && Purity.isPure(node);
                if (worth && readBackward.contains(made.name()) && !kept.contains(made.name())) {
                    dropped.add(made.name());
                }
            }
        }
        return dropped;
    }

    /** The nodes that must run again for what is dropped of a segment, in order. */
    List<Node> again(int segment, Set<String> dropped) {
        Set<String> wanted = new HashSet<>(dropped);
        List<Node> again = new ArrayList<>();
        List<Node> nodes = nodes(segment);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            boolean needed = node.outputs().stream()
                    .anyMatch(made -> wanted.contains(made.name()) && !kept.contains(made.name()));
            if (needed && Purity.isPure(node)) {
                wanted.addAll(Uses.of(node));
                again.add(0, node);
            }
        }
        return again;
    }

    private List<Node> nodes(int segment) {
        int from = segment == 0 ? 0 : borders.get(segment - 1) + 1;
        return forward.subList(from, borders.get(segment) + 1);
    }

    /**
     * A value of the backward pass that is there exactly when the gradient reaches a segment's end: the first one out of later
     * segments that meets something made of the dropped values. It does not depend on these itself. Null if there is none.
     */
    @Nullable
    Value gate(int segment, Set<String> dropped) {
        Set<String> made = new HashSet<>(dropped);
        Set<String> later = new HashSet<>();
        for (Node node : graph.nodes()) {
            if (isForward.contains(node)) {
                continue;
            }
            boolean ours = Uses.of(node).stream().anyMatch(made::contains);
            boolean late = Uses.of(node).stream().anyMatch(name -> later.contains(name) || segment(name) > segment);
            for (Value input : node.inputs()) {
                if (ours && later.contains(input.name()) && !made.contains(input.name())) {
                    return input;
                }
            }
            for (Value output : node.outputs()) {
                if (ours) {
                    made.add(output.name());
                }
                if (late) {
                    later.add(output.name());
                }
            }
        }
        return null;
    }
}

package io.maas.graph;

import java.util.List;
import java.util.Set;

/** Which operators mean the same in a newer version of their domain. */
final class DomainVersions {
    /** Operators without a rule here that are as they were in opset 20, up to the newest. */
    private static final Set<String> TEXT = Set.of("RegexFullMatch", "StringConcat", "StringSplit");

    private static final String MACHINE_LEARNING = "ai.onnx.ml";

    /** From here on its operators only got new forms of attributes beside the old ones, up to {@link #TREES_CHANGE}. */
    private static final int LABELS_CHANGED = 2;

    private static final int TREES_CHANGE = 5;

    private DomainVersions() {}

    /**
     * Whether no node of that domain among the given ones means something else.
     *
     * @see "ONNX, Changelog.md and Changelog-ml.md"
     */
    static boolean canRaise(String domain, int from, int to, List<Node> nodes) {
        if (domain.isEmpty()) {
            return from >= Graph.OPSET
                    && nodes.stream()
                            .filter(node -> node.domain().isEmpty() && node.op() == Op.OTHER)
                            .allMatch(node -> TEXT.contains(node.opType()));
        }
        return nodes.stream().noneMatch(node -> node.domain().equals(domain))
                || (domain.equals(MACHINE_LEARNING) && from >= LABELS_CHANGED && to < TREES_CHANGE);
    }
}

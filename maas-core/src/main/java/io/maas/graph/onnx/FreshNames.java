package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashSet;
import java.util.Set;

/** Names for values that are added to a model: none that it has itself, bodies of control flow included. */
final class FreshNames {
    private final Set<String> taken = new HashSet<>();

    FreshNames(GraphProto graph) {
        collect(graph);
    }

    /** Nests no deeper than {@link OnnxAdmission#MAX_DEPTH}. */
    private void collect(GraphProto graph) {
        graph.getInputList().forEach(value -> taken.add(value.getName()));
        graph.getOutputList().forEach(value -> taken.add(value.getName()));
        graph.getInitializerList().forEach(tensor -> taken.add(tensor.getName()));
        graph.getSparseInitializerList()
                .forEach(sparse -> taken.add(sparse.getValues().getName()));
        for (NodeProto node : graph.getNodeList()) {
            taken.addAll(node.getInputList());
            taken.addAll(node.getOutputList());
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasG()) {
                    collect(attribute.getG());
                }
                attribute.getGraphsList().forEach(this::collect);
            }
        }
    }

    /** A name that nothing in the model has, whatever surrounds it. */
    String fresh(String stem) {
        String name = stem;
        for (int i = 2; !taken.add(name); i++) {
            name = stem + "_" + i;
        }
        return name;
    }
}

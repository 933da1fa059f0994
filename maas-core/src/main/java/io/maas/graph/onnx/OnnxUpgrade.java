package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.maas.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings models of opsets {@value #OLDEST} to 17 to opset {@value #TARGET}, bodies of control flow included, so that readers
 * see one form of each operator. What is computed stays the same to the bit; names of inputs, outputs and of all values that
 * were there stay too. {@link OldForms} says what changes.
 *
 * <p>A model that holds an operator of the default domain which {@link OldForms} does not know, or a form that has no exact
 * newer one, stays as it is, whole: an opset is one for all nodes.
 *
 * <p>Thread-safe: an instance lives as long as one pass over one model.
 */
final class OnnxUpgrade {
    /** What models are brought to; older than the newest, as it is the last whose forms cover all of the older ones. */
    static final int TARGET = 18;

    /** Older ones have broadcasting and test modes of a kind that no exporter of today writes. */
    static final int OLDEST = 7;

    private final int opset;
    private final Map<String, Value> known;
    private final FreshNames names;
    private boolean lacking;

    private OnnxUpgrade(ModelProto model, int opset, Map<String, Value> known) {
        this.opset = opset;
        this.known = known;
        this.names = new FreshNames(model.getGraph());
    }

    /**
     * The model at opset {@value #TARGET}, or as it is.
     *
     * @param inference gives the types and shapes of a model's values by name, as far as they are certain. It is asked only
     *     where a form depends on them, with a model at opset {@value #TARGET} that has the types and shapes of this one
     */
    static ModelProto upgrade(ModelProto model, Function<ModelProto, Map<String, Value>> inference) {
        int opset = defaultOpset(model);
        if (opset < OLDEST || opset >= TARGET) {
            return model;
        }
        OnnxUpgrade first = new OnnxUpgrade(model, opset, Map.of());
        ModelProto upgraded = first.run(model);
        if (upgraded != null && first.lacking) {
            upgraded = new OnnxUpgrade(model, opset, inference.apply(upgraded)).run(model);
        }
        return upgraded == null ? model : upgraded;
    }

    /** The version of the default domain, 0 where there is not exactly one. */
    private static int defaultOpset(ModelProto model) {
        List<Long> versions = model.getOpsetImportList().stream()
                .filter(OnnxUpgrade::isDefault)
                .map(OperatorSetIdProto::getVersion)
                .distinct()
                .toList();
        return versions.size() == 1 && versions.get(0) <= TARGET
                ? versions.get(0).intValue()
                : 0;
    }

    private static boolean isDefault(OperatorSetIdProto opset) {
        return isDefault(opset.getDomain());
    }

    private static boolean isDefault(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    private @Nullable ModelProto run(ModelProto model) {
        GraphProto graph = graph(model.getGraph(), null);
        if (graph == null) {
            return null;
        }
        ModelProto.Builder upgraded = model.toBuilder().setGraph(graph);
        upgraded.getOpsetImportBuilderList().stream()
                .filter(each -> isDefault(each.getDomain()))
                .forEach(each -> each.setVersion(TARGET));
        return upgraded.build();
    }

    /** Nests no deeper than {@link OnnxAdmission#MAX_DEPTH}. */
    private @Nullable GraphProto graph(GraphProto graph, @Nullable UpgradeScope around) {
        UpgradeScope scope = new UpgradeScope(this, graph, around);
        for (NodeProto node : graph.getNodeList()) {
            if (!node(node, scope)) {
                return null;
            }
        }
        return scope.graph();
    }

    private boolean node(NodeProto node, UpgradeScope scope) {
        NodeProto whole = withBodies(node, scope);
        if (whole == null) {
            return false;
        }
        if (!isDefault(node.getDomain())) {
            scope.add(whole);
            return true;
        }
        List<OldForms.Change> changes = OldForms.changes(node.getOpType(), opset);
        if (changes == null) {
            return false;
        }
        return scope.add(whole, changes);
    }

    /** The node with its subgraphs upgraded. */
    private @Nullable NodeProto withBodies(NodeProto node, UpgradeScope scope) {
        NodeProto.Builder changed = null;
        for (int i = 0; i < node.getAttributeCount(); i++) {
            AttributeProto attribute = node.getAttribute(i);
            if (attribute.hasG() || attribute.getGraphsCount() > 0) {
                AttributeProto upgraded = withBodies(attribute, scope);
                if (upgraded == null) {
                    return null;
                }
                changed = changed == null ? node.toBuilder() : changed;
                changed.setAttribute(i, upgraded);
            }
        }
        return changed == null ? node : changed.build();
    }

    private @Nullable AttributeProto withBodies(AttributeProto attribute, UpgradeScope scope) {
        AttributeProto.Builder changed = attribute.toBuilder().clearGraphs();
        if (attribute.hasG()) {
            GraphProto body = graph(attribute.getG(), scope);
            if (body == null) {
                return null;
            }
            changed.setG(body);
        }
        for (GraphProto each : attribute.getGraphsList()) {
            GraphProto body = graph(each, scope);
            if (body == null) {
                return null;
            }
            changed.addGraphs(body);
        }
        return changed.build();
    }

    String fresh(String stem) {
        return names.fresh(stem);
    }

    /** What is known of a value of the main graph; null asks for a second pass that knows more. */
    @Nullable
    Value known(String name) {
        lacking = true;
        return known.get(name);
    }

    int opset() {
        return opset;
    }
}

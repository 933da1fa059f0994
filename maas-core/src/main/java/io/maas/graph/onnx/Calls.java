package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.common.math.LongMath;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How often each function of a model stands in it once all are written out where they are called, as engines do: thirty functions that
 * each call the next twice are a billion nodes.
 */
final class Calls {
    /** What a body is made of: its own nodes, and how often it calls each function. */
    private static final class Body {
        long nodes;
        final Map<String, Long> calls = new LinkedHashMap<>();
    }

    private final Map<String, Body> bodies = new LinkedHashMap<>();
    private final Map<String, Long> copies = new HashMap<>();

    private Calls() {}

    /**
     * The calls of a model that was walked through before, so that its graphs are not too deep.
     *
     * @throws ArtifactRejectedException if a function calls itself, or all comes to more nodes than that
     */
    static Calls of(ModelProto model, long maxNodes) {
        Calls calls = new Calls();
        for (FunctionProto function : model.getFunctionsList()) {
            calls.bodies.put(key(function), new Body());
        }
        Body main = new Body();
        calls.collect(model.getGraph().getNodeList(), main);
        for (FunctionProto function : model.getFunctionsList()) {
            calls.collect(function.getNodeList(), calls.body(key(function)));
        }
        calls.count(main, maxNodes);
        return calls;
    }

    static String key(FunctionProto function) {
        return key(function.getDomain(), function.getName(), function.getOverload());
    }

    static String key(NodeProto node) {
        return key(node.getDomain(), node.getOpType(), node.getOverload());
    }

    private static String key(String domain, String name, String overload) {
        return ModelWalk.domain(domain) + "\n" + name + "\n" + overload;
    }

    /** How often a function stands in the model; 0 if nobody calls it. */
    long copies(FunctionProto function) {
        return copies.getOrDefault(key(function), 0L);
    }

    private Body body(String key) {
        return Objects.requireNonNull(bodies.get(key), key);
    }

    private void collect(List<NodeProto> nodes, Body into) {
        for (NodeProto node : nodes) {
            if (bodies.containsKey(key(node))) {
                into.calls.merge(key(node), 1L, Long::sum);
            } else {
                into.nodes++;
            }
            for (AttributeProto attribute : node.getAttributeList()) {
                collect(attribute.getG().getNodeList(), into);
                attribute.getGraphsList().forEach(graph -> collect(graph.getNodeList(), into));
            }
        }
    }

    /** Callers come before what they call. */
    private void count(Body main, long maxNodes) {
        Map<String, Integer> callers = new HashMap<>();
        bodies.values().forEach(body -> body.calls.keySet().forEach(key -> callers.merge(key, 1, Integer::sum)));
        Deque<String> ready = new ArrayDeque<>();
        bodies.keySet().stream().filter(key -> !callers.containsKey(key)).forEach(ready::add);
        main.calls.forEach(copies::put);
        long total = main.nodes;
        int done = 0;
        for (String key = ready.poll(); key != null; key = ready.poll(), done++) {
            Body body = body(key);
            long times = copies.getOrDefault(key, 0L);
            total = LongMath.saturatedAdd(total, LongMath.saturatedMultiply(times, body.nodes));
            body.calls.forEach((callee, number) -> {
                copies.merge(callee, LongMath.saturatedMultiply(times, number), LongMath::saturatedAdd);
                if (callers.merge(callee, -1, Integer::sum) == 0) {
                    ready.add(callee);
                }
            });
        }
        if (done < bodies.size()) {
            throw recursive(callers);
        }
        if (total > maxNodes) {
            throw new ArtifactRejectedException(
                    Rule.TOO_MANY_PARTS,
                    "ONNX model: " + total + " nodes with its functions written out (expected: at most " + maxNodes
                            + "); call fewer of them, or raise the limit in the host's AdmissionPolicy");
        }
    }

    private static ArtifactRejectedException recursive(Map<String, Integer> callers) {
        String one = callers.entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .map(each -> each.getKey().split("\n", -1)[1])
                .findFirst()
                .orElse("");
        return new ArtifactRejectedException(
                Rule.RECURSIVE_FUNCTION,
                "ONNX model: function " + Require.quote(one)
                        + " calls itself, or is called by one that does (expected: functions that end); inline them");
    }
}

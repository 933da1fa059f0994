package io.maas.graph.pass;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Equal constants become one, and nodes that do the same to the same values too. The results are the same bits. */
final class CommonSubexpressions implements Pass {
    /** Places of a constant that its hash looks at: whoever is equal there is compared byte by byte. */
    private static final int SAMPLES = 64;

    /** What a node does; the outputs that are left out count, as an engine may take another way for them. */
    private record Deed(Op op, Attributes attributes, List<String> inputs, List<Boolean> outputs) {
        static Deed of(Node node) {
            List<String> inputs =
                    new ArrayList<>(node.inputs().stream().map(Value::name).toList());
            if (isCommutative(node.op())) {
                inputs.sort(null);
            }
            return new Deed(
                    node.op(),
                    node.attributes(),
                    inputs,
                    node.outputs().stream().map(Value::isOmitted).toList());
        }

        private static boolean isCommutative(Op op) {
            return op == Op.ADD || op == Op.MUL || op == Op.AND || op == Op.OR || op == Op.EQUAL;
        }
    }

    private record Sample(DataType dataType, Shape shape, int hash) {
        static Sample of(Tensor tensor) {
            return new Sample(tensor.dataType(), tensor.shape(), hash(tensor));
        }

        private static int hash(Tensor tensor) {
            if (tensor.dataType() == DataType.STRING) {
                return tensor.hashCode();
            }
            ByteBuffer bytes = tensor.bytes();
            int step = Math.max(1, bytes.remaining() / SAMPLES);
            int hash = 1;
            for (int i = 0; i < bytes.limit(); i += step) {
                hash = 31 * hash + bytes.get(i);
            }
            return hash;
        }
    }

    @Override
    public Graph apply(Graph graph) {
        Map<Deed, List<Value>> done = new HashMap<>();
        return Sweep.run(graph, equalConstants(graph), (node, sweep) -> {
            // A copy is there for its name, or a matter for another pass.
            if (node.op() == Op.IDENTITY || !Purity.isPure(node)) {
                return List.of();
            }
            List<Value> first = done.putIfAbsent(Deed.of(node), node.outputs());
            return first == null ? List.of() : first;
        });
    }

    /** For each constant that repeats another one: the first of them. */
    private static Map<String, Value> equalConstants(Graph graph) {
        Set<String> kept = new HashSet<>(Uses.names(graph.outputs()));
        graph.nodes().forEach(node -> kept.addAll(node.captured()));
        Map<Sample, List<String>> alike = new HashMap<>();
        Map<String, Value> standIns = new HashMap<>();
        graph.constants().forEach((name, tensor) -> {
            List<String> others = alike.computeIfAbsent(Sample.of(tensor), sample -> new ArrayList<>());
            for (String other : others) {
                if (!kept.contains(name) && tensor.equals(graph.constants().get(other))) {
                    standIns.put(name, new Value(other, tensor.dataType(), tensor.shape()));
                    return;
                }
            }
            others.add(name);
        });
        return standIns;
    }
}

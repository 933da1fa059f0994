package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.math.LongMath;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much an engine will compute when it loads a model, found without computing it: what follows from constants alone, it computes once
 * and keeps. A file of a hundred bytes can ask for all memory that there is that way.
 *
 * @see "ONNX Runtime, Graph Optimizations: Constant Folding"
 */
final class ConstantEstimate {
    /** Differ each time, so that engines leave them to the run. */
    private static final Set<String> RANDOM = Set.of(
            "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial");

    private final AdmissionPolicy policy;
    private final Calls calls;
    private long total;
    /** How often the graph that is looked at stands in the model, as part of functions. */
    private long copies = 1;

    ConstantEstimate(AdmissionPolicy policy, Calls calls) {
        this.policy = policy;
        this.calls = calls;
    }

    /** What is known in a graph; bodies see what lies around them. */
    private static final class Scope {
        final @Nullable Scope around;
        /** Null for what is known only when the model runs. */
        final Map<String, @Nullable Constant> values = new HashMap<>();
        /** Sizes of inputs that are fixed. */
        final Map<String, long[]> fixed = new HashMap<>();

        Scope(@Nullable Scope around) {
            this.around = around;
        }

        @Nullable
        Constant find(String name) {
            for (Scope scope = this; scope != null; scope = scope.around) {
                if (scope.values.containsKey(name)) {
                    return scope.values.get(name);
                }
            }
            return null;
        }

        long @Nullable [] fixed(String name) {
            for (Scope scope = this; scope != null; scope = scope.around) {
                if (scope.values.containsKey(name)) {
                    return scope.fixed.get(name);
                }
            }
            return null;
        }
    }

    /**
     * The bytes that are computed from the constants of a model that was walked through before.
     *
     * @throws ArtifactRejectedException if that is more than the policy lets in
     */
    long of(ModelProto model) {
        graph(model.getGraph(), null, 1);
        for (FunctionProto function : model.getFunctionsList()) {
            copies = Math.max(1, calls.copies(function));
            Scope scope = new Scope(null);
            function.getInputList().forEach(name -> scope.values.put(name, null));
            nodes(function.getNodeList(), scope, 1);
        }
        return total;
    }

    /** @param rounds how often loops around it run it, as far as that is fixed */
    private Scope graph(GraphProto graph, @Nullable Scope around, long rounds) {
        Scope scope = new Scope(around);
        for (ValueInfoProto input : graph.getInputList()) {
            scope.values.put(input.getName(), null);
            long[] sizes = fixed(input);
            if (sizes != null) {
                scope.fixed.put(input.getName(), sizes);
            }
        }
        for (TensorProto tensor : graph.getInitializerList()) {
            scope.values.put(tensor.getName(), Constant.of(tensor));
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            String name = sparse.getValues().getName();
            scope.values.put(
                    name,
                    counted(
                            "sparse initializer " + Require.quote(name),
                            List.of(),
                            () -> ConstantRules.sparse(sparse)));
        }
        nodes(graph.getNodeList(), scope, rounds);
        return scope;
    }

    private static long @Nullable [] fixed(ValueInfoProto input) {
        TensorShapeProto shape = input.getType().getTensorType().getShape();
        long[] sizes = shape.getDimList().stream()
                .mapToLong(TensorShapeProto.Dimension::getDimValue)
                .toArray();
        for (long size : sizes) {
            if (size <= 0) {
                return null;
            }
        }
        return input.getType().getTensorType().hasShape() ? sizes : null;
    }

    /** Each node after those whose outputs it reads, in whatever order they stand. */
    private void nodes(List<NodeProto> nodes, Scope scope, long rounds) {
        Map<String, List<Integer>> readers = new HashMap<>();
        Set<String> made = new HashSet<>();
        nodes.forEach(node -> made.addAll(node.getOutputList()));
        int[] missing = new int[nodes.size()];
        Deque<Integer> ready = new ArrayDeque<>();
        for (int i = 0; i < missing.length; i++) {
            for (String name : nodes.get(i).getInputList()) {
                if (!name.isEmpty() && made.contains(name)) {
                    missing[i]++;
                    readers.computeIfAbsent(name, fresh -> new ArrayList<>()).add(i);
                }
            }
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        for (Integer next = ready.poll(); next != null; next = ready.poll()) {
            NodeProto node = nodes.get(next);
            node(node, scope, rounds);
            for (String name : node.getOutputList()) {
                // An output that is made twice wakes its readers once.
                List<Integer> waiting = readers.remove(name);
                for (int reader : waiting == null ? List.<Integer>of() : waiting) {
                    if (--missing[reader] == 0) {
                        ready.add(reader);
                    }
                }
            }
        }
    }

    private void node(NodeProto node, Scope scope, long rounds) {
        List<@Nullable Constant> inputs = new ArrayList<>();
        boolean constant = !RANDOM.contains(node.getOpType());
        for (String name : node.getInputList()) {
            Constant input = name.isEmpty() ? null : scope.find(name);
            inputs.add(input);
            constant &= name.isEmpty() || input != null;
        }
        String title = Require.quote(node.getOpType()) + " node " + Require.quote(node.getName());
        refuseLargerThan(policy.constantBytes(), title, node, inputs);
        boolean bodies = bodies(node, inputs, scope, rounds, title);
        Constant output = null;
        if (node.getOpType().equals("Shape") && inputs.size() == 1 && !constant) {
            long[] sizes = scope.fixed(node.getInput(0));
            output = sizes == null
                    ? null
                    : Constant.list(Arrays.stream(sizes).asDoubleStream().toArray());
        } else if (constant && !bodies) {
            output = counted(title, inputs, () -> ConstantRules.output(node, inputs));
        }
        for (int i = 0; i < node.getOutputCount(); i++) {
            // Of several outputs the first has what rules know; the others are no larger where there are others.
            Constant value =
                    output == null || i == 0 ? output : Constant.ofElements(output.elements(), output.elementBytes());
            scope.values.put(node.getOutput(i), value);
        }
    }

    // ---- memory

    private interface Rules {
        Constant apply();
    }

    /** The value, with what it takes beyond those that it is made of counted. */
    private Constant counted(String title, List<@Nullable Constant> from, Rules rules) {
        try {
            Constant value = rules.apply();
            long before = 0;
            for (Constant input : from) {
                before += input == null ? 0 : input.giveUp();
            }
            long more = Math.max(0, value.bytes() - before);
            total = LongMath.saturatedAdd(total, LongMath.saturatedMultiply(more, copies));
            if (total > policy.constantBytes()) {
                String times = copies > 1 ? copies + " times " : "";
                throw tooLarge(
                        title,
                        times + value.elements() + " elements, with which constants come to " + total + " bytes");
            }
            return value;
        } catch (ArithmeticException e) {
            throw tooLarge(title, "more elements than 64 bits count");
        }
    }

    /** Whatever its inputs are when it runs. */
    private void refuseLargerThan(long bytes, String title, NodeProto node, List<@Nullable Constant> inputs) {
        try {
            long elements = ConstantRules.atLeast(node, inputs);
            if (elements > bytes) {
                throw tooLarge(title, elements + " elements or more");
            }
        } catch (ArithmeticException e) {
            throw tooLarge(title, "more elements than 64 bits count");
        }
    }

    private ArtifactRejectedException tooLarge(String title, String found) {
        return new ArtifactRejectedException(
                Rule.CONSTANT_TOO_LARGE,
                title + ": its output has " + found + " (expected: at most " + policy.constantBytes()
                        + " bytes); make it from the inputs of a request, or raise the limit in the host's AdmissionPolicy");
    }

    // ---- loops

    /** Whether the node has bodies; they are looked at. */
    private boolean bodies(NodeProto node, List<@Nullable Constant> inputs, Scope scope, long rounds, String title) {
        boolean found = false;
        for (AttributeProto attribute : node.getAttributeList()) {
            for (GraphProto body : attribute.getGraphsList()) {
                graph(body, scope, rounds);
                found = true;
            }
            if (attribute.hasG()) {
                body(node, attribute.getG(), inputs, scope, rounds, title);
                found = true;
            }
        }
        return found;
    }

    private void body(
            NodeProto node, GraphProto body, List<@Nullable Constant> inputs, Scope scope, long rounds, String title) {
        boolean fixed = node.getOpType().equals("Loop") && goesOn(body, scope);
        long all = LongMath.saturatedMultiply(rounds, fixed ? trips(inputs) : 1);
        long steps = LongMath.saturatedMultiply(all, Math.max(1, body.getNodeCount()));
        if (all > 1 && steps > policy.loopSteps()) {
            throw new ArtifactRejectedException(
                    Rule.LOOP_TOO_LONG,
                    title + ": " + steps + " steps whatever the input (expected: at most " + policy.loopSteps()
                            + "); let it end on a condition, or raise the limit in the host's AdmissionPolicy");
        }
        graph(body, scope, all);
    }

    /** How many rounds a loop runs at most; 1 where that is not fixed. */
    private static long trips(List<@Nullable Constant> inputs) {
        Constant first = inputs.isEmpty() ? null : inputs.get(0);
        double[] most = first == null ? null : first.numbers();
        return most == null || most.length != 1 ? 1 : Math.max(1, (long) most[0]);
    }

    /** Whether the condition of a loop is one that its body never changes. */
    private static boolean goesOn(GraphProto body, Scope around) {
        if (body.getOutputCount() == 0 || body.getInputCount() < 2) {
            return false;
        }
        Map<String, NodeProto> makers = new HashMap<>();
        body.getNodeList().forEach(node -> node.getOutputList().forEach(name -> makers.put(name, node)));
        String name = body.getOutput(0).getName();
        NodeProto maker = makers.remove(name);
        while (maker != null && maker.getOpType().equals("Identity") && maker.getInputCount() == 1) {
            name = maker.getInput(0);
            maker = makers.remove(name);
        }
        if (maker == null) {
            return name.equals(body.getInput(1).getName()) || isTrue(given(name, body, around));
        }
        return maker.getOpType().equals("Constant") && isTrue(ConstantRules.output(maker, List.of()));
    }

    private static @Nullable Constant given(String name, GraphProto body, Scope around) {
        for (TensorProto tensor : body.getInitializerList()) {
            if (tensor.getName().equals(name)) {
                return Constant.of(tensor);
            }
        }
        return around.find(name);
    }

    private static boolean isTrue(@Nullable Constant condition) {
        double[] numbers = condition == null ? null : condition.numbers();
        return numbers != null && numbers.length == 1 && numbers[0] != 0;
    }
}

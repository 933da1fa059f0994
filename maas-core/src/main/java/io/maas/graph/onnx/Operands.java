package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a node works on: its inputs as far as they are known, null if not, and its attributes. */
final class Operands {
    private final NodeProto node;
    private final List<@Nullable Constant> inputs;

    Operands(NodeProto node, List<@Nullable Constant> inputs) {
        this.node = node;
        this.inputs = inputs;
    }

    String operator() {
        return node.getOpType();
    }

    int count() {
        return inputs.size();
    }

    @Nullable
    Constant input(int index) {
        return index < inputs.size() ? inputs.get(index) : null;
    }

    Constant first() {
        return or(input(0));
    }

    /** What stands for an input that was left out although the operator needs it; the engine refuses such a node. */
    static Constant or(@Nullable Constant input) {
        return input == null ? Constant.ofElements(1, 1) : input;
    }

    long bytes(int index) {
        Constant input = input(index);
        return input == null ? 1 : input.elementBytes();
    }

    long elements(int index) {
        Constant input = input(index);
        return input == null ? 1 : input.elements();
    }

    int rank(int index) {
        long[] sizes = sizes(index);
        return sizes == null ? 1 : sizes.length;
    }

    long @Nullable [] sizes(int index) {
        Constant input = input(index);
        return input == null ? null : input.sizes();
    }

    double @Nullable [] numbers(int index) {
        Constant input = input(index);
        return input == null ? null : input.numbers();
    }

    boolean known(int index) {
        double[] numbers = numbers(index);
        return numbers != null && numbers.length == 1;
    }

    double number(int index) {
        return Objects.requireNonNull(numbers(index))[0];
    }

    long @Nullable [] longs(int index) {
        double[] numbers = numbers(index);
        return numbers == null
                ? null
                : Arrays.stream(numbers).mapToLong(x -> (long) x).toArray();
    }

    @Nullable
    AttributeProto attribute(String name) {
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.getName().equals(name)) {
                return attribute;
            }
        }
        return null;
    }

    long integer(String name, long otherwise) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? otherwise : attribute.getI();
    }

    String string(String name) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? "" : attribute.getS().toStringUtf8();
    }

    long[] ints(String name) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? new long[0] : Longs.toArray(attribute.getIntsList());
    }

    double @Nullable [] floats(String name) {
        AttributeProto attribute = attribute(name);
        return attribute == null
                ? null
                : attribute.getFloatsList().stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray();
    }
}

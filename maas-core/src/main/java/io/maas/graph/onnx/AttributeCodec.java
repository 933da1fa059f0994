package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.common.primitives.Floats;
import com.google.common.primitives.Longs;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.GraphException;
import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attributes of nodes from and to their messages. */
final class AttributeCodec {
    private AttributeCodec() {}

    // ---- reading

    /** A node's attributes as {@code op} names them; {@link Op#OTHER} takes them as they stand. */
    static Attributes read(NodeProto node, Op op) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (op != Op.OTHER && isEmptyList(attribute)) {
                continue;
            }
            if (values.put(attribute.getName(), value(attribute, op)) != null) {
                throw new ArtifactRejectedException(node.getOpType() + " node " + Require.quote(node.getName())
                        + ": attribute " + Require.quote(attribute.getName())
                        + " twice (expected: once); export the model again");
            }
        }
        return Attributes.copyOf(values);
    }

    /** Of floats or texts: means the same as no list, and a list here forgets of what it is empty. */
    private static boolean isEmptyList(AttributeProto attribute) {
        return (attribute.getType() == AttributeType.FLOATS && attribute.getFloatsCount() == 0)
                || (attribute.getType() == AttributeType.STRINGS && attribute.getStringsCount() == 0);
    }

    /** Whether an attribute holds the number of an element type. */
    private static boolean isType(Op op, String attribute) {
        return switch (op) {
            case CAST -> attribute.equals("to");
            case EYE_LIKE -> attribute.equals("dtype");
            case DEQUANTIZE_LINEAR, QUANTIZE_LINEAR -> attribute.equals("output_dtype");
            default -> false;
        };
    }

    private static Object value(AttributeProto attribute, Op op) {
        if (!attribute.getRefAttrName().isEmpty()) {
            return opaque(attribute);
        }
        if (isType(op, attribute.getName())) {
            return attribute.getType() == AttributeType.INT ? target(attribute) : opaque(attribute);
        }
        return switch (attribute.getType()) {
            case FLOAT -> attribute.getF();
            case INT -> attribute.getI();
            case STRING -> attribute.getS().isValidUtf8() ? attribute.getS().toStringUtf8() : opaque(attribute);
            case TENSOR -> tensor(attribute);
            case FLOATS -> list(attribute, attribute.getFloatsList(), op);
            case INTS -> list(attribute, attribute.getIntsList(), op);
            case STRINGS -> strings(attribute, op);
            case UNDEFINED, GRAPH, SPARSE_TENSOR, TYPE_PROTO, TENSORS, GRAPHS, SPARSE_TENSORS, TYPE_PROTOS ->
                opaque(attribute);
        };
    }

    /** The tensor that the attribute of a {@code Constant} node stands for, or null where there is no form for it here. */
    static @Nullable Tensor constant(AttributeProto attribute) {
        Object value = value(attribute, Op.OTHER);
        AttributeType type = attribute.getType();
        return switch (attribute.getName()) {
            case "value" -> value instanceof Tensor tensor ? tensor : null;
            case "value_float" -> value instanceof Float number ? Tensor.scalar(number) : null;
            case "value_int" -> value instanceof Long number ? Tensor.scalar(number) : null;
            case "value_string" ->
                value instanceof String text ? Tensor.of(new String[] {text}).reshape(Shape.scalar()) : null;
            case "value_floats" ->
                type == AttributeType.FLOATS ? Tensor.of(Floats.toArray(attribute.getFloatsList())) : null;
            case "value_ints" -> type == AttributeType.INTS ? Tensor.of(Longs.toArray(attribute.getIntsList())) : null;
            case "value_strings" ->
                type == AttributeType.STRINGS && value instanceof List<?> texts
                        ? Tensor.of(texts.toArray(String[]::new))
                        : null;
            default -> null;
        };
    }

    private static Object target(AttributeProto attribute) {
        DataType dataType = ElementTypes.dataType(attribute.getI());
        return dataType == null ? (Object) attribute.getI() : dataType.name();
    }

    private static Object tensor(AttributeProto attribute) {
        Tensor tensor = attribute.hasT() ? OnnxTensors.tensor(attribute.getT()) : null;
        return tensor == null ? opaque(attribute) : tensor;
    }

    private static Object strings(AttributeProto attribute, Op op) {
        boolean text = attribute.getStringsList().stream().allMatch(ByteString::isValidUtf8);
        return text
                ? list(
                        attribute,
                        attribute.getStringsList().stream()
                                .map(ByteString::toStringUtf8)
                                .toList(),
                        op)
                : opaque(attribute);
    }

    /** An empty list forgets of what it is one; empty lists of known operators are all of integers. */
    private static Object list(AttributeProto attribute, List<?> values, Op op) {
        return values.isEmpty() && op == Op.OTHER ? opaque(attribute) : List.copyOf(values);
    }

    private static Attributes.Opaque opaque(AttributeProto attribute) {
        return new Attributes.Opaque(attribute.toByteString(), captured(attribute));
    }

    /** Names that the subgraphs of an attribute read from around them. */
    private static Set<String> captured(AttributeProto attribute) {
        Set<String> free = new LinkedHashSet<>();
        if (attribute.hasG()) {
            free.addAll(captured(attribute.getG()));
        }
        attribute.getGraphsList().forEach(graph -> free.addAll(captured(graph)));
        return free;
    }

    private static Set<String> captured(GraphProto graph) {
        Set<String> made = new HashSet<>();
        made.add("");
        graph.getInputList().forEach(value -> made.add(value.getName()));
        graph.getInitializerList().forEach(tensor -> made.add(tensor.getName()));
        graph.getSparseInitializerList()
                .forEach(sparse -> made.add(sparse.getValues().getName()));
        Set<String> free = new LinkedHashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            Set<String> read = new LinkedHashSet<>(node.getInputList());
            node.getAttributeList().forEach(attribute -> read.addAll(captured(attribute)));
            read.removeAll(made);
            free.addAll(read);
            made.addAll(node.getOutputList());
        }
        graph.getOutputList().stream()
                .map(output -> output.getName())
                .filter(name -> !made.contains(name))
                .forEach(free::add);
        return free;
    }

    // ---- writing

    static List<AttributeProto> write(Node node) {
        List<AttributeProto> all = new ArrayList<>();
        node.attributes().asMap().forEach((name, value) -> all.add(write(node, name, value)));
        return all;
    }

    private static AttributeProto write(Node node, String name, Object value) {
        AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
        if (value instanceof Attributes.Opaque opaque) {
            return parse(node, name, opaque);
        } else if (value instanceof Long number) {
            return proto.setType(AttributeType.INT).setI(number).build();
        } else if (value instanceof Float number) {
            return proto.setType(AttributeType.FLOAT).setF(number).build();
        } else if (value instanceof Tensor tensor) {
            return proto.setType(AttributeType.TENSOR)
                    .setT(OnnxTensors.proto("", tensor))
                    .build();
        } else if (value instanceof String text) {
            return isType(node.op(), name)
                    ? proto.setType(AttributeType.INT)
                            .setI(ElementTypes.code(DataType.valueOf(text)))
                            .build()
                    : proto.setType(AttributeType.STRING)
                            .setS(ByteString.copyFromUtf8(text))
                            .build();
        }
        return writeList(node, proto, (List<?>) value);
    }

    private static AttributeProto writeList(Node node, AttributeProto.Builder proto, List<?> values) {
        if (values.stream().allMatch(Long.class::isInstance)) {
            proto.setType(AttributeType.INTS);
            values.forEach(value -> proto.addInts((Long) value));
        } else if (values.stream().allMatch(Float.class::isInstance)) {
            proto.setType(AttributeType.FLOATS);
            values.forEach(value -> proto.addFloats((Float) value));
        } else if (values.stream().allMatch(String.class::isInstance)) {
            proto.setType(AttributeType.STRINGS);
            values.forEach(value -> proto.addStrings(ByteString.copyFromUtf8((String) value)));
        } else {
            throw new GraphException(node.title() + ": attribute " + proto.getName()
                    + " is a list of several kinds (expected: Long, Float or String throughout)");
        }
        return proto.build();
    }

    private static AttributeProto parse(Node node, String name, Attributes.Opaque opaque) {
        try {
            return AttributeProto.parseFrom(opaque.onnx());
        } catch (InvalidProtocolBufferException e) {
            throw new GraphException(
                    node.title() + ": attribute " + name
                            + " is opaque but no AttributeProto (expected: what an ONNX file held)",
                    e);
        }
    }
}

package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Declarations of values from and to their messages. */
final class ValueCodec {
    /** Symbols that stay one symbol in a shape's text form; others, such as {@code Max(1, s0)}, count as unknown sizes. */
    private static final Pattern SYMBOL = Pattern.compile("[^\\s\\d,\\[\\]][^,\\[\\]]{0,127}(?<!\\s)");

    private ValueCodec() {}

    /** A value as declared; its type is unknown where it is no tensor or of no {@link DataType}. */
    static Value read(ValueInfoProto info) {
        TypeProto type = info.getType();
        if (!type.hasTensorType()) {
            return new Value(info.getName(), null, null);
        }
        TypeProto.Tensor tensor = type.getTensorType();
        return new Value(
                info.getName(),
                ElementTypes.dataType(tensor.getElemType()),
                tensor.hasShape() ? shape(tensor.getShape(), info.getName()) : null);
    }

    private static Shape shape(TensorShapeProto proto, String name) {
        Object[] sizes = new Object[proto.getDimCount()];
        Set<String> symbols = new HashSet<>();
        for (int i = 0; i < sizes.length; i++) {
            Dimension dimension = proto.getDim(i);
            sizes[i] = dimension.hasDimValue()
                    ? (Object) dimension.getDimValue()
                    : symbol(dimension.getDimParam(), i, symbols);
        }
        try {
            return Shape.symbolic(sizes);
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    "value " + Require.quote(name) + ": declared with sizes that no tensor has; " + e.getMessage()
                            + "; export the model again",
                    e);
        }
    }

    /**
     * Exporters give all variable axes of an input one name, such as {@code [batch, batch]} for rows and words, where engines
     * look at none. A repeated symbol is therefore taken for one of its own at that axis, {@code [batch, batch@1]}.
     */
    private static String symbol(String name, int axis, Set<String> before) {
        if (!SYMBOL.matcher(name).matches() || name.equals(Shape.UNKNOWN)) {
            return Shape.UNKNOWN;
        }
        return before.add(name) ? name : name + "@" + axis;
    }

    static ValueInfoProto write(Value value) {
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(ElementTypes.code(value.dataType()));
        if (value.hasShape()) {
            tensor.setShape(shape(value.shape()));
        }
        return ValueInfoProto.newBuilder()
                .setName(value.name())
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private static TensorShapeProto shape(Shape shape) {
        TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
        for (int i = 0; i < shape.rank(); i++) {
            @Nullable String symbol = shape.symbol(i);
            if (symbol == null) {
                proto.addDimBuilder().setDimValue(shape.size(i));
            } else if (symbol.equals(Shape.UNKNOWN)) {
                proto.addDimBuilder();
            } else {
                proto.addDimBuilder().setDimParam(symbol);
            }
        }
        return proto.build();
    }
}

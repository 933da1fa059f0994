package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a model's own text as the runtime's Java interface writes that of requests, so that the two are equal where they are
 * the same: in the JVM's modified UTF-8, in which a character outside the basic multilingual plane is six bytes and U+0000 is
 * two. The way back reads that form, too. All other text has the same bytes in both.
 *
 * <p>Regular expressions stay as they are; the runtime would not take such bytes for characters.
 *
 * @see "The Java Virtual Machine Specification, section 4.4.7"
 */
final class ModifiedText {
    private static final Set<String> PATTERNS = Set.of("pattern", "tokenexp");

    private ModifiedText() {}

    /** Whether a model holds text that is to be written otherwise, or may hold some in a body of control flow. */
    static boolean isIn(Graph graph) {
        return graph.constants().values().stream().anyMatch(ModifiedText::isIn)
                || graph.nodes().stream().anyMatch(ModifiedText::isIn);
    }

    private static boolean isIn(Node node) {
        return node.attributes().asMap().values().stream()
                .flatMap(value -> value instanceof List<?> list ? list.stream() : Stream.of(value))
                .anyMatch(value -> value instanceof String text
                        ? isModified(text)
                        : value instanceof Tensor tensor ? isIn(tensor) : value instanceof Attributes.Opaque);
    }

    private static boolean isIn(Tensor tensor) {
        return tensor.dataType() == DataType.STRING && tensor.strings().stream().anyMatch(ModifiedText::isModified);
    }

    private static boolean isModified(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || Character.isSurrogate(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    static void rewrite(GraphProto.Builder graph) {
        graph.getInitializerBuilderList().forEach(ModifiedText::rewrite);
        graph.getNodeBuilderList().forEach(ModifiedText::rewrite);
    }

    static void rewrite(FunctionProto.Builder function) {
        function.getNodeBuilderList().forEach(ModifiedText::rewrite);
    }

    private static void rewrite(NodeProto.Builder node) {
        for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
            if (PATTERNS.contains(attribute.getName())) {
                continue;
            }
            if (attribute.hasS()) {
                attribute.setS(modified(attribute.getS()));
            }
            for (int i = 0; i < attribute.getStringsCount(); i++) {
                attribute.setStrings(i, modified(attribute.getStrings(i)));
            }
            if (attribute.hasT()) {
                rewrite(attribute.getTBuilder());
            }
            attribute.getTensorsBuilderList().forEach(ModifiedText::rewrite);
            if (attribute.hasG()) {
                rewrite(attribute.getGBuilder());
            }
            attribute.getGraphsBuilderList().forEach(ModifiedText::rewrite);
        }
    }

    private static void rewrite(TensorProto.Builder tensor) {
        for (int i = 0; i < tensor.getStringDataCount(); i++) {
            tensor.setStringData(i, modified(tensor.getStringData(i)));
        }
    }

    /** Bytes that are no text stay what they are. */
    static ByteString modified(ByteString utf8) {
        if (!utf8.isValidUtf8()) {
            return utf8;
        }
        String text = utf8.toStringUtf8();
        if (!isModified(text)) {
            return utf8;
        }
        ByteString.Output out = ByteString.newOutput(3 * text.length());
        for (int i = 0; i < text.length(); i++) {
            write(text.charAt(i), out);
        }
        return out.toByteString();
    }

    private static void write(char unit, ByteString.Output out) {
        if (unit > 0 && unit < 0x80) {
            out.write(unit);
        } else if (unit < 0x800) {
            out.write(0xc0 | (unit >> 6));
            out.write(0x80 | (unit & 0x3f));
        } else {
            out.write(0xe0 | (unit >> 12));
            out.write(0x80 | ((unit >> 6) & 0x3f));
            out.write(0x80 | (unit & 0x3f));
        }
    }
}

package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.maas.error.BackendException;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A Gather of text that the runtime computes wrongly without an error (seen in 1.29.0): of the block of strings behind each
 * index it copies the first only. Along the last axis a block is a single string, so the axis is moved there and back.
 *
 * @param output the name of what it computes, which is unique
 * @param axis the axis it gathers along, {@code 0 <= axis < dataRank - 1}
 * @param dataRank the number of axes of the text
 * @param indicesRank the number of axes of the indices
 */
record TextGather(String output, int axis, int dataRank, int indicesRank) {
    /**
     * Those of a graph; bodies of control flow are not looked into.
     *
     * @throws BackendException if the number of axes of one is not known
     */
    static List<TextGather> in(Graph graph) {
        List<TextGather> found = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Value data = node.input(0);
            if (node.op() == Op.GATHER && data.hasDataType() && data.dataType() == DataType.STRING) {
                long axis = node.attributes().longValue("axis", 0);
                if (!data.hasShape() || !node.input(1).hasShape()) {
                    throw new BackendException(
                            OnnxRuntimeBackend.NAME,
                            node.title() + ": text " + data + " gathered by " + node.input(1)
                                    + " (expected: known numbers of axes, to work around a fault of the runtime);"
                                    + " declare them in the model");
                }
                int from = (int) (axis < 0 ? axis + data.rank() : axis);
                if (from < data.rank() - 1) {
                    found.add(new TextGather(
                            node.output().name(),
                            from,
                            data.rank(),
                            node.input(1).rank()));
                }
            }
        }
        return found;
    }

    /** What stands for the node in the file. */
    List<NodeProto> rewrite(NodeProto gather) {
        String turned = output + "/turned";
        String gathered = output + "/gathered";
        NodeProto.Builder last = gather.toBuilder().setInput(0, turned).setOutput(0, gathered);
        last.clearAttribute()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("axis")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(dataRank - 1L));
        LongStream there = LongStream.concat(
                IntStream.range(0, dataRank).filter(i -> i != axis).asLongStream(), LongStream.of(axis));
        LongStream back = LongStream.concat(
                LongStream.concat(
                        LongStream.range(0, axis), LongStream.range(dataRank - 1L, dataRank - 1L + indicesRank)),
                LongStream.range(axis, dataRank - 1L));
        return List.of(transpose(gather.getInput(0), turned, there), last.build(), transpose(gathered, output, back));
    }

    private static NodeProto transpose(String from, String to, LongStream order) {
        AttributeProto.Builder perm =
                AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
        order.forEach(perm::addInts);
        return NodeProto.newBuilder()
                .setOpType("Transpose")
                .addInput(from)
                .addOutput(to)
                .addAttribute(perm)
                .build();
    }
}

package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.common.io.ByteSource;
import io.maas.graph.Graph;
import java.util.List;

/** Short forms for ONNX messages as other tools write them. */
final class Onnx {
    static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
    static final int INT64 = TensorProto.DataType.INT64_VALUE;

    private Onnx() {}

    static Graph read(ModelProto.Builder model) {
        return OnnxReader.read(source(model));
    }

    static ByteSource source(ModelProto.Builder model) {
        return ByteSource.wrap(model.build().toByteArray());
    }

    static ModelProto.Builder model(GraphProto.Builder graph) {
        return model(17, graph);
    }

    static ModelProto.Builder model(int opset, GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph);
    }

    /** A graph from {@code x: float32[batch, 4]} to {@code y} of the same type. */
    static GraphProto.Builder graph(NodeProto.Builder... nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("g")
                .addInput(value("x", FLOAT, "batch", 4))
                .addOutput(value("y", FLOAT, "batch", 4));
        for (NodeProto.Builder node : nodes) {
            graph.addNode(node);
        }
        return graph;
    }

    static NodeProto.Builder node(String opType, List<String> inputs, List<String> outputs) {
        return NodeProto.newBuilder()
                .setOpType(opType)
                .setName("n_" + (outputs.isEmpty() ? "" : outputs.get(0)))
                .addAllInput(inputs)
                .addAllOutput(outputs);
    }

    static NodeProto.Builder node(String opType, String input, String output) {
        return node(opType, List.of(input), List.of(output));
    }

    /** Sizes are numbers, symbols, or {@code ""} for nothing at all. */
    static ValueInfoProto value(String name, int type, Object... sizes) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object size : sizes) {
            TensorShapeProto.Dimension.Builder dimension = shape.addDimBuilder();
            if (size instanceof Number number) {
                dimension.setDimValue(number.longValue());
            } else if (size instanceof String symbol && !symbol.isEmpty()) {
                dimension.setDimParam(symbol);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
                .build();
    }

    static TensorProto.Builder floats(String name, float... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(FLOAT).addDims(values.length);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor;
    }

    static TensorProto.Builder longs(String name, long... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(INT64).addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor;
    }

    static TensorProto.Builder external(String name, String location) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(FLOAT)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(location));
    }

    static SparseTensorProto.Builder sparse(TensorProto.Builder values) {
        return SparseTensorProto.newBuilder().addDims(8).setValues(values).setIndices(longs("", 0, 2, 4, 6));
    }

    static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    static AttributeProto.Builder ints(String name, long... values) {
        AttributeProto.Builder attribute = attribute(name, AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute;
    }

    static AttributeProto.Builder subgraph(String name, GraphProto.Builder graph) {
        return attribute(name, AttributeType.GRAPH).setG(graph);
    }
}

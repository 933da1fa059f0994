package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.maas.graph.onnx.OnnxTensors;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** A model of operators of ONNX Runtime's own domain with what it is run on; the title names the case. */
final class FusedModel {
    private final String title;
    private final int opset;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("fused");
    private final List<Tensors.Entry> inputs = new ArrayList<>();

    FusedModel(String title, int opset) {
        this.title = title;
        this.opset = opset;
    }

    FusedModel(String title) {
        this(title, 17);
    }

    /** A random float32 input; sizes below 0 are declared by a symbol, the same for the same size. */
    FusedModel x(String name, long... sizes) {
        return input(name, random(name, DataType.FLOAT32, sizes), sizes);
    }

    FusedModel doubles(String name, long... sizes) {
        return input(name, random(name, DataType.FLOAT64, sizes), sizes);
    }

    FusedModel input(String name, Tensor tensor, long... sizes) {
        Object[] declared = LongStream.of(sizes)
                .mapToObj(size -> size < 0 ? (Object) ("size" + -size) : (Object) size)
                .toArray();
        graph.addInput(Models.value(Models.spec(name, tensor.dataType(), declared)));
        inputs.add(new Tensors.Entry(name, tensor));
        return this;
    }

    static Tensor random(String name, DataType type, long... sizes) {
        long[] actual = LongStream.of(sizes).map(Math::abs).toArray();
        Random random = new Random(name.hashCode());
        double[] values = random.doubles(Shape.of(actual).elements(), -1, 1).toArray();
        return Tensor.of(type, values, Shape.of(actual));
    }

    FusedModel weight(String name, long... sizes) {
        return weight(name, random(name, DataType.FLOAT32, sizes));
    }

    FusedModel weight(String name, Tensor tensor) {
        try {
            graph.addInitializer(TensorProto.parseFrom(OnnxTensors.write(name, tensor)));
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A node of ONNX Runtime's domain; names are separated by blanks, and {@code _} is one left out. */
    FusedModel fused(String op, String inputs, String outputs, AttributeProto... attributes) {
        return node("com.microsoft", op, inputs, outputs, attributes);
    }

    FusedModel node(String domain, String op, String from, String to, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(op)
                .setDomain(domain)
                .setName("the_" + op)
                .addAllInput(names(from))
                .addAllOutput(names(to))
                .addAllAttribute(List.of(attributes)));
        return this;
    }

    /** An output of which only the type is declared. */
    FusedModel output(String name, DataType type) {
        TypeProto.Tensor tensor =
                TypeProto.Tensor.newBuilder().setElemType(Models.onnxType(type)).build();
        graph.addOutput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor)));
        return this;
    }

    /** Also declares the shape, as exporters do. */
    FusedModel output(String name, DataType type, Object... sizes) {
        graph.addOutput(Models.value(Models.spec(name, type, sizes)));
        return this;
    }

    private static List<String> names(String text) {
        return Arrays.stream(text.split(" "))
                .map(name -> name.equals("_") ? "" : name)
                .toList();
    }

    Tensors inputs() {
        return Tensors.copyOf(inputs);
    }

    byte[] bytes() {
        if (graph.getOutputCount() == 0) {
            output("y", DataType.FLOAT32);
        }
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setVersion(1))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    @Override
    public String toString() {
        return title + " @" + opset;
    }

    static AttributeProto decimal(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    static AttributeProto number(String name, long value) {
        return Models.attribute(name, value);
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    static AttributeProto decimals(String name, Float... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.FLOATS)
                .addAllFloats(List.of(values))
                .build();
    }

    static AttributeProto numbers(String name, Long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.INTS)
                .addAllInts(List.of(values))
                .build();
    }
}

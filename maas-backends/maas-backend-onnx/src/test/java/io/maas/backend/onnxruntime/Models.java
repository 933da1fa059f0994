package io.maas.backend.onnxruntime;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Writes small ONNX models message by message, wrong ones too. */
final class Models {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private final List<TensorSpec> inputs = new ArrayList<>();
    private final List<TensorSpec> outputs = new ArrayList<>();

    static TensorSpec spec(String name, DataType dataType, Object... sizes) {
        return new TensorSpec(name, dataType, Shape.symbolic(sizes));
    }

    Models input(String name, DataType dataType, Object... sizes) {
        inputs.add(spec(name, dataType, sizes));
        graph.addInput(value(inputs.get(inputs.size() - 1)));
        return this;
    }

    Models output(String name, DataType dataType, Object... sizes) {
        outputs.add(spec(name, dataType, sizes));
        graph.addOutput(value(outputs.get(outputs.size() - 1)));
        return this;
    }

    /** Declares an output in the signature as given, and in the file with free sizes, which the runtime believes. */
    Models lyingOutput(String name, DataType dataType, Object... sizes) {
        TensorSpec spec = spec(name, dataType, sizes);
        outputs.add(spec);
        Object[] free = new Object[sizes.length];
        for (int i = 0; i < free.length; i++) {
            free[i] = "free" + i;
        }
        graph.addOutput(value(spec(name, dataType, free)));
        return this;
    }

    Models node(String op, List<String> from, String to, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(op)
                .addAllInput(from)
                .addOutput(to)
                .addAllAttribute(List.of(attributes)));
        return this;
    }

    Models floats(String name, float[] values, long... sizes) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(1);
        for (long size : sizes) {
            tensor.addDims(size);
        }
        for (float each : values) {
            tensor.addFloatData(each);
        }
        graph.addInitializer(tensor);
        return this;
    }

    Models longs(String name, long... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(7).addDims(values.length);
        for (long each : values) {
            tensor.addInt64Data(each);
        }
        graph.addInitializer(tensor);
        return this;
    }

    byte[] bytes() {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    Signature signature() {
        return new Signature(inputs, outputs);
    }

    Program open() {
        return open(ProgramOptions.serving());
    }

    Program open(ProgramOptions options) {
        return new OnnxRuntimeProgram(
                signature(),
                new OnnxRuntimeBackend()
                        .engine(AdaptedModel.of(bytes(), signature(), List.of()), signature(), options));
    }

    static Models identity(DataType dataType) {
        return new Models().input("x", dataType, "n").output("y", dataType, "n").node("Identity", List.of("x"), "y");
    }

    /** x[batch, 4] to y[batch, 3] through 16 hidden values. */
    static Models perceptron() {
        Random random = new Random(7);
        return new Models()
                .input("x", DataType.FLOAT32, "batch", 4)
                .output("y", DataType.FLOAT32, "batch", 3)
                .floats("w1", gaussian(random, 64), 4, 16)
                .floats("b1", gaussian(random, 16), 16)
                .floats("w2", gaussian(random, 48), 16, 3)
                .floats("b2", gaussian(random, 3), 3)
                .node("Gemm", List.of("x", "w1", "b1"), "h")
                .node("Relu", List.of("h"), "a")
                .node("Gemm", List.of("a", "w2", "b2"), "y");
    }

    static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static int onnxType(DataType dataType) {
        return TensorProto.DataType.valueOf(
                        switch (dataType) {
                            case FLOAT32 -> "FLOAT";
                            case FLOAT64 -> "DOUBLE";
                            default -> dataType.name();
                        })
                .getNumber();
    }

    static ValueInfoProto value(TensorSpec spec) {
        Shape shape = Objects.requireNonNull(spec.shape());
        TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
        for (int i = 0; i < shape.rank(); i++) {
            TensorShapeProto.Dimension.Builder size = TensorShapeProto.Dimension.newBuilder();
            String symbol = shape.symbol(i);
            sizes.addDim(symbol == null ? size.setDimValue(shape.size(i)) : size.setDimParam(symbol));
        }
        return ValueInfoProto.newBuilder()
                .setName(spec.name())
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(onnxType(spec.dataType()))
                                .setShape(sizes)))
                .build();
    }
}

package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class OnnxTensorsPropertyTest {
    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyTensorComesBackBitForBit(long seed) {
        Random random = new Random(seed);
        for (DataType dataType : DataType.values()) {
            Tensor tensor = random(random, dataType, shape(random));
            Tensors.Entry entry = OnnxTensors.read(OnnxTensors.write("t/" + seed, tensor));
            assertThat(entry.tensor()).as("seed %d, %s", seed, tensor).isEqualTo(tensor);
            assertThat(entry.name()).isEqualTo("t/" + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void scalarsAndEmptyTensorsComeBack(DataType dataType) {
        for (Shape shape : new Shape[] {Shape.scalar(), Shape.of(0), Shape.of(3, 0, 2), Shape.of(1, 1)}) {
            Tensor tensor = random(new Random(7), dataType, shape);
            assertThat(OnnxTensors.read(OnnxTensors.write("", tensor)).tensor()).isEqualTo(tensor);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void typedFieldsHoldTheSameValuesAsRawBytes(long seed) {
        Random random = new Random(seed);
        for (DataType dataType : DataType.values()) {
            Tensor tensor = random(random, dataType, shape(random));
            byte[] typed = typed(tensor).toByteArray();
            assertThat(OnnxTensors.read(typed).tensor())
                    .as("seed %d, %s", seed, tensor)
                    .isEqualTo(tensor);
        }
    }

    private static Shape shape(Random random) {
        return Shape.of(IntStream.range(0, random.nextInt(4))
                .mapToLong(i -> random.nextInt(5))
                .toArray());
    }

    private static Tensor random(Random random, DataType dataType, Shape shape) {
        int elements = (int) shape.elements();
        if (dataType == DataType.STRING) {
            String[] texts = IntStream.range(0, elements)
                    .mapToObj(i -> "é\u0000" + random.nextInt() + "\uD83D\uDE00")
                    .toArray(String[]::new);
            return shape.rank() == 0 ? Tensor.of(texts).reshape(shape) : Tensor.of(texts, shape.toArray());
        }
        byte[] bytes = new byte[elements * dataType.byteSize()];
        random.nextBytes(bytes);
        if (dataType == DataType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= 1;
            }
        }
        return Tensor.copyOf(dataType, shape, ByteBuffer.wrap(bytes));
    }

    /** As tools write it that do not use raw_data. */
    private static TensorProto typed(Tensor tensor) {
        TensorProto.Builder proto = TensorProto.newBuilder().setDataType(ElementTypes.code(tensor.dataType()));
        for (long size : tensor.shape().toArray()) {
            proto.addDims(size);
        }
        for (int i = 0; i < tensor.elements(); i++) {
            switch (tensor.dataType()) {
                case FLOAT32 -> proto.addFloatData(tensor.floats().get(i));
                case FLOAT64 -> proto.addDoubleData(tensor.doubles().get(i));
                case INT64 -> proto.addInt64Data(tensor.longs().get(i));
                case UINT64 -> proto.addUint64Data(tensor.longs().get(i));
                case UINT32 -> proto.addUint64Data(tensor.ints().get(i) & 0xffff_ffffL);
                case INT32 -> proto.addInt32Data(tensor.ints().get(i));
                case INT16 -> proto.addInt32Data(tensor.shorts().get(i));
                case UINT16, FLOAT16, BFLOAT16 ->
                    proto.addInt32Data(tensor.shorts().get(i) & 0xffff);
                case INT8 -> proto.addInt32Data(tensor.bytes().get(i));
                case UINT8, BOOL -> proto.addInt32Data(tensor.bytes().get(i) & 0xff);
                case STRING ->
                    proto.addStringData(com.google.protobuf.ByteString.copyFromUtf8(
                            tensor.strings().get(i)));
            }
        }
        return proto.build();
    }
}

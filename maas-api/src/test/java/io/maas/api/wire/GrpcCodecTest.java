package io.maas.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.inference.InferTensorContents;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcCodecTest {
    private final GrpcCodec codec = new GrpcCodec();

    private static Tensor random(Random random, DataType type) {
        if (type == DataType.STRING) {
            return Tensor.of(new String[] {"", "naïve ☕ 𝄞", "a\u0000b"}).reshape(Shape.of(3, 1));
        }
        var memory = Tensor.newMemory(6L * type.byteSize());
        for (int i = 0; i < memory.capacity(); i++) {
            memory.put(i, (byte) (type == DataType.BOOL ? random.nextInt(2) : random.nextInt(256)));
        }
        return Tensor.wrap(type, Shape.of(2, 3), memory);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void everyTypeGoesThroughBitForBit(DataType type) {
        Random random = new Random(type.name().hashCode());
        Tensors tensors = Tensors.of("a", random(random, type), "empty", Tensor.zeros(type, Shape.of(0, 3)));
        InferRequest request =
                new InferRequest("7", CallParameters.none().withTimeout(Duration.ofMillis(3)), tensors, List.of());

        ModelInferRequest message = GrpcCodec.parse(
                ModelInferRequest.parser(), codec.writeRequest("m", request).toByteArray());
        InferResponse response = new InferResponse("m", 3, "7", tensors);
        ModelInferResponse answer = GrpcCodec.parse(
                ModelInferResponse.parser(), codec.writeResponse(response).toByteArray());

        assertThat(codec.readRequest(message)).isEqualTo(request);
        assertThat(codec.readResponse(answer)).isEqualTo(response);
        assertThat(answer.getOutputsList()).noneMatch(ModelInferResponse.InferOutputTensor::hasContents);
    }

    private ModelInferRequest contents(String datatype, InferTensorContents.Builder contents, long... shape) {
        var input = ModelInferRequest.InferInputTensor.newBuilder()
                .setName("x")
                .setDatatype(datatype)
                .setContents(contents);
        for (long size : shape) {
            input.addShape(size);
        }
        return ModelInferRequest.newBuilder().addInputs(input).build();
    }

    @Test
    void valuesOneByOneAreTakenFromTheFieldOfTheirType() {
        assertThat(read(contents("INT8", InferTensorContents.newBuilder().addIntContents(-128), 1)))
                .isEqualTo(Tensor.of(DataType.INT8, new double[] {-128}, Shape.of(1)));
        assertThat(read(contents("UINT16", InferTensorContents.newBuilder().addUintContents(65535), 1)))
                .isEqualTo(Tensor.of(DataType.UINT16, new double[] {65535}, Shape.of(1)));
        assertThat(read(contents("UINT32", InferTensorContents.newBuilder().addUintContents(-1), 1)))
                .isEqualTo(Tensor.of(DataType.UINT32, new double[] {4294967295.0}, Shape.of(1)));
        assertThat(read(contents("UINT64", InferTensorContents.newBuilder().addUint64Contents(-1), 1))
                        .longs()
                        .get(0))
                .isEqualTo(-1);
        assertThat(read(contents("BOOL", InferTensorContents.newBuilder().addBoolContents(true), 1)))
                .isEqualTo(Tensor.of(new boolean[] {true}));
        assertThat(read(contents(
                        "BYTES",
                        InferTensorContents.newBuilder()
                                .addBytesContents(com.google.protobuf.ByteString.copyFromUtf8("é")),
                        1)))
                .isEqualTo(Tensor.of(new String[] {"é"}));
        assertThat(read(contents("FP64", InferTensorContents.newBuilder().addFp64Contents(Double.NaN)))
                        .item())
                .isNaN();
    }

    private Tensor read(ModelInferRequest message) {
        return codec.readRequest(message).inputs().get("x");
    }

    @Test
    void valuesThatDoNotFitAreRefused() {
        assertRefused(contents("INT8", InferTensorContents.newBuilder().addIntContents(128), 1), "out of range");
        assertRefused(contents("UINT8", InferTensorContents.newBuilder().addUintContents(-1), 1), "out of range");
        assertRefused(contents("UINT16", InferTensorContents.newBuilder().addUintContents(65536), 1), "out of range");
        assertRefused(
                contents("FP32", InferTensorContents.newBuilder().addFp64Contents(1), 1), "0 values in the field");
        assertRefused(
                contents(
                        "FP32",
                        InferTensorContents.newBuilder().addFp32Contents(1).addIntContents(1),
                        1),
                "and 1 in others");
        assertRefused(contents("FP32", InferTensorContents.newBuilder(), Long.MAX_VALUE), "shape");
        assertRefused(contents("BF16", InferTensorContents.newBuilder().addFp32Contents(1), 1), "no field in contents");
        assertRefused(contents("FLOAT", InferTensorContents.newBuilder(), 0), "datatype is unknown");
        assertRefused(
                contents("FP32", InferTensorContents.newBuilder(), new long[Shape.MAX_RANK + 1]), "too many axes");
        assertRefused(
                contents(
                        "BYTES",
                        InferTensorContents.newBuilder()
                                .addBytesContents(com.google.protobuf.ByteString.copyFrom(new byte[] {(byte) 0xff})),
                        1),
                "not UTF-8");
    }

    private void assertRefused(ModelInferRequest message, String text) {
        assertThatThrownBy(() -> codec.readRequest(message))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(text);
    }

    @Test
    void namesGivenTwiceAreRefused() {
        ModelInferRequest twice = contents("FP32", InferTensorContents.newBuilder(), 0).toBuilder()
                .addInputs(contents("FP32", InferTensorContents.newBuilder(), 0).getInputs(0))
                .build();
        assertRefused(twice, "x");
    }

    @Test
    void halfACharacterCannotBeSent() {
        Tensors half = Tensors.of("x", Tensor.of(new String[] {"\ud800"}));
        assertThatThrownBy(() -> codec.writeRequest("m", InferRequest.of(half, CallParameters.none())))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("not valid Unicode");
        assertThatThrownBy(() -> codec.writeResponse(new InferResponse("m", 1, null, half)))
                .isInstanceOf(NotRepresentableException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void damagedMessagesAreRefusedAndNothingElseHappens(long seed) {
        Random random = new Random(seed);
        byte[] good = codec.writeRequest(
                        "m",
                        InferRequest.of(
                                Tensors.of("x", Tensor.of(new float[] {1, 2}), "t", Tensor.of(new String[] {"a", "b"})),
                                CallParameters.none().withTimeout(Duration.ofMillis(3))))
                .toByteArray();
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] cut = random.nextInt(4) == 0 ? java.util.Arrays.copyOf(bad, random.nextInt(bad.length)) : bad;
            try {
                codec.readRequest(GrpcCodec.parse(ModelInferRequest.parser(), cut));
            } catch (InvalidInputException | UnsupportedRequestException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}

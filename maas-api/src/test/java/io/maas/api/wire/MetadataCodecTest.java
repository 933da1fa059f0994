package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetadataCodecTest {
    private final MetadataCodec codec = new MetadataCodec();

    private static TensorSpec spec(String name, Object... shape) {
        return new TensorSpec(name, DataType.FLOAT32, Shape.symbolic(shape));
    }

    private ModelMetadata roundTrip(Signature signature) {
        return codec.readModel(codec.writeModel(new ModelMetadata("m", List.of(3), "onnx_onnxv1", signature)));
    }

    @Test
    void modelIsWrittenAsTheProtocolSays() {
        Signature signature = new Signature(List.of(spec("x", "n", 4)), List.of(spec("y", "n")));

        String json =
                new String(codec.writeModel(new ModelMetadata("m", List.of(3, 4), "onnx_onnxv1", signature)), UTF_8);

        assertThat(json)
                .isEqualTo("{\"name\":\"m\",\"versions\":[\"3\",\"4\"],\"platform\":\"onnx_onnxv1\","
                        + "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,4]}],"
                        + "\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1]}]}");
    }

    @Test
    void firstSizesBecomeBatchWhereAllOfThemVary() {
        Signature signature = new Signature(List.of(spec("x", "n", "k", 4)), List.of(spec("y", "n")));

        Signature back = roundTrip(signature).signature();

        assertThat(back.inputs()).containsExactly(spec("x", "batch", "?", 4));
        assertThat(back.outputs()).containsExactly(spec("y", "batch"));
        assertThat(back.isBatchable()).isTrue();
    }

    @Test
    void sizesStayUnknownWhereOneFirstSizeIsFixed() {
        Signature signature = new Signature(List.of(spec("x", "n", 4)), List.of(spec("y", 1, "n"), spec("z")));

        Signature back = roundTrip(signature).signature();

        assertThat(back.inputs()).containsExactly(spec("x", "?", 4));
        assertThat(back.outputs()).containsExactly(spec("y", 1, "?"), spec("z"));
        assertThat(back.isBatchable()).isFalse();
    }

    @Test
    void tensorsOfAnyRankSurvive() {
        Signature signature =
                new Signature(List.of(new TensorSpec("x", DataType.STRING, null)), List.of(spec("y", "n")));

        assertThat(roundTrip(signature).signature().inputs().get(0).shape()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void everyDatatypeHasAName(DataType type) {
        assertThat(Datatypes.find(Datatypes.name(type))).isEqualTo(type);
        Signature signature = new Signature(List.of(new TensorSpec("x", type, Shape.of(2))), List.of());
        assertThat(roundTrip(signature).signature()).isEqualTo(signature);
    }

    @Test
    void metadataOfOtherServersIsRead() {
        byte[] body =
                ("{\"versions\":null,\"name\":\"m\",\"inputs\":[{\"shape\":[-1],\"datatype\":\"BYTES\",\"name\":\"x\","
                                + "\"parameters\":{\"content_type\":\"str\"}}],\"outputs\":null,\"parameters\":{\"a\":{}}}")
                        .getBytes(UTF_8);

        ModelMetadata model = codec.readModel(body);

        assertThat(model.versions()).isEmpty();
        assertThat(model.platform()).isEmpty();
        assertThat(model.signature().inputs())
                .containsExactly(new TensorSpec("x", DataType.STRING, Shape.symbolic("batch")));
    }

    @Test
    void brokenMetadataIsRefused() {
        assertThatThrownBy(() -> codec.readModel("{\"name\":\"m\"}".getBytes(UTF_8)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("inputs is missing");
        assertThatThrownBy(() -> codec.readModel(
                        "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-2]}]}".getBytes(UTF_8)))
                .hasMessageStartingWith("inputs[0].shape: size: -2");
        assertThatThrownBy(() -> codec.readModel("{\"name\":\"m\",\"versions\":[\"one\"]}".getBytes(UTF_8)))
                .hasMessage("versions is not a number (expected: digits)");
    }

    @Test
    void healthAndReadinessAreRead() {
        assertThat(codec.readReady(codec.writeHealth(true, true, null))).isTrue();
        assertThat(codec.readReady(codec.writeHealth(true, false, "closing"))).isFalse();
        assertThat(codec.readReady("{\"name\":\"m\"}".getBytes(UTF_8))).isFalse();
        assertThat(codec.readReady("{\"a\":{\"ready\":true}}".getBytes(UTF_8))).isFalse();
    }

    @Test
    void modelsAreListed() {
        assertThat(codec.readModels(codec.writeModels(List.of("a", "b")))).containsExactly("a", "b");
    }
}

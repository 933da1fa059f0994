package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.maas.error.GraphException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OnnxWriterTest {
    /** A graph with operators of many kinds, all types of constants and more than one output. */
    static Graph sample() {
        GraphBuilder b = new GraphBuilder("sample");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 8));
        Value labels = b.input("labels", DataType.INT64, Shape.symbolic("batch"));
        Value w = b.constant("w", Tensor.of(new float[8 * 3], 8, 3));
        Value bias = b.constant("bias", Tensor.of(new float[] {1, 2, 3}));
        Value h = b.scope("dense", () -> b.relu(b.gemm(x, false, w, false, bias)));
        Value loss = b.neg(b.reduceMean(b.mul(b.logSoftmax(h, -1), b.oneHot(labels, 3, DataType.FLOAT32)), false));
        b.output("scores", b.softmax(h, 1));
        b.output("loss", loss);
        b.output("top", b.argMax(h, 1));
        b.output("half", b.cast(b.transpose(h, 1, 0), DataType.FLOAT16));
        b.output("masked", b.where(b.equal(labels, b.longs(1)), labels, b.scalar(0, labels)));
        b.output("size", b.shapeOf(x));
        for (DataType dataType : DataType.values()) {
            b.constant("zeros_" + dataType, Tensor.zeros(dataType, Shape.of(2, 2)));
        }
        return b.build();
    }

    @Test
    void graphsComeBackAsTheyWere() {
        Graph graph = sample();
        Graph again = OnnxReader.read(ByteSource.wrap(OnnxWriter.write(graph)));
        assertThat(again).hasToString(graph.toString());
        assertThat(again.constants()).isEqualTo(graph.constants());
        assertThat(again.nodes()).isEqualTo(graph.nodes());
        assertThat(again.inputs()).isEqualTo(graph.inputs());
        assertThat(again.outputs()).isEqualTo(graph.outputs());
        assertThat(again.opsets()).isEqualTo(graph.opsets());
    }

    @Test
    void graphsOfAnyPartsComeBackAsTheyWere() {
        Value x = new Value("x", DataType.FLOAT64, Shape.symbolic("n", Shape.UNKNOWN, 0));
        Value scalar = new Value("scalar", DataType.BOOL, Shape.scalar());
        Value typed = new Value("typed", DataType.FLOAT64, Shape.symbolic(Shape.UNKNOWN, 2));
        Value shapeless = new Value("shapeless", DataType.STRING, null);
        Value nothing = new Value("nothing", null, null);
        Value copy = new Value("copy", DataType.FLOAT64, Shape.symbolic(Shape.UNKNOWN, 2));
        Node foo = new Node(
                Op.OTHER,
                "com.example",
                "Foo",
                "",
                List.of(x, Value.OMITTED, scalar),
                List.of(typed, Value.OMITTED, shapeless, nothing),
                Attributes.copyOf(Map.of(
                        "f",
                        1.5f,
                        "i",
                        3L,
                        "s",
                        "text",
                        "t",
                        Tensor.scalar(2L),
                        "fs",
                        List.of(1f),
                        "is",
                        List.of(1L),
                        "ss",
                        List.of("a", "b"))));
        Node identity = new Node(Op.IDENTITY, "", "Identity", "id", List.of(typed), List.of(copy), Attributes.none());
        Graph graph = new Graph(
                "parts",
                List.of(x, scalar),
                List.of(copy, shapeless, x),
                List.of(foo, identity),
                Map.of(),
                Map.of("com.example", 2, "", 21));
        Graph again = OnnxReader.read(ByteSource.wrap(OnnxWriter.write(graph)));
        assertThat(again).hasToString(graph.toString());
        assertThat(again.nodes()).isEqualTo(graph.nodes());
        assertThat(again.opsets()).isEqualTo(graph.opsets());
    }

    @Test
    void theSameGraphGivesTheSameBytes() {
        byte[] bytes = OnnxWriter.write(sample());
        assertThat(OnnxWriter.write(sample())).isEqualTo(bytes);
        assertThat(OnnxWriter.write(OnnxReader.read(ByteSource.wrap(bytes)))).isEqualTo(bytes);
    }

    @Test
    void theOrderOfDomainsIsFixed() throws InvalidProtocolBufferException {
        Map<String, Integer> opsets = new LinkedHashMap<>();
        opsets.put("z", 1);
        opsets.put("", 17);
        opsets.put("a", 2);
        Value x = new Value("x", DataType.FLOAT32, Shape.scalar());
        Graph graph = new Graph("g", List.of(x), List.of(x), List.of(), Map.of(), opsets);
        assertThat(ModelProto.parseFrom(OnnxWriter.write(graph)).getOpsetImportList())
                .extracting(OperatorSetIdProto::getDomain)
                .containsExactly("", "a", "z");
    }

    @ParameterizedTest
    @CsvSource({"13,8", "17,8", "18,8", "19,9", "20,9", "21,10", "22,10", "23,11", "24,12", "25,13"})
    void theFileVersionFollowsTheOpset(int opset, long irVersion) throws InvalidProtocolBufferException {
        Value x = new Value("x", DataType.FLOAT32, Shape.scalar());
        Graph graph = new Graph("g", List.of(x), List.of(x), List.of(), Map.of(), Map.of("", opset));
        ModelProto model = ModelProto.parseFrom(OnnxWriter.write(graph));
        assertThat(model.getIrVersion()).isEqualTo(irVersion);
        assertThat(model.getProducerName()).isEqualTo("maas");
        assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(opset);
    }

    @Test
    void unknownSizesAreWrittenWithoutAName() throws InvalidProtocolBufferException {
        Value x = new Value("x", DataType.FLOAT32, Shape.symbolic("n", Shape.UNKNOWN, 3));
        Graph graph = new Graph("g", List.of(x), List.of(x), List.of(), Map.of(), Map.of("", 17));
        var shape = ModelProto.parseFrom(OnnxWriter.write(graph))
                .getGraph()
                .getInput(0)
                .getType()
                .getTensorType()
                .getShape();
        assertThat(shape.getDim(0).getDimParam()).isEqualTo("n");
        assertThat(shape.getDim(1).hasDimParam() || shape.getDim(1).hasDimValue())
                .isFalse();
        assertThat(shape.getDim(2).getDimValue()).isEqualTo(3);
    }

    @Test
    void numbersAreWrittenLittleEndian() throws InvalidProtocolBufferException {
        TensorProto proto = TensorProto.parseFrom(OnnxTensors.write("n", Tensor.of(new int[] {0x01020304})));
        assertThat(proto.getRawData()).isEqualTo(ByteString.copyFrom(new byte[] {4, 3, 2, 1}));
    }

    @Test
    void refusesConstantsThatOneFileCannotHold() {
        Tensor shared = Tensor.zeros(DataType.UINT8, Shape.of(64 << 20));
        GraphBuilder b = new GraphBuilder("big");
        for (int i = 0; i < 40; i++) {
            b.constant("w" + i, shared);
        }
        b.output(b.input("x", DataType.FLOAT32, Shape.scalar()));
        Graph graph = b.build();
        assertThatThrownBy(() -> OnnxWriter.write(graph))
                .isInstanceOf(GraphException.class)
                .hasMessageStartingWith("graph big: 2684354560 bytes of constants (expected: at most 2080374783");
    }

    @Test
    void refusesAttributesThatHaveNoForm() {
        Value x = new Value("x", DataType.FLOAT32, Shape.scalar());
        assertThatThrownBy(() -> OnnxWriter.write(with(x, Attributes.of("a", List.of(1L, 2f)))))
                .isInstanceOf(GraphException.class)
                .hasMessage(
                        "Foo \"n\": attribute a is a list of several kinds (expected: Long, Float or String throughout)");
        Attributes.Opaque broken =
                new Attributes.Opaque(ByteString.copyFrom(new byte[] {(byte) 0xff}), java.util.Set.of());
        assertThatThrownBy(() -> OnnxWriter.write(with(x, Attributes.of("a", broken))))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("attribute a is opaque but no AttributeProto");
    }

    private static Graph with(Value x, Attributes attributes) {
        Node node = new Node(Op.OTHER, "", "Foo", "n", List.of(x), List.of(), attributes);
        return new Graph("g", List.of(x), List.of(x), List.of(node), Map.of(), Map.of("", 17));
    }
}

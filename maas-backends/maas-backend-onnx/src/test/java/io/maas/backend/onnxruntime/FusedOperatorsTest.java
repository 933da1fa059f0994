package io.maas.backend.onnxruntime;

import static io.maas.backend.onnxruntime.FusedModel.decimal;
import static io.maas.backend.onnxruntime.FusedModel.decimals;
import static io.maas.backend.onnxruntime.FusedModel.number;
import static io.maas.backend.onnxruntime.FusedModel.numbers;
import static io.maas.backend.onnxruntime.FusedModel.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import com.google.common.io.ByteSource;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.onnx.OnnxReader;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine's own kernels of fused operators, and the standard operators that they are read as, compute the same. */
class FusedOperatorsTest {
    private static final double TOLERANCE = 1e-5;

    static Stream<FusedModel> activations() {
        return Stream.of(
                new FusedModel("Gelu").x("x", -2, 5).fused("Gelu", "x", "y"),
                new FusedModel("Gelu", 20).x("x", -2, 5).fused("Gelu", "x", "y"),
                new FusedModel("BiasGelu").x("x", -2, 3, 5).weight("b", 5).fused("BiasGelu", "x b", "y"),
                new FusedModel("FastGelu").x("x", -2, 5).fused("FastGelu", "x", "y"),
                new FusedModel("FastGelu with a bias", 13)
                        .x("x", -2, 3, 5)
                        .weight("b", 5)
                        .fused("FastGelu", "x b", "y"),
                new FusedModel("QuickGelu").x("x", -2, 5).fused("QuickGelu", "x", "y"),
                new FusedModel("QuickGelu of its own slope")
                        .x("x", 4)
                        .fused("QuickGelu", "x", "y", decimal("alpha", 3)));
    }

    static Stream<FusedModel> normalizations() {
        return Stream.of(
                new FusedModel("SimplifiedLayerNormalization")
                        .x("x", -2, 3, 8)
                        .weight("g", 8)
                        .node("", "SimplifiedLayerNormalization", "x g", "y i")
                        .output("y", DataType.FLOAT32)
                        .output("i", DataType.FLOAT32),
                new FusedModel("SimplifiedLayerNormalization over two axes", 18)
                        .x("x", -2, 3, 4)
                        .weight("g", 3, 4)
                        .node(
                                "",
                                "SimplifiedLayerNormalization",
                                "x g",
                                "y",
                                number("axis", 1),
                                decimal("epsilon", 0.5f)),
                new FusedModel("SimplifiedLayerNormalization of doubles", 11)
                        .doubles("x", -2, 8)
                        .weight("g", FusedModel.random("g", DataType.FLOAT64, 8))
                        .node("", "SimplifiedLayerNormalization", "x g", "y", decimal("epsilon", 0.25f))
                        .output("y", DataType.FLOAT64),
                layer(11).node("", "LayerNormalization", "x g b", "y"),
                layer(16)
                        .node("", "LayerNormalization", "x g", "y m i", number("axis", -1), decimal("epsilon", 0.25f))
                        .output("y", DataType.FLOAT32)
                        .output("m", DataType.FLOAT32)
                        .output("i", DataType.FLOAT32),
                skip("").fused("SkipLayerNormalization", "x s g b", "y"),
                skip(" without a shift").fused("SkipLayerNormalization", "x s g", "y", decimal("epsilon", 0.25f)),
                skip(" with all")
                        .fused("SkipLayerNormalization", "x s g b c", "y _ _ sum", decimal("epsilon", 0.01f))
                        .output("y", DataType.FLOAT32)
                        .output("sum", DataType.FLOAT32),
                skip(" with a bias only").fused("SkipLayerNormalization", "x s g _ c", "y"),
                new FusedModel("a skip for all rows")
                        .x("x", -2, 3, 8)
                        .x("s", 3, 8)
                        .weight("g", 8)
                        .fused("SkipLayerNormalization", "x s g", "y"),
                skip(", simplified").fused("SkipSimplifiedLayerNormalization", "x s g", "y"),
                skip(", simplified, with all")
                        .fused("SkipSimplifiedLayerNormalization", "x s g c", "y _ _ sum", decimal("epsilon", 0.25f))
                        .output("y", DataType.FLOAT32)
                        .output("sum", DataType.FLOAT32));
    }

    /** Before there was one; fused ones of the same model bring it to the new opset. */
    private static FusedModel layer(int opset) {
        return new FusedModel("LayerNormalization", opset)
                .x("x", -2, 3, 8)
                .weight("g", 8)
                .weight("b", 8);
    }

    private static FusedModel skip(String title) {
        return new FusedModel("a skip" + title)
                .x("x", -2, 3, 8)
                .x("s", -2, 3, 8)
                .weight("g", 8)
                .weight("b", 8)
                .weight("c", 8);
    }

    static Stream<FusedModel> embeddings() {
        return Stream.of(
                embedding("")
                        .fused("EmbedLayerNormalization", "ids segments words places table g b mask", "y m")
                        .output("y", DataType.FLOAT32)
                        .output("m", DataType.INT32),
                embedding(" without segments")
                        .fused(
                                "EmbedLayerNormalization",
                                "ids _ words places _ g b mask",
                                "y m _",
                                decimal("epsilon", 0.1f))
                        .output("y", DataType.FLOAT32)
                        .output("m", DataType.INT32),
                embedding(" without a mask")
                        .fused("EmbedLayerNormalization", "ids segments words places table g b", "y m sum")
                        .output("y", DataType.FLOAT32)
                        .output("m", DataType.INT32)
                        .output("sum", DataType.FLOAT32),
                embedding(" at given places")
                        .input("at", ints(3, 0, 1, 4, 1, 4, 2), -2, 3)
                        .fused("EmbedLayerNormalization", "ids _ words places _ g b _ at", "y m")
                        .output("y", DataType.FLOAT32));
    }

    private static FusedModel embedding(String title) {
        return new FusedModel("an embedding" + title)
                .input("ids", ints(3, 3, 1, 4, 1, 5, 8), -2, 3)
                .input("segments", ints(3, 0, 1, 1, 0, 0, 1), -2, 3)
                .input("mask", ints(3, 1, 1, 0, 1, 2, -1), -2, 3)
                .weight("words", 9, 8)
                .weight("places", 5, 8)
                .weight("table", 2, 8)
                .weight("g", 8)
                .weight("b", 8);
    }

    private static Tensor ints(int columns, int... values) {
        return columns == 0 ? Tensor.of(values) : Tensor.of(values).reshape(Shape.of(values.length / columns, columns));
    }

    static Stream<FusedModel> products() {
        return Stream.of(
                product("", new long[] {-2, 3, 4}, new long[] {4, 5}),
                product(" times alpha", new long[] {-2, 3}, new long[] {3, 5}, decimal("alpha", -0.5f)),
                product(" turned left", new long[] {-2, 4, 3}, new long[] {4, 5}, number("transA", 1)),
                product(" turned right", new long[] {-2, 3, 4}, new long[] {5, 4}, number("transB", 1)),
                product(" turned", new long[] {4, 3}, new long[] {5, 4}, number("transA", 1), number("transB", 1)),
                product(" by a vector", new long[] {-2, 3, 4}, new long[] {4}, number("transB", 1)),
                product(
                        " of batches within",
                        new long[] {3, -2, 6, 4},
                        new long[] {4, -2, 6, 5},
                        number("transBatchA", 1),
                        number("transBatchB", 1)),
                product(
                        " of all turned",
                        new long[] {4, -2, 6, 3},
                        new long[] {5, -2, 6, 4},
                        number("transBatchA", 1),
                        number("transBatchB", 1),
                        number("transA", 1),
                        number("transB", 1),
                        decimal("alpha", 2)),
                gemm("Relu"),
                gemm("Tanh", number("transB", 1), decimal("alpha", 2), decimal("beta", 0.5f)),
                gemm("LeakyRelu", decimal("activation_alpha", 0.3f), number("transB", 1)),
                gemm("HardSigmoid", decimal("activation_alpha", 0.3f), decimal("activation_beta", 0.4f)),
                conv("Relu", "x w"),
                conv("Relu", "x w b z"),
                conv("Tanh", "x w b"),
                conv("Sigmoid", "x w _ z"),
                conv("LeakyRelu", "x w b", decimals("activation_params", 0.2f)),
                conv("Clip", "x w b", decimals("activation_params", -0.2f, 0.3f)),
                conv("HardSigmoid", "x w b", decimals("activation_params", 0.3f, 0.4f)));
    }

    private static FusedModel product(String title, long[] a, long[] b, AttributeProto... attributes) {
        return new FusedModel("a product" + title).x("a", a).x("b", b).fused("FusedMatMul", "a b", "y", attributes);
    }

    private static FusedModel gemm(String activation, AttributeProto... attributes) {
        AttributeProto[] all = Stream.concat(Stream.of(text("activation", activation)), Stream.of(attributes))
                .toArray(AttributeProto[]::new);
        return new FusedModel("Gemm and " + activation)
                .x("x", -2, 4)
                .weight("w", 4, 4)
                .weight("c", 4)
                .fused("FusedGemm", "x w c", "y", all);
    }

    private static FusedModel conv(String activation, String inputs, AttributeProto... attributes) {
        AttributeProto[] all = Stream.concat(
                        Stream.of(text("activation", activation), numbers("pads", 1L, 1L, 1L, 1L)),
                        Stream.of(attributes))
                .toArray(AttributeProto[]::new);
        return new FusedModel("Conv and " + activation + " of " + inputs)
                .x("x", -2, 3, 5, 5)
                .x("z", -2, 4, 5, 5)
                .weight("w", 4, 3, 3, 3)
                .weight("b", 4)
                .fused("FusedConv", inputs, "y", all);
    }

    static Stream<FusedModel> attentions() {
        return Stream.of(
                attention("").fused("Attention", "x w b", "y", number("num_heads", 2)),
                attention(" and its keys and values")
                        .fused("Attention", "x w b", "y present", number("num_heads", 4), decimal("scale", 0.3f))
                        .output("y", DataType.FLOAT32)
                        .output("present", DataType.FLOAT32),
                attention(" to what was before", number("unidirectional", 1), "x w b"),
                new FusedModel("attention to what was before, of one length")
                        .x("x", -2, 4, 8)
                        .weight("w", 8, 24)
                        .weight("b", 24)
                        .fused("Attention", "x w b", "y", heads(), number("unidirectional", 1)),
                attention(" by lengths").input("m", ints(0, 2, 4), -2).fused("Attention", "x w b m", "y", heads()),
                attention(" by lengths to what was before")
                        .input("m", ints(0, 2, 4), -2)
                        .fused("Attention", "x w b m", "y", heads(), number("unidirectional", 1)),
                new FusedModel("attention by ends and starts")
                        .x("x", 2, 4, 8)
                        .weight("w", 8, 24)
                        .weight("b", 24)
                        .input("m", ints(0, 3, 4, 1, 2), 4)
                        .fused("Attention", "x w b m", "y", heads()),
                attention(" by a mask").input("m", mask(), -2, -4).fused("Attention", "x w b m", "y", heads()),
                attention(" by a light mask")
                        .input("m", mask(), -2, -4)
                        .fused("Attention", "x w b m", "y", heads(), decimal("mask_filter_value", -1.5f)),
                attention(" by a light mask to what was before")
                        .input("m", mask(), -2, -4)
                        .fused(
                                "Attention",
                                "x w b m",
                                "y",
                                heads(),
                                decimal("mask_filter_value", -1),
                                number("unidirectional", 1)),
                attention(" by a mask of one column")
                        .input("m", ints(1, 1, 0), -2, 1)
                        .fused("Attention", "x w b m", "y", heads()),
                attention(" by a mask of each query")
                        .input("m", queries(), -2, -4, -4)
                        .fused("Attention", "x w b m", "y", heads(), decimal("mask_filter_value", -2)),
                attention(" by a mask of each query to what was before")
                        .input("m", queries(), -2, -4, -4)
                        .fused(
                                "Attention",
                                "x w b m",
                                "y",
                                heads(),
                                decimal("mask_filter_value", -2),
                                number("unidirectional", 1)),
                attention(" with a past")
                        .x("past", 2, -2, 2, -3, 4)
                        .fused("Attention", "x w b _ past", "y present", heads(), number("unidirectional", 1))
                        .output("y", DataType.FLOAT32)
                        .output("present", DataType.FLOAT32),
                attention(" with a past and a mask")
                        .x("past", 2, -2, 2, -3, 4)
                        .input("m", ints(7, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1), -2, -7)
                        .fused("Attention", "x w b m past", "y present", heads(), number("unidirectional", 1))
                        .output("y", DataType.FLOAT32)
                        .output("present", DataType.FLOAT32),
                attention(" with a past and nothing hidden")
                        .x("past", 2, -2, 2, -3, 4)
                        .fused("Attention", "x w b _ past", "y present", heads())
                        .output("y", DataType.FLOAT32)
                        .output("present", DataType.FLOAT32),
                attention(" with an added score")
                        .x("add", -2, 2, -4, -4)
                        .fused("Attention", "x w b _ _ add", "y", heads()),
                attention(" with a score for all rows and a mask")
                        .x("add", 1, 2, -4, -4)
                        .input("m", mask(), -2, -4)
                        .fused("Attention", "x w b m _ add", "y", heads()),
                new FusedModel("attention of unlike sizes")
                        .x("x", -2, -4, 6)
                        .weight("w", 6, 28)
                        .weight("b", 28)
                        .fused("Attention", "x w b", "y", heads(), numbers("qkv_hidden_sizes", 8L, 8L, 12L)));
    }

    private static FusedModel attention(String title) {
        return new FusedModel("attention" + title)
                .x("x", -2, -4, 8)
                .weight("w", 8, 24)
                .weight("b", 24);
    }

    private static FusedModel attention(String title, AttributeProto attribute, String inputs) {
        return attention(title).fused("Attention", inputs, "y", heads(), attribute);
    }

    private static AttributeProto heads() {
        return number("num_heads", 2);
    }

    private static Tensor mask() {
        return ints(4, 1, 1, 0, 0, 0, 1, 1, 1);
    }

    /** A mask {@code [2, 4, 4]} in which each query sees a key. */
    private static Tensor queries() {
        Random random = new Random(3);
        int[] values = random.ints(32, 0, 2).toArray();
        for (int i = 0; i < values.length; i += 4) {
            values[i] = 1;
        }
        return Tensor.of(values, 2, 4, 4);
    }

    static Stream<FusedModel> multiHeadAttentions() {
        return Stream.of(
                multiHead("").fused("MultiHeadAttention", "q k v", "y", heads()),
                multiHead(" with a bias").fused("MultiHeadAttention", "q k v b", "y", heads(), decimal("scale", 0.2f)),
                multiHead(" by lengths")
                        .input("m", ints(0, 2, 5), -2)
                        .fused("MultiHeadAttention", "q k v b m", "y", heads()),
                multiHead(" by a mask")
                        .input("m", ints(5, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0), -2, -5)
                        .fused("MultiHeadAttention", "q k v _ m", "y", heads(), decimal("mask_filter_value", -2)),
                multiHead(" with an added score")
                        .x("add", -2, 1, -3, -5)
                        .fused("MultiHeadAttention", "q k v b _ add", "y", heads()),
                new FusedModel("multi-head attention with a past")
                        .x("q", -2, -3, 8)
                        .x("k", -2, -3, 8)
                        .x("v", -2, -3, 8)
                        .weight("b", 24)
                        .x("keys", -2, 2, -6, 4)
                        .x("values", -2, 2, -6, 4)
                        .fused(
                                "MultiHeadAttention",
                                "q k v b _ _ keys values",
                                "y pk pv",
                                heads(),
                                number("unidirectional", 1))
                        .output("y", DataType.FLOAT32)
                        .output("pk", DataType.FLOAT32)
                        .output("pv", DataType.FLOAT32),
                new FusedModel("multi-head attention to what was before")
                        .x("q", -2, -3, 8)
                        .x("k", -2, -3, 8)
                        .x("v", -2, -3, 8)
                        .fused("MultiHeadAttention", "q k v", "y", heads(), number("unidirectional", 1)),
                new FusedModel("multi-head attention to split keys")
                        .x("q", -2, -3, 8)
                        .x("k", -2, 2, -5, 4)
                        .x("v", -2, 2, -5, 4)
                        .fused("MultiHeadAttention", "q k v", "y", heads()));
    }

    private static FusedModel multiHead(String title) {
        return new FusedModel("multi-head attention" + title)
                .x("q", -2, -3, 8)
                .x("k", -2, -5, 8)
                .x("v", -2, -5, 12)
                .weight("b", 28);
    }

    static Stream<FusedModel> packedWeights() {
        return Stream.of(
                packed(4, " without zero points", 32, "x w s"),
                packed(4, " with packed zero points", 48, "x w s z"),
                packed(4, " with zero points that are numbers", 32, "x w s f"),
                packed(4, " with a bias", 40, "x w s z _ b"),
                packed(8, " without zero points", 32, "x w s"),
                packed(8, " with packed zero points", 48, "x w s z"),
                packed(8, " with a bias", 40, "x w s z _ b"));
    }

    private static FusedModel packed(long bits, String title, int k, String inputs) {
        int blocks = (k + 15) / 16;
        Random random = new Random(bits);
        return new FusedModel("a weight of " + bits + " bits" + title)
                .x("x", -2, 3, k)
                .weight("w", bytes(random, 5, blocks, 2 * bits))
                .weight("s", 5, blocks)
                .weight("z", bytes(random, 5, (blocks * bits + 7) / 8))
                .weight("f", 5, blocks)
                .weight("b", 5)
                .fused(
                        "MatMulNBits",
                        inputs,
                        "y",
                        number("K", k),
                        number("N", 5),
                        number("bits", bits),
                        number("block_size", 16));
    }

    private static Tensor bytes(Random random, long... sizes) {
        Shape shape = Shape.of(sizes);
        return Tensor.of(
                DataType.UINT8,
                random.ints(shape.elements(), 0, 256).asDoubleStream().toArray(),
                shape);
    }

    static Stream<FusedModel> rotations() {
        return Stream.of(
                rotation("").x("x", -2, -3, 16).input("at", places(0, 2), 1).fused("RotaryEmbedding", "x at c s", "y"),
                rotation(", interleaved")
                        .x("x", -2, -3, 16)
                        .input("at", places(3, 0, 1, 2, 5, 4, 3), -2, -3)
                        .fused("RotaryEmbedding", "x at c s", "y", number("interleaved", 1)),
                rotation(" of heads")
                        .x("x", -2, 2, -3, 8)
                        .input("at", places(3, 0, 1, 2, 5, 4, 3), -2, -3)
                        .fused("RotaryEmbedding", "x at c s", "y"),
                rotation(" of heads from one place")
                        .x("x", -2, 2, -3, 8)
                        .input("at", places(0, 1), 1)
                        .fused("RotaryEmbedding", "x at c s", "y", number("interleaved", 1)),
                rotation(" of a part")
                        .x("x", -2, -3, 24)
                        .input("at", places(0, 1), 1)
                        .fused(
                                "RotaryEmbedding",
                                "x at c s",
                                "y",
                                number("rotary_embedding_dim", 8),
                                number("num_heads", 2)));
    }

    private static FusedModel rotation(String title) {
        return new FusedModel("a rotation" + title).weight("c", 6, 4).weight("s", 6, 4);
    }

    private static Tensor places(int columns, long... values) {
        return columns == 0 ? Tensor.of(values) : Tensor.of(values).reshape(Shape.of(values.length / columns, columns));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({
        "activations",
        "normalizations",
        "embeddings",
        "products",
        "attentions",
        "multiHeadAttentions",
        "packedWeights",
        "rotations"
    })
    void computesWhatTheFusedKernelComputes(FusedModel model) {
        Graph graph = OnnxReader.read(ByteSource.wrap(model.bytes()));
        assertThat(graph.nodes()).extracting(Node::op).doesNotContain(Op.OTHER);
        Tensors expected = run(model);
        try (Program program = new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving())) {
            Tensors found = program.run(model.inputs());
            assertThat(found.names()).isEqualTo(expected.names());
            for (String name : expected.names()) {
                assertClose(name, found.get(name), expected.get(name));
            }
        }
    }

    /** The engine's kernel reads a bias that is not there. */
    @Test
    void attentionWithoutABiasIsThatOfZeros() {
        FusedModel zeros = new FusedModel("with zeros")
                .x("x", -2, -4, 8)
                .weight("w", 8, 24)
                .weight("b", Tensor.zeros(DataType.FLOAT32, Shape.of(24)))
                .fused("Attention", "x w b", "y", heads());
        FusedModel without = new FusedModel("without a bias")
                .x("x", -2, -4, 8)
                .weight("w", 8, 24)
                .fused("Attention", "x w", "y", heads());
        Graph graph = OnnxReader.read(ByteSource.wrap(without.bytes()));
        try (Program program = new OnnxRuntimeBackend().compile(graph, ProgramOptions.serving())) {
            assertClose("y", program.run(without.inputs()).get("y"), run(zeros).get("y"));
        }
    }

    private static Tensors run(FusedModel model) {
        try (Program program =
                new OnnxRuntimeBackend().load(ByteSource.wrap(model.bytes()), ProgramOptions.serving())) {
            return program.run(model.inputs());
        }
    }

    private static void assertClose(String name, Tensor found, Tensor expected) {
        assertThat(found.shape()).isEqualTo(expected.shape());
        assertThat(found.dataType()).isEqualTo(expected.dataType());
        double[] a = found.toDoubleArray();
        double[] b = expected.toDoubleArray();
        for (int i = 0; i < a.length; i++) {
            assertThat(Math.abs(a[i] - b[i]))
                    .as("%s[%d]: %s, of the fused kernel %s", name, i, a[i], b[i])
                    .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(b[i])));
        }
    }
}

package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ModifiedTextTest {
    private static final Shape BATCH = Shape.symbolic("batch");
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "Gr\u00fc\u00dfe",
            "\u65e5\u672c",
            "\uD83D\uDE00",
            "x\uD83D\uDE00y",
            "a\0b",
            "\0",
            "\u07ff\u0800\uffff");

    private static Tensors texts() {
        return Tensors.of("text", Tensor.of(TEXTS.toArray(String[]::new)));
    }

    private static Graph vocabulary() {
        GraphBuilder b = new GraphBuilder("vocabulary");
        Value text = b.input("text", DataType.STRING, BATCH);
        Map<String, Object> attributes = Map.of(
                "keys_strings",
                TEXTS,
                "values_int64s",
                LongStream.range(0, TEXTS.size()).boxed().toList(),
                "default_int64",
                -1L);
        Value ids = b.foreign(
                "ai.onnx.ml",
                2,
                "LabelEncoder",
                Attributes.copyOf(attributes),
                new GraphBuilder.Result(DataType.INT64, BATCH),
                text);
        b.output("ids", ids);
        Value table = b.constant("table", Tensor.of(TEXTS.toArray(String[]::new)));
        b.output("names", b.node(Op.GATHER, Attributes.none(), table, ids));
        Value suffix = b.constant("suffix", Tensor.of(new String[] {"\uD83D\uDE00\0"}));
        b.output(
                "longer",
                b.foreign(
                        "",
                        20,
                        "StringConcat",
                        Attributes.none(),
                        new GraphBuilder.Result(DataType.STRING, BATCH),
                        text,
                        suffix));
        return b.build();
    }

    private static void check(Program program) {
        Tensors answer = program.run(texts());
        assertThat(answer.get("ids").toLongArray())
                .containsExactly(LongStream.range(0, TEXTS.size()).toArray());
        assertThat(answer.get("names").strings()).isEqualTo(TEXTS);
        assertThat(answer.get("longer").strings())
                .isEqualTo(TEXTS.stream().map(each -> each + "\uD83D\uDE00\0").toList());
    }

    @Test
    void textOfRequestsIsEqualToTextOfTheModelBothWays() {
        try (Program program = new OnnxRuntimeBackend().compile(vocabulary(), ProgramOptions.serving())) {
            check(program);
        }
    }

    @Test
    void textOfModelsFromFilesToo() {
        ByteSource onnx = ByteSource.wrap(OnnxWriter.write(vocabulary()));
        try (Program program = new OnnxRuntimeBackend().load(onnx, ProgramOptions.serving())) {
            check(program);
        }
    }

    @Test
    void bytesThatAreNoTextStayAsTheyAre() {
        ByteString damaged = ByteString.copyFrom(new byte[] {(byte) 0xf0, 0, 1});
        assertThat(ModifiedText.modified(damaged)).isSameAs(damaged);
    }

    @Test
    void modifiedFormIsThatOfTheJvm() throws Exception {
        for (String text : TEXTS) {
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            new java.io.DataOutputStream(out).writeUTF(text);
            ByteString expected = ByteString.copyFrom(out.toByteArray()).substring(2);
            assertThat(ModifiedText.modified(ByteString.copyFromUtf8(text))).isEqualTo(expected);
        }
    }

    @Test
    void modelThatRefusesARequestSaysWhy() {
        GraphBuilder b = new GraphBuilder("refusing");
        Value id = b.input("id", DataType.INT64, BATCH);
        Value bad = b.node(Op.LESS, Attributes.none(), id, b.constant(Tensor.scalar(0L)));
        b.output("id_out", b.scope("checks", () -> b.refuseIf(bad, "column \"id\": it's < 0 (expected: >= 0)", id)));
        try (Program program = new OnnxRuntimeBackend().compile(b.build(), ProgramOptions.serving())) {
            Tensor good = Tensor.of(new long[] {3, 0, 7});
            assertThat(program.run(Tensors.of("id", good)).only()).isEqualTo(good);
            assertThatThrownBy(() -> program.run(Tensors.of("id", Tensor.of(new long[] {3, -1}))))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("column \"id\": it's < 0 (expected: >= 0)");
        }
    }
}

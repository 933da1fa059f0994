package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.GraphException;
import io.maas.graph.onnx.OnnxAdmission;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AppendingTest {
    private static final Shape BATCH = Shape.symbolic("batch");

    private static Graph doubling(String symbol) {
        GraphBuilder b = new GraphBuilder("doubling");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic(symbol, 2));
        b.output("y", b.mul(x, b.constant("factor", Tensor.of(new float[] {2}))));
        return b.build();
    }

    private static Value output(Map<String, Value> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }

    private static GraphBuilder.Result longs() {
        return new GraphBuilder.Result(DataType.INT64, BATCH);
    }

    private static Value label(GraphBuilder b, int since, Value text) {
        return b.foreign(
                "ai.onnx.ml",
                since,
                "LabelEncoder",
                Attributes.of("keys_strings", List.of("a"), "values_int64s", List.of(1L)),
                longs(),
                text);
    }

    @Test
    void namesThatAreTakenGetANumberAndSymbolsBecomeOne() {
        GraphBuilder b = new GraphBuilder("both");
        Value factor = b.input("factor", DataType.FLOAT32, Shape.symbolic("batch", 2));
        Map<String, Value> first = b.append(doubling("n"), Map.of("x", factor));
        Map<String, Value> second = b.append(doubling("m"), Map.of("x", output(first, "y")));
        b.output("four_times", output(second, "y"));
        Graph graph = b.build();
        assertThat(graph.inputs()).extracting(Value::name).containsExactly("factor");
        assertThat(graph.output("four_times").shape()).isEqualTo(Shape.symbolic("batch", 2));
        assertThat(graph.constants().keySet()).containsExactly("factor_1", "factor_2");
        assertThat(OnnxReader.read(ByteSource.wrap(OnnxWriter.write(graph))).toString())
                .isEqualTo(graph.toString());
    }

    @Test
    void inputsThatAreNotGivenBecomeInputs() {
        GraphBuilder b = new GraphBuilder("both");
        b.output("result", output(b.append(doubling("n"), Map.of()), "y"));
        assertThat(b.build().inputs()).extracting(Value::toString).containsExactly("x: float32[n, 2]");
        GraphBuilder taken = new GraphBuilder("both");
        taken.input("x", DataType.STRING, BATCH);
        assertThatThrownBy(() -> taken.append(doubling("n"), Map.of()))
                .isInstanceOf(GraphException.class)
                .hasMessage("input \"x\" of graph \"doubling\": its name is taken (expected: a name of its own);"
                        + " rename the other one");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        GraphBuilder b = new GraphBuilder("both");
        Value wide = b.input("wide", DataType.FLOAT32, Shape.symbolic("batch", 3));
        assertThatThrownBy(() -> b.append(doubling("n"), Map.of("x", wide)))
                .isInstanceOf(GraphException.class)
                .hasMessage("input \"x\" of graph \"doubling\": got wide: float32[batch, 3],"
                        + " expected x: float32[n, 2]");
        assertThatThrownBy(() -> b.append(doubling("n"), Map.of("z", wide)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("no input \"z\" in the graph");
    }

    @Test
    void foreignOperatorsBringTheirDomainAndAreLetIn() {
        GraphBuilder b = new GraphBuilder("labels");
        Value text = b.input("text", DataType.STRING, BATCH);
        b.output("id", label(b, 2, text));
        Graph graph = b.build();
        assertThat(graph.opsets()).isEqualTo(Map.of("", Graph.OPSET, "ai.onnx.ml", 2));
        ByteSource onnx = ByteSource.wrap(OnnxWriter.write(graph));
        OnnxAdmission.check(onnx);
        Graph again = OnnxReader.read(onnx);
        assertThat(again.output("id")).isEqualTo(graph.output("id"));
        assertThat(again.opsets()).isEqualTo(graph.opsets());
    }

    @Test
    void theNewerOpsetOfEachDomainWins() {
        GraphBuilder old = new GraphBuilder("old");
        old.output("old_id", label(old, 2, old.input("text", DataType.STRING, BATCH)));
        GraphBuilder b = new GraphBuilder("new");
        b.foreign("ai.onnx.ml", 3, "Other", Attributes.none(), longs(), b.input("other", DataType.STRING, BATCH));
        b.foreign("", 20, "StringConcat", Attributes.none(), longs(), b.value("other"), b.value("other"));
        b.output("id", output(b.append(old.build(), Map.of()), "old_id"));
        assertThat(b.build().opsets()).isEqualTo(Map.of("", 20, "ai.onnx.ml", 3));
    }

    @Test
    void operatorsThatMayMeanSomethingElseAreNotRaised() {
        GraphBuilder old = new GraphBuilder("old");
        Value text = old.input("text", DataType.STRING, BATCH);
        old.output("out", old.foreign("", 18, "Unknown", Attributes.none(), longs(), text));
        GraphBuilder b = new GraphBuilder("new");
        b.foreign("", 20, "StringConcat", Attributes.none(), longs(), b.input("other", DataType.STRING, BATCH));
        assertThatThrownBy(() -> b.append(old.build(), Map.of()))
                .isInstanceOf(GraphException.class)
                .hasMessage("graph \"old\": opset 18 (expected: 20, as in graph \"new\", or operators whose meaning"
                        + " there is known here); export the model with a newer opset");
    }
}

package io.maas.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Adapters of rows, and what finds them; only the signature of a model counts here, so it gives back what it gets. */
class AdaptersTest {
    private static final Adapters ADAPTERS = Adapters.of();

    private static Artifact model(DataType type, Object... shape) {
        GraphBuilder b = new GraphBuilder("model");
        b.output("out", b.input("x", type, Shape.symbolic("batch")));
        b.output("scores", b.input("y", DataType.FLOAT32, Shape.symbolic(shape)));
        return Artifact.of(b.build());
    }

    private static <O> List<O> read(Artifact artifact, Class<O> type, Tensors outputs) throws Exception {
        return Decoders.find(artifact, type).orElseThrow().apply(outputs);
    }

    private static Tensor column(DataType type, @Nullable Object cell) throws Exception {
        GraphBuilder b = new GraphBuilder("model");
        b.input("x", type, Shape.symbolic("batch"));
        b.output("y", b.input("z", DataType.FLOAT32, Shape.symbolic("batch")));
        return ADAPTERS.find("m:1", Artifact.of(b.build()), Row.class, Double.class)
                .encode(List.of(Row.of("x", cell, "z", 1)))
                .inputs()
                .get("x");
    }

    @Test
    void scoresBecomeProbabilitiesAndTheLargestIsTheLabel() throws Exception {
        Artifact three = model(DataType.INT64, "batch", 3).withLabels(List.of("a", "b", "c"));
        Tensors outputs = Tensors.of("scores", Tensor.of(new float[] {1, 2, 1000, 0, 0, -1}, 2, 3));

        List<Label> labels = read(three, Label.class, outputs);

        assertThat(labels.get(0)).isEqualTo(new Label("c", 1, java.util.Map.of("a", 0.0, "b", 0.0, "c", 1.0)));
        assertThat(labels.get(1).name()).isEqualTo("a");
        assertThat(labels.get(1).probability()).isCloseTo(1 / (2 + Math.exp(-1)), within(1e-9));
    }

    @Test
    void oneScoreOfTwoClassesIsThatOfTheSecond() throws Exception {
        Artifact binary = model(DataType.INT64, "batch", 1).withLabels(List.of("no", "yes"));
        Tensors outputs = Tensors.of("scores", Tensor.of(new float[] {-1, 2}, 2, 1));

        List<Label> labels = read(binary, Label.class, outputs);

        assertThat(labels).extracting(Label::name).containsExactly("no", "yes");
        assertThat(labels.get(0).probability()).isCloseTo(1 / (1 + Math.exp(-1)), within(1e-9));
        assertThatThrownBy(() -> read(binary.withTag("labels.scores", "softmax"), Label.class, outputs))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("tag labels.scores: \"softmax\" (expected: sigmoid or probabilities");
        Tensors given = Tensors.of("scores", Tensor.of(new float[] {0.25f}, 1, 1));
        assertThat(read(binary.withTag("labels.scores", "probabilities"), Label.class, given)
                        .get(0)
                        .probability())
                .isEqualTo(0.75);
    }

    @Test
    void namesAreOnePerLineAndSurviveTheirFile() {
        Artifact artifact = model(DataType.INT64, "batch", 2).withLabels(List.of("non, merci", "oui \ud83d\ude00"));

        assertThat(artifact.labels()).containsExactly("non, merci", "oui \ud83d\ude00");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> artifact.withLabels(List.of("a", "b\n")))
                .withMessage("name of a class: \"b\\u000a\" (expected: a text without line breaks, each once)");
        assertThatThrownBy(
                        artifact.withFile(Artifact.LABELS_FILE, ByteSource.wrap(new byte[] {'a', '\n', 'a'}))::labels)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("labels.txt cannot be read: name of a class: \"a\"");
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Answer(long out, float[] scores) {}

    private record Unknown(long out, double more) {}

    @Test
    void outputsBecomeRecordsAndNumbers() throws Exception {
        Artifact artifact = model(DataType.INT64, "batch", 2);
        Tensors outputs = Tensors.of(
                "out", Tensor.of(new long[] {7, 1L << 60}), "scores", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));

        List<Answer> answers = read(artifact, Answer.class, outputs);

        assertThat(answers).extracting(Answer::out).containsExactly(7L, 1L << 60);
        assertThat(answers.get(1).scores()).containsExactly(3, 4);
        assertThat(read(artifact, Double.class, outputs)).containsExactly(7.0, 0x1p60);
        assertThat(Decoders.find(artifact, Unknown.class)).isEmpty();
        assertThat(Decoders.find(artifact, String.class)).isEmpty();
    }

    @Test
    void cellsTakeTheTypesOfTheirColumns() throws Exception {
        assertThat(column(DataType.FLOAT64, 3)).isEqualTo(Tensor.of(new double[] {3}));
        assertThat(column(DataType.FLOAT32, null).toFloatArray()).containsExactly(Float.NaN);
        assertThat(column(DataType.INT64, Long.MAX_VALUE)).isEqualTo(Tensor.of(new long[] {Long.MAX_VALUE}));
        assertThat(column(DataType.INT64, 3.0)).isEqualTo(Tensor.of(new long[] {3}));
        assertThat(column(DataType.UINT8, 255).toDoubleArray()).containsExactly(255);
        assertThat(column(DataType.INT8, (byte) -128).toDoubleArray()).containsExactly(-128);
        assertThat(column(DataType.STRING, null).strings()).containsExactly("");
        assertThat(column(DataType.STRING, DataType.BOOL).strings()).containsExactly("BOOL");
        assertThat(column(DataType.BOOL, true)).isEqualTo(Tensor.of(new boolean[] {true}));
    }

    @Test
    void cellsOfOtherTypesAreRefusedByRowColumnAndValue() {
        assertThatThrownBy(() -> column(DataType.INT64, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(
                        "row 0, column \"x\": null (expected: a whole number from -9223372036854775808 to ");
        assertThatThrownBy(() -> column(DataType.UINT8, 256))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "row 0, column \"x\": \"256\" of Integer (expected: a whole number from 0 to 255, as the column is"
                                + " uint8)");
        assertThatThrownBy(() -> column(DataType.STRING, 5))
                .hasMessageStartingWith("row 0, column \"x\": \"5\" of Integer");
        assertThatThrownBy(() -> column(DataType.BOOL, 1)).hasMessageContaining("(expected: true or false, ");
    }

    private record Lacking(double y) {}

    @Test
    void aRecordWithoutOneOfTheColumnsIsRefusedAtOnce() {
        Artifact artifact = model(DataType.FLOAT32, "batch");

        assertThatThrownBy(() -> ADAPTERS.find("m:1", artifact, Lacking.class, Double.class))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(
                        "record Lacking has no component \"x\" (expected: one for each of the columns [x, y])");
    }

    @Test
    void whereNoAdapterFitsThoseThatThereAreAreNamed() {
        assertThatThrownBy(() -> ADAPTERS.find("m:1", model(DataType.FLOAT32, "batch", 2), String.class, Label.class))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(
                        "no adapter from String to Label fits model m:1 with inputs [x: float32[batch], y: ")
                .hasMessageContaining("files [model.onnx] and tags {}; found: rows (Row or a record to Label, ")
                .hasMessageEndingWith("or add the module with another to the class path");
    }

    @Test
    void versionsThatDeclareTheSameShareAnAdapter() {
        Artifact artifact = model(DataType.FLOAT32, "batch").withLabels(List.of("no", "yes"));
        Artifact described = artifact.withDescription("another one");
        Artifact renamed = artifact.withLabels(List.of("non", "oui"));

        Adapter<Row, Label> adapter = ADAPTERS.find("m:1", artifact, Row.class, Label.class);

        assertThat(ADAPTERS.find("m:2", described, Row.class, Label.class)).isSameAs(adapter);
        assertThat(ADAPTERS.find("m:3", renamed, Row.class, Label.class)).isNotSameAs(adapter);
    }

    @Test
    void alikeEmbeddingsHaveACosineOfOne() {
        Embedding embedding = Embedding.of(3, 4);

        assertThat(embedding.cosine(Embedding.of(6, 8))).isEqualTo(1);
        assertThat(embedding.cosine(Embedding.of(-4, 3))).isZero();
        assertThat(embedding.cosine(Embedding.of(0, 0))).isZero();
        assertThat(embedding).isEqualTo(Embedding.of(3, 4)).isNotEqualTo(Embedding.of(4, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> embedding.cosine(Embedding.of(1)))
                .withMessage("size: 1 (expected: 2 as of the other embedding)");
    }
}

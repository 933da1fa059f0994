package io.maas.backend.onnxruntime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.error.QuantizationRefusedException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.graph.quantize.AccuracyGate;
import io.maas.graph.quantize.Quantization;
import io.maas.graph.quantize.QuantizationReport;
import io.maas.graph.quantize.Quantized;
import io.maas.graph.quantize.Quantizer;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.LengthPadding;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantizerTest {
    private static final Quantizer QUANTIZER = new Quantizer(new OnnxRuntimeBackend());

    private static Tensor gaussian(long seed, double scale, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[(int) Shape.of(shape).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = scale * random.nextGaussian();
        }
        return Tensor.of(DataType.FLOAT32, values, Shape.of(shape));
    }

    /** Two layers, of which the second one has large weights, all for an input that is zero: they make the steps of the others. */
    private static Artifact classifier() {
        GraphBuilder b = new GraphBuilder("classifier");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", "length", 64));
        float[] even = gaussian(1, 0.1, 64, 64).toFloatArray();
        float[] uneven = gaussian(2, 0.1, 64, 64).toFloatArray();
        for (int i = 0; i < 64; i++) {
            even[64 * i] = 0;
            uneven[i] = 3;
        }
        Value hidden = b.relu(b.scope("first", () -> b.matmul(x, b.constant("w1", Tensor.of(even, 64, 64)))));
        Value second = b.scope("second", () -> b.matmul(hidden, b.constant("w2", Tensor.of(uneven, 64, 64))));
        b.output("scores", second);
        b.output("label", b.argMax(second, -1));
        return Artifact.of(b.build())
                .withPadding(LengthPadding.of(1, "x").withOutputs("scores", "label"))
                .withTag("task", "test")
                .withTokenizer(ByteSource.wrap("{}".getBytes(UTF_8)))
                .withLineage(
                        Lineage.unknown().withSettings(Map.of("epochs", "3")).withWeightsHash("ab"));
    }

    private static List<Tensors> sample() {
        List<Tensors> sample = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sample.add(Tensors.of("x", gaussian(10 + i, 1, 1 + i % 3, 2 + i, 64)));
        }
        return sample;
    }

    private static Tensors answer(Artifact artifact, Tensors inputs) {
        try (Program program = new OnnxRuntimeBackend().load(artifact.model(), ProgramOptions.serving())) {
            return program.run(inputs);
        }
    }

    @Test
    void whatTheArtifactSaysIsKeptAndWhatWasDoneIsAdded() throws IOException {
        Artifact before = classifier();
        Quantized quantized =
                QUANTIZER.quantize(before, Quantization.dynamicInt8(), sample(), AccuracyGate.meanCosine(0.5));
        Artifact after = quantized.artifact();
        assertThat(after.signature()).isEqualTo(before.signature());
        assertThat(after.signature().isBatchable()).isTrue();
        assertThat(after.manifest().tags()).isEqualTo(before.manifest().tags());
        assertThat(after.file(Artifact.TOKENIZER_FILE).contentEquals(before.file(Artifact.TOKENIZER_FILE)))
                .isTrue();
        Lineage lineage = after.manifest().lineage();
        assertThat(lineage.settings())
                .containsEntry("epochs", "3")
                .containsEntry("quantization", "dynamic int8")
                .containsEntry(
                        "quantization.of", before.model().hash(Hashing.sha256()).toString());
        assertThat(lineage.weightsHash()).isNull();
        assertThat(lineage.metrics())
                .containsEntry(
                        "quantization.scores.meanCosine",
                        Objects.requireNonNull(quantized.report().outputs().get("scores"))
                                .meanCosine());
    }

    @Test
    void theReportHoldsFiguresOfTheAnswersThatTheArtifactGives() throws IOException {
        Artifact before = classifier();
        List<Tensors> sample = sample();
        Quantized quantized = QUANTIZER.quantize(before, Quantization.dynamicInt8(), sample, AccuracyGate.agreement(0));
        QuantizationReport report = quantized.report();
        assertThat(report.samples()).isEqualTo(20);
        assertThat(report.bytesBefore()).isEqualTo(before.model().size());
        assertThat(report.bytesAfter()).isEqualTo(quantized.artifact().model().size());
        assertThat(report.ratio()).isBetween(0.25, 0.4);
        double largest = 0;
        double cosines = 0;
        int rows = 0;
        int same = 0;
        int labels = 0;
        for (Tensors inputs : sample) {
            Tensors right = answer(before, inputs);
            Tensors actual = answer(quantized.artifact(), inputs);
            double[] a = right.get("scores").toDoubleArray();
            double[] b = actual.get("scores").toDoubleArray();
            int count = (int) right.get("scores").shape().size(0);
            for (int row = 0; row < count; row++) {
                double ab = 0;
                double aa = 0;
                double bb = 0;
                for (int i = row * a.length / count; i < (row + 1) * a.length / count; i++) {
                    ab += a[i] * b[i];
                    aa += a[i] * a[i];
                    bb += b[i] * b[i];
                    largest = Math.max(largest, Math.abs(a[i] - b[i]));
                }
                cosines += ab / Math.sqrt(aa * bb);
                rows++;
            }
            long[] one = right.get("label").toLongArray();
            long[] other = actual.get("label").toLongArray();
            for (int i = 0; i < one.length; i++) {
                labels++;
                same += one[i] == other[i] ? 1 : 0;
            }
        }
        QuantizationReport.Output scores =
                Objects.requireNonNull(report.outputs().get("scores"));
        assertThat(scores.meanCosine()).isCloseTo(cosines / rows, within(1e-9));
        assertThat(scores.largestDifference()).isCloseTo(largest, within(1e-12));
        assertThat(Objects.requireNonNull(report.outputs().get("label")).agreement())
                .isEqualTo((double) same / labels);
    }

    @Test
    void aModelThatLosesTooMuchIsRefusedWithTheFigureAndTheWorstLayer() {
        AccuracyGate strict = AccuracyGate.meanCosine(-1).withOutput("scores").withLargestDifference(1e-3);
        assertThatThrownBy(() -> QUANTIZER.quantize(classifier(), Quantization.dynamicInt8(), sample(), strict))
                .isInstanceOfSatisfying(QuantizationRefusedException.class, refused -> {
                    assertThat(refused.output()).isEqualTo("scores");
                    assertThat(refused.measured()).isGreaterThan(1e-3);
                    assertThat(refused.worstLayer()).isEqualTo("second/MatMul_1");
                })
                .hasMessageMatching("quantization by dynamic int8: largest difference [0-9.E-]+ of output \"scores\""
                        + " over 20 samples \\(expected: <= 0.001\\); the worst layer is \"second/MatMul_1\", off by"
                        + " [0-9.E-]+ of its output; leave it out, or take more bits");
    }

    @Test
    void leavingTheWorstLayerOutIsNearer() {
        AccuracyGate open = AccuracyGate.meanCosine(-1);
        QuantizationReport all = QUANTIZER
                .quantize(classifier(), Quantization.dynamicInt8(), sample(), open)
                .report();
        assertThat(all.layers())
                .extracting(QuantizationReport.Layer::name)
                .containsExactly("second/MatMul_1", "first/MatMul_1");
        Quantization without =
                Quantization.dynamicInt8().withLeftOut(all.layers().get(0).name());
        QuantizationReport fewer =
                QUANTIZER.quantize(classifier(), without, sample(), open).report();
        assertThat(Objects.requireNonNull(fewer.outputs().get("scores")).largestDifference())
                .isLessThan(Objects.requireNonNull(all.outputs().get("scores")).largestDifference() / 2);
        assertThat(fewer.layers().get(0).error()).isEqualTo(all.layers().get(1).error());
    }

    @Test
    void aGoldenSampleHasTheNewAnswersAndATolerance() {
        Tensors inputs = sample().get(3);
        Artifact before = classifier();
        Artifact golden = before.withGolden(GoldenSample.of(inputs, answer(before, inputs)));
        GoldenSample made = QUANTIZER
                .quantize(golden, Quantization.dynamicInt8(), sample(), AccuracyGate.meanCosine(-1))
                .artifact()
                .golden()
                .orElseThrow();
        assertThat(made.inputs()).isEqualTo(inputs);
        assertThat(made.outputs()).isNotEqualTo(golden.golden().orElseThrow().outputs());
        double[] right = answer(before, inputs).get("scores").toDoubleArray();
        double[] actual = Objects.requireNonNull(made.outputs().get("scores")).toDoubleArray();
        double distance = 0;
        for (int i = 0; i < right.length; i++) {
            distance = Math.max(distance, Math.abs(right[i] - actual[i]));
        }
        assertThat(made.tolerance()).isEqualTo(distance).isGreaterThan(1e-4);
    }

    @Test
    void gatesAndSamplesThatCannotBeAreRefused() {
        AccuracyGate open = AccuracyGate.meanCosine(-1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QUANTIZER.quantize(classifier(), Quantization.dynamicInt8(), List.of(), open))
                .withMessage("sample: empty (expected: at least one group of inputs)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QUANTIZER.quantize(
                        classifier(), Quantization.dynamicInt8(), sample(), open.withOutput("score")))
                .withMessage("gate.output: score (expected: one of [scores, label])");
        Artifact pipeline = Artifact.ofPipeline(new Signature(List.of(), List.of()), new byte[] {'{', '}'});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QUANTIZER.quantize(pipeline, Quantization.dynamicInt8(), sample(), open))
                .withMessageStartingWith("artifact: a pipeline (expected: a model");
        List<Tensors> wrong = List.of(Tensors.of("y", gaussian(1, 1, 1, 2, 64)));
        assertThatThrownBy(() -> QUANTIZER.quantize(classifier(), Quantization.dynamicInt8(), wrong, open))
                .isInstanceOf(InvalidInputException.class);
    }
}

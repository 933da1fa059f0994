package io.maas.graph.quantize;

import com.google.common.io.ByteSource;
import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.GraphException;
import io.maas.error.QuantizationRefusedException;
import io.maas.error.Require;
import io.maas.graph.Node;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.model.Artifact;
import io.maas.model.GoldenSample;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes models with fewer bits of published ones, or of those about to be, and compares their answers before anyone gets them.
 *
 * <pre>{@code
 * Quantized quantized = new Quantizer(backend)
 *         .quantize(artifact, Quantization.dynamicInt8(), sample, AccuracyGate.meanCosine(0.98));
 * registry.publish("sentences", quantized.artifact());
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Quantizer {
    /** Enough to see which layers lose most: one answer has thousands of values a layer. */
    private static final int SAMPLES_FOR_LAYERS = 8;

    private final Backend backend;

    /** @param backend the engine that computes the answers which are compared; the one that is to serve them */
    public Quantizer(Backend backend) {
        this.backend = backend;
    }

    /**
     * An artifact of the same signature, files and tags whose model has fewer bits. Its lineage says what was done, in the settings
     * {@code quantization} and {@code quantization.of}, which is the SHA-256 of the original model's file; how near it comes is
     * among the metrics. A golden sample gets the new model's answers, and a tolerance as large as their distance from the old
     * ones: another engine may round a value at a boundary the other way.
     *
     * @param sample inputs such as the model is going to get, at least one
     * @param gate how near the answers have to be
     * @throws QuantizationRefusedException if they are further away
     * @throws GraphException if there is nothing to quantize
     * @throws IllegalArgumentException if the artifact is a pipeline, the sample is empty, or the gate names an output that there
     *     is not
     * @throws io.maas.error.InvalidInputException if a sample does not fit the signature
     */
    public Quantized quantize(Artifact artifact, Quantization how, Iterable<Tensors> sample, AccuracyGate gate) {
        Require.that(!artifact.isPipeline(), "artifact", "a pipeline", "a model; quantize the pipeline's models");
        String counting = gate.output();
        List<String> outputs =
                artifact.signature().outputs().stream().map(each -> each.name()).toList();
        Require.that(
                counting == null || outputs.contains(counting),
                "gate.output",
                String.valueOf(counting),
                "one of " + outputs);
        QuantizedGraph rewritten = how.rewrite(OnnxReader.read(artifact.model()));
        ByteSource onnx = ByteSource.wrap(OnnxWriter.write(rewritten.graph()));
        Artifact made = artifact.withFile(Artifact.MODEL_FILE, onnx);
        try (Program before = backend.load(artifact.model(), ProgramOptions.serving());
                Program after = backend.load(onnx, ProgramOptions.serving())) {
            List<Tensors> first = new ArrayList<>();
            Map<String, Agreement> agreements = new LinkedHashMap<>();
            long count = 0;
            for (Tensors inputs : sample) {
                artifact.signature().check("sample", inputs);
                compare(before.run(inputs), after.run(inputs), agreements);
                count++;
                if (first.size() < SAMPLES_FOR_LAYERS) {
                    first.add(inputs);
                }
            }
            Require.that(count > 0, "sample", "empty", "at least one group of inputs");
            Map<String, QuantizationReport.Output> results = new LinkedHashMap<>();
            agreements.forEach((name, agreement) -> results.put(name, agreement.result()));
            QuantizationReport report =
                    new QuantizationReport(bytes(artifact), bytes(made), count, results, layers(rewritten, how, first));
            pass(report, how, gate);
            Artifact described = made.withLineage(lineage(artifact, how, report));
            Optional<GoldenSample> golden = artifact.golden();
            return new Quantized(
                    golden.isEmpty() ? described : described.withGolden(golden(golden.get(), before, after)), report);
        }
    }

    private static void compare(Tensors right, Tensors actual, Map<String, Agreement> agreements) {
        for (Tensors.Entry entry : right) {
            agreements
                    .computeIfAbsent(entry.name(), fresh -> new Agreement())
                    .add(entry.tensor(), actual.get(entry.name()));
        }
    }

    private static Manifest.FileEntry file(Artifact artifact) {
        Manifest.FileEntry entry = artifact.manifest().files().get(Artifact.MODEL_FILE);
        if (entry == null) {
            throw new ArtifactRejectedException("artifact: no " + Artifact.MODEL_FILE + " among its files");
        }
        return entry;
    }

    private static long bytes(Artifact artifact) {
        return file(artifact).size();
    }

    /** The nodes that were rewritten, those that lose most first. */
    private List<QuantizationReport.Layer> layers(QuantizedGraph rewritten, Quantization how, List<Tensors> sample) {
        List<Node> nodes = rewritten.rewritten();
        double[] errors = new double[nodes.size()];
        double[] sizes = new double[nodes.size()];
        try (Program both = backend.compile(GraphQuantizer.beside(rewritten, how), ProgramOptions.serving())) {
            for (Tensors inputs : sample) {
                Tensors sums = both.run(inputs);
                for (int i = 0; i < errors.length; i++) {
                    errors[i] += sums.entry(2 * i).tensor().item();
                    sizes[i] += sums.entry(2 * i + 1).tensor().item();
                }
            }
        }
        List<QuantizationReport.Layer> layers = new ArrayList<>();
        for (int i = 0; i < errors.length; i++) {
            Node node = nodes.get(i);
            double error = errors[i] == 0 ? 0 : Math.sqrt(errors[i] / sizes[i]);
            layers.add(new QuantizationReport.Layer(
                    node.name().isEmpty() ? node.output().name() : node.name(), error));
        }
        layers.sort(Comparator.comparingDouble(QuantizationReport.Layer::error).reversed());
        return layers;
    }

    private static void pass(QuantizationReport report, Quantization how, AccuracyGate gate) {
        report.outputs().forEach((name, output) -> {
            if (!gate.concerns(name)) {
                return;
            }
            if (!(output.meanCosine() >= gate.leastMeanCosine())) {
                throw refusal(report, how, name, "mean cosine", output.meanCosine(), ">= " + gate.leastMeanCosine());
            }
            if (!(output.largestDifference() <= gate.largestDifference())) {
                String expected = "<= " + gate.largestDifference();
                throw refusal(report, how, name, "largest difference", output.largestDifference(), expected);
            }
            if (!(output.agreement() >= gate.leastAgreement())) {
                throw refusal(report, how, name, "agreement", output.agreement(), ">= " + gate.leastAgreement());
            }
        });
    }

    private static QuantizationRefusedException refusal(
            QuantizationReport report,
            Quantization how,
            String output,
            String figure,
            double measured,
            String expected) {
        QuantizationReport.Layer worst = report.layers().get(0);
        return new QuantizationRefusedException(
                output,
                measured,
                worst.name(),
                "quantization by " + how + ": " + figure + " " + measured + " of output " + Require.quote(output)
                        + " over " + report.samples() + " samples (expected: " + expected + "); the worst layer is "
                        + Require.quote(worst.name()) + ", off by " + worst.error()
                        + " of its output; leave it out, or take more bits");
    }

    private static Lineage lineage(Artifact artifact, Quantization how, QuantizationReport report) {
        Lineage before = artifact.manifest().lineage();
        Map<String, String> settings = new LinkedHashMap<>(before.settings());
        settings.put("quantization", how.toString());
        settings.put("quantization.of", file(artifact).sha256());
        Map<String, Double> metrics = new LinkedHashMap<>(before.metrics());
        report.outputs().forEach((name, output) -> {
            metrics.put("quantization." + name + ".meanCosine", output.meanCosine());
            metrics.put("quantization." + name + ".agreement", output.agreement());
        });
        return new Lineage(
                before.data(), before.seed(), settings, metrics, before.environment(), before.parent(), null);
    }

    private static GoldenSample golden(GoldenSample golden, Program before, Program after) {
        Tensors right = before.run(golden.inputs());
        Tensors outputs = after.run(golden.inputs());
        double distance = 0;
        for (Tensors.Entry entry : right) {
            Agreement agreement = new Agreement();
            agreement.add(entry.tensor(), Objects.requireNonNull(outputs.find(entry.name())));
            double largest = agreement.result().largestDifference();
            distance = Math.max(distance, Double.isInfinite(largest) ? 0 : largest);
        }
        GoldenSample plain = GoldenSample.of(golden.inputs(), outputs);
        return new GoldenSample(golden.inputs(), outputs, Math.max(plain.tolerance(), distance));
    }
}

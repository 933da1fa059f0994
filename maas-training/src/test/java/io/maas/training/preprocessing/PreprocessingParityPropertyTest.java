package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is computed in Java for training and what the served graph computes are the same. */
class PreprocessingParityPropertyTest {
    private static final double TOLERANCE = 1e-6;

    private static Preprocessing recipe() {
        return Preprocessing.of(
                Numbers.of("gaps", "whole", "count")
                        .fillMedian()
                        .indicateMissing()
                        .standardize(),
                Numbers.of("tiny", "huge", "constant", "empty").fillMean().standardize(),
                Numbers.of("extreme").fill(0).clip(-1e6, 1e6).minMax(),
                Numbers.of("positive")
                        .fillMean()
                        .log1p()
                        .clipQuantiles(0.05, 0.95)
                        .robust(),
                Numbers.of("whole", "long").minMax(),
                Bins.quantiles(5, "gaps", "whole"),
                Bins.edges(List.of(-1.0, 0.0, 2.5), "whole", "count").ordinal(),
                Bins.quantiles(3, "gaps").ids("bins"),
                Categories.of("word", "count", "coded").unseen(Unseen.ALL_ZERO),
                Categories.of("word").ordinal().unseen(Unseen.UNKNOWN).minCount(3),
                Categories.of("word", "coded")
                        .fillMostFrequent()
                        .unseen(Unseen.UNKNOWN)
                        .maxSize(4),
                Categories.of("word", "coded", "count").unseen(Unseen.UNKNOWN).ids("ids"),
                HashBuckets.of(7, "text", "long"),
                HashBuckets.ids("hashes", 1_000_000, "text", "word", "count"),
                DateParts.of("date").parts(DatePart.values()).invalidAsMissing().standardize(),
                DateParts.of("date", "day")
                        .parts(DatePart.values())
                        .invalidAsMissing()
                        .cyclic(),
                DateParts.of("day").parts(DatePart.values()).into("dates"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void javaEqualsGraph(long seed) {
        FittedPreprocessing fitted = recipe().fit(new RandomColumns(seed, 1 + (int) seed * 60).all(6));
        try (Program program = Backends.load().preferred().compile(fitted.graph(), ProgramOptions.serving())) {
            assertThat(program.signature().isBatchable()).isTrue();
            for (int rows : new int[] {1, 2, 500}) {
                // More words than the training data had.
                Tensors raw = new RandomColumns(seed + 100L * rows, rows).all(RandomColumns.WORDS.size());
                requireEqual(program.run(used(raw, fitted)), fitted.transform(raw), fitted);
            }
        }
    }

    private static Tensors used(Tensors raw, FittedPreprocessing fitted) {
        return Tensors.copyOf(fitted.columns().stream()
                .map(name -> new Tensors.Entry(name, raw.get(name)))
                .toList());
    }

    static void requireEqual(Tensors graph, Tensors java, FittedPreprocessing fitted) {
        assertThat(graph.names()).isEqualTo(java.names());
        for (Tensors.Entry entry : java) {
            Tensor other = graph.get(entry.name());
            assertThat(other.shape()).isEqualTo(entry.tensor().shape());
            assertThat(other.dataType()).isEqualTo(entry.tensor().dataType());
            if (other.dataType() == DataType.INT64) {
                assertThat(other).isEqualTo(entry.tensor());
                continue;
            }
            double[] expected = entry.tensor().toDoubleArray();
            double[] actual = other.toDoubleArray();
            int width = (int) other.shape().elementsPerRow();
            for (int i = 0; i < expected.length; i++) {
                double difference = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
                if (!(difference <= TOLERANCE)) {
                    fail("%s of row %d: %s in the graph, %s in Java"
                            .formatted(
                                    fitted.features(entry.name()).get(i % width), i / width, actual[i], expected[i]));
                }
            }
        }
    }
}

package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Environment;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestJsonTest {
    private static final String SHA = "0123456789abcdef".repeat(4);

    private static final Manifest MANIFEST = manifest(
            "für",
            Map.of("b", "2", "a", "1"),
            new Lineage(
                    Map.of(
                            "train",
                            new Lineage.Data(SHA, 80, "stratified by target, seed 42"),
                            "validation",
                            new Lineage.Data(SHA, 0, "")),
                    Long.MIN_VALUE,
                    Map.of("optimizer", "adam(0.001)"),
                    Map.of("accuracy", 0.97, "nan", Double.NaN, "up", Double.POSITIVE_INFINITY, "zero", -0.0),
                    new Environment("1.0", "onnxruntime 1.29.0", "17 (Oracle)", "Linux amd64", "Xeon: avx2 fma"),
                    new Lineage.Parent("digits", 3, SHA),
                    SHA),
            Shape.symbolic("batch", 64));

    private static final String LINEAGE = "{\"data\":{\"train\":{\"origin\":\"stratified by target, seed 42\","
            + "\"rows\":\"80\",\"sha256\":\"" + SHA + "\"},\"validation\":{\"origin\":\"\",\"rows\":\"0\",\"sha256\":\""
            + SHA + "\"}},\"environment\":{\"engine\":\"onnxruntime 1.29.0\",\"java\":\"17 (Oracle)\","
            + "\"library\":\"1.0\",\"platform\":\"Linux amd64\",\"processor\":\"Xeon: avx2 fma\"},"
            + "\"metrics\":{\"accuracy\":\"0.97\",\"nan\":\"NaN\",\"up\":\"Infinity\",\"zero\":\"-0.0\"},"
            + "\"parent\":{\"digest\":\"" + SHA + "\",\"model\":\"digits\",\"number\":\"3\"},"
            + "\"seed\":\"-9223372036854775808\",\"settings\":{\"optimizer\":\"adam(0.001)\"},"
            + "\"weightsHash\":\"" + SHA + "\"}";

    private static final String FIRST_LINEAGE = "{\"dataHash\":\"" + SHA
            + "\",\"libraryVersion\":\"1.0\",\"metrics\":{\"accuracy\":\"0.97\"},\"seed\":\"7\",\"settings\":{}}";

    private static final String JSON = "{\"description\":\"für\",\"files\":{\"model.onnx\":{\"sha256\":\"" + SHA
            + "\",\"size\":\"9007199254740993\"}},\"format\":\"2\",\"goldenTolerance\":\"0.00001\",\"lineage\":"
            + LINEAGE
            + ",\"signature\":{\"inputs\":[{\"name\":\"x\",\"shape\":[\"batch\",\"64\"],\"type\":\"float32\"}],\"outputs\":[],\"rowsIndependent\":true},"
            + "\"tags\":{\"a\":\"1\",\"b\":\"2\"}}";

    private static Manifest manifest(
            String description,
            Map<String, String> tags,
            Lineage lineage,
            @org.jspecify.annotations.Nullable Shape shape) {
        return new Manifest(
                new Signature(List.of(new TensorSpec("x", DataType.FLOAT32, shape)), List.of()),
                lineage,
                description,
                tags,
                Map.of("model.onnx", new Manifest.FileEntry(SHA, 9_007_199_254_740_993L)),
                1e-5);
    }

    private static Manifest read(String json) {
        return ManifestJson.read(json.getBytes(StandardCharsets.UTF_8), "of test");
    }

    @Test
    void hasOneForm() {
        assertThat(new String(ManifestJson.write(MANIFEST), StandardCharsets.UTF_8))
                .isEqualTo(JSON);
        assertThat(read(JSON)).isEqualTo(MANIFEST);
        Manifest shuffled =
                manifest("für", ImmutableMap.of("a", "1", "b", "2"), MANIFEST.lineage(), Shape.symbolic("batch", 64));
        assertThat(ManifestJson.write(shuffled)).isEqualTo(ManifestJson.write(MANIFEST));
    }

    @Test
    void aNewerFormatIsSaidToBeOne() {
        assertThatThrownBy(() -> read(JSON.replace("\"format\":\"2\"", "\"format\":\"3\",\"news\":{}")))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("manifest of test is of format 3, expected at most 2; use a newer version of this library");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"format\":\"2\"', '\"format\":\"0\"', format: 0 (expected: 1 or 2)",
        "'\"rows\":\"80\"', '\"rows\":\"-1\"', rows: -1 (expected: rows >= 0)",
        "'\"number\":\"3\"', '\"number\":\"0\"', number: 0 (expected: number > 0)",
        "'\"model\":\"digits\"', '\"model\":\"../x\"', 'model: \"../x\" (expected: a name that matches '",
        "'\"engine\":', '\"motor\":', field \"lineage.environment.engine\": missing",
        "'\"description\":\"für\",', '', field \"description\": missing",
        "'\"description\":\"für\"', '\"description\":null', 'field \"description\": null (expected: a text)'",
        "'{\"description\"', '{\"extra\":\"1\",\"description\"', field \"extra\": unknown",
        "'\"batch\"', 7, field \"signature.inputs[0].shape[0]\": a bare number (expected: a text)",
        "'\"name\":\"x\"', '\"name\":\"x\",\"more\":[]', field \"signature.inputs[0].more\": unknown",
        "'float32', 'FLOAT32', 'type: \"FLOAT32\" (expected: the name of a tensor''s type, such as float32)'",
        "'\"9007199254740993\"', '\"-1\"', size: -1 (expected: size >= 0)",
        "'\"9007199254740993\"', '\"01\"', 'field \"files.model.onnx.size\": \"01\" (expected: a whole number as text)'",
        "'\"9007199254740993\"', '1', 'field \"files.model.onnx.size\": a bare number (expected: a text)'",
        "'0.97', '0.970', 'field \"lineage.metrics.accuracy\": \"0.970\" (expected: a number as text)'",
        "'0.97', 'high', 'field \"lineage.metrics.accuracy\": \"high\" (expected: a number as text)'",
        "'model.onnx', 'other.onnx', 'files: [other.onnx] (expected: either model.onnx or pipeline.json among them)'",
        "'model.onnx', '../model.onnx', 'path: \"..\" (expected: a name that matches [A-Za-z0-9][A-Za-z0-9._-]{0,127})'",
        "'\"sha256\":\"0', '\"sha256\":\"/', sha256: ",
        "'{\"inputs\"', '[{\"inputs\"', not a JSON object",
        "'\"seed\":\"-9223372036854775808\"', '\"seed\":\"-9223372036854775809\"', 'field \"lineage.seed\": '",
    })
    void namesTheOddField(String part, String change, String message) {
        assertThat(JSON).contains(part);
        assertThatThrownBy(() -> read(JSON.replace(part, change)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("manifest of test is not valid: " + message)
                .hasMessageEndingWith("; publish the model again");
    }

    @Test
    void readsTheFirstFormat() {
        String old = JSON.replace("\"format\":\"2\"", "\"format\":\"1\"").replace(LINEAGE, FIRST_LINEAGE);

        Lineage lineage = read(old).lineage();

        assertThat(lineage.dataHash()).isEqualTo(SHA);
        assertThat(lineage.data()).containsOnly(Map.entry("train", new Lineage.Data(SHA, 0, "")));
        assertThat(lineage.seed()).isEqualTo(7);
        assertThat(lineage.libraryVersion()).isEqualTo("1.0");
        assertThat(lineage.environment()).isEqualTo(new Environment("1.0", "", "", "", ""));
        assertThat(lineage.metrics()).containsOnly(Map.entry("accuracy", 0.97));
        assertThat(lineage.parent()).isNull();
        assertThat(lineage.weightsHash()).isNull();
        assertThat(read(old.replace("\"dataHash\":\"" + SHA + "\"", "\"dataHash\":null"))
                        .lineage()
                        .data())
                .isEmpty();
        assertThatThrownBy(() -> read(JSON.replace("\"format\":\"2\"", "\"format\":\"1\"")))
                .hasMessageContaining("field \"lineage.dataHash\": missing");
        assertThatThrownBy(() -> read(JSON.replace(LINEAGE, FIRST_LINEAGE)))
                .hasMessageContaining("field \"lineage.data\": missing");
    }

    @Test
    void neverThrowsAnythingElse() {
        byte[] good = JSON.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(11);
        for (int i = 0; i < 5_000; i++) {
            byte[] bad = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int flips = 0; flips <= random.nextInt(3) && bad.length > 0; flips++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            try {
                ManifestJson.read(bad, "of case " + i);
            } catch (ArtifactRejectedException e) {
                assertThat(e).hasMessageStartingWith("manifest of case " + i + " is not valid: ");
            }
        }
        for (String deep : List.of(
                "[".repeat(100_000), "{\"a\":".repeat(100_000), "{\"a\":".repeat(200) + "1" + "}".repeat(200))) {
            assertThatThrownBy(() -> read(deep)).isInstanceOf(ArtifactRejectedException.class);
        }
    }

    @Test
    void refusesWhatItCouldNotReadBack() {
        Lineage lineage = Lineage.unknown();
        for (Manifest odd : List.of(
                manifest("\ud800", Map.of(), lineage, null),
                manifest("", Map.of("a", "\udfff x"), lineage, null),
                manifest("", Map.of(), lineage, Shape.symbolic("12", 3)))) {
            assertThatThrownBy(() -> ManifestJson.write(odd))
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessage(
                            "manifest of the artifact would change when it is stored: expected texts of whole Unicode"
                                    + " characters and shapes without symbols that are numbers; mend the manifest");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0, 0.0",
        "-0.0, -0.0",
        "1, 1",
        "0.1, 0.1",
        "2e-3, 0.002",
        "1e23, 1E+23",
        "4.9e-324, 4.9E-324",
        "1.7976931348623157e308, 1.797693134862316E+308x",
        "NaN, NaN",
        "-Infinity, -Infinity",
        "100, 1E+2"
    })
    void writesTheShortestDecimal(String value, String text) {
        double number = Double.parseDouble(value);
        String written = ManifestJson.decimal(number);
        assertThat(Double.doubleToLongBits(Double.parseDouble(written))).isEqualTo(Double.doubleToLongBits(number));
        if (!text.endsWith("x")) {
            assertThat(Double.compare(Double.parseDouble(text), number)).isZero();
            assertThat(written.length()).isLessThanOrEqualTo(text.length());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void readsBackWhatItWrote(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            Manifest manifest = random(random);
            byte[] bytes = ManifestJson.write(manifest);
            assertThat(ManifestJson.read(bytes, ""))
                    .as("seed %s, case %s", seed, i)
                    .isEqualTo(manifest);
            assertThat(bytes).doesNotContain('\n');
        }
    }

    private static Manifest random(Random random) {
        List<TensorSpec> specs = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            DataType type = List.of(DataType.values()).get(random.nextInt(DataType.values().length));
            specs.add(new TensorSpec(text(random), type, shape(random)));
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            metrics.put(text(random), Double.longBitsToDouble(random.nextLong()));
        }
        metrics.replaceAll((name, value) -> Double.isNaN(value) ? Double.NaN : value);
        Lineage lineage = new Lineage(
                Map.of(text(random), new Lineage.Data(text(random), random.nextLong() >>> 1, text(random))),
                random.nextBoolean() ? null : (Long) random.nextLong(),
                Map.of(text(random), text(random)),
                metrics,
                new Environment(text(random), text(random), text(random), text(random), text(random)),
                random.nextBoolean() ? null : new Lineage.Parent("m" + random.nextInt(99), 1 + random.nextInt(99), SHA),
                random.nextBoolean() ? null : text(random));
        return new Manifest(
                new Signature(specs, List.copyOf(specs.subList(0, specs.size() / 2))),
                lineage,
                text(random),
                Map.of(text(random), text(random)),
                Map.of(
                        "model.onnx",
                        new Manifest.FileEntry(SHA, random.nextLong() >>> 1),
                        "a/b/c.txt",
                        new Manifest.FileEntry(SHA, 0)),
                random.nextDouble());
    }

    private static @org.jspecify.annotations.Nullable Shape shape(Random random) {
        if (random.nextInt(5) == 0) {
            return null;
        }
        Object[] axes = new Object[random.nextInt(4)];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = random.nextBoolean() ? (Object) (long) random.nextInt(1000) : "max(1, " + text(random) + ")";
        }
        return Shape.symbolic(axes);
    }

    /** Any Unicode but half pairs. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int c = random.nextBoolean() ? random.nextInt(128) : random.nextInt(Character.MAX_CODE_POINT + 1);
            text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 'x' : c);
        }
        return text.toString();
    }
}

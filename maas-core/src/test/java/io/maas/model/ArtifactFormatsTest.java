package io.maas.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import io.maas.graph.GraphBuilder;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactFormatsTest {
    private static Artifact artifact() {
        GraphBuilder b = new GraphBuilder("double");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch")), 2));
        return Artifact.of(b.build());
    }

    private static ByteSource bytes(String latin) {
        return ByteSource.wrap(latin.getBytes(ISO_8859_1));
    }

    private static void assertRefused(Artifact artifact, String message) {
        assertThatThrownBy(() -> ArtifactFormats.check(artifact))
                .isInstanceOfSatisfying(
                        ArtifactRejectedException.class,
                        e -> assertThat(e.rule()).isEqualTo(Rule.FILE_FORMAT))
                .hasMessageContainingAll(message, "(expected: ", "; leave it out, or convert it", "[file-format]");
    }

    @Test
    void dataIsLetIn() {
        Tensors one = Tensors.of("x", Tensor.of(new float[] {1}));
        Artifact all = artifact()
                .withGolden(new GoldenSample(one, Tensors.of("y", Tensor.of(new float[] {2})), 1e-6))
                .withTokenizer(bytes("{}"))
                .withLabels(List.of("MZ", "no"))
                .withFile("docs/README.md", bytes(""))
                .withFile("LICENSE", bytes("x"))
                .withFile("sentencepiece.model", bytes("\n\u000e\n"))
                .withFile("weights.bin", bytes("MZ as numbers"))
                .withFile("model.onnx.data", bytes("\u0080\u0004"));
        // Texts may not begin like a Windows binary, labels or not.
        assertRefused(all, "file \"labels.txt\" of the artifact: a Windows binary");
        assertThatCode(() -> ArtifactFormats.check(all.withLabels(List.of("no", "MZ"))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.pkl",
                "model.pt",
                "model.pth",
                "model.joblib",
                "weights.npy",
                "weights.npz",
                "model.h5",
                "Model.class",
                "lib/code.jar",
                "libcustom.so",
                "custom.dll",
                "custom.dylib",
                "run.sh",
                "run.bat",
                "tokenizer.py",
                "x.js",
                "other.onnx",
                "model.ort",
                "a.zip",
                "test_data_set_0/input_0.pkl",
                "test_data_set_1/input_0.pb",
                "Makefile",
                "lib/model.onnx",
                "model.json.exe"
            })
    void otherFormatsAreRefusedByName(String path) {
        assertRefused(artifact().withFile(path, bytes("x")), "file \"" + path + "\" of the artifact: not of a format");
    }

    @ParameterizedTest
    @CsvSource({
        "a Java class, 202 254 186 190",
        "a zip archive, 80 75 3 4",
        "an ELF binary, 127 69 76 70",
        "a Mach-O binary, 207 250 237 254",
        "a WebAssembly module, 0 97 115 109",
        "a pickle, 128 2 138 10"
    })
    void codeIsRefusedUnderAnyName(String what, String numbers) throws IOException {
        byte[] start = new byte[20];
        int i = 0;
        for (String number : numbers.split(" ", -1)) {
            start[i++] = (byte) Integer.parseInt(number);
        }
        for (String path : List.of("tokenizer.json", "labels.txt", "weights.bin", "docs/a.md")) {
            assertRefused(artifact().withFile(path, ByteSource.wrap(start)), "of the artifact: " + what);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"MZ\u0090", "#!/bin/sh", "\u0080\u0004\u0095", "\u00ac\u00ed\u0000\u0005", "\u001f\u008b\b"})
    void codeIsRefusedAmongTexts(String start) {
        assertRefused(artifact().withFile("vocabulary.txt", bytes(start)), "file \"vocabulary.txt\" of the artifact: ");
    }

    @Test
    void nothingOfARefusedArtifactIsPublished(@TempDir Path folder) {
        StoredModelRegistry registry = StoredModelRegistry.open(folder.resolve("models"));
        assertThatThrownBy(() -> registry.publish("m", artifact().withFile("model.pkl", bytes("x"))))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageEndingWith("[file-format]");
        assertThat(registry.models()).isEmpty();
        assertThat(registry.collectGarbage()).isZero();
    }

    /** The same words as for every other file that cannot be read come from where it is copied. */
    @Test
    void aFileThatCannotBeReadIsLeftToWhoCopiesIt() {
        Artifact good = artifact().withFile("labels.txt", bytes("a\n"));
        Artifact broken = Artifact.stored(good.manifest(), entry -> new ByteSource() {
            @Override
            public InputStream openStream() throws IOException {
                throw new IOException("broken");
            }
        });
        assertThatCode(() -> ArtifactFormats.check(broken)).doesNotThrowAnyException();
    }
}

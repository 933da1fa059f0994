package io.maas.model;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What an artifact may hold: data that this library, or its user, reads as data. Nothing that a JVM, an interpreter or a system could take
 * for code gets into a registry, whatever it is called.
 *
 * <p>Thread-safe: holds no state.
 */
public final class ArtifactFormats {
    private static final ImmutableSet<String> NAMES =
            ImmutableSet.of(Artifact.MODEL_FILE, Artifact.PIPELINE_FILE, "LICENSE", "NOTICE", "README");

    private static final Pattern GOLDEN = Pattern.compile("test_data_set_0/(input|output)_[0-9]{1,6}\\.pb");

    /** Tokenizers, vocabularies, labels, configurations, documentation. */
    private static final ImmutableSet<String> TEXTS =
            ImmutableSet.of("json", "jsonl", "txt", "md", "csv", "tsv", "yaml", "yml", "vocab", "model", "tiktoken");

    /** Values of a model beside it; read only where the model names them. */
    private static final ImmutableSet<String> VALUES = ImmutableSet.of("bin", "data", "onnx_data", "weights");

    /** The first bytes of code and of archives, in Latin 1. */
    private static final ImmutableMap<String, String> CODE = ImmutableMap.<String, String>builder()
            .put("\u00ca\u00fe\u00ba\u00be", "a Java class or a Mach-O binary")
            .put("PK\u0003\u0004", "a zip archive, such as a jar or a PyTorch file")
            .put("\u007fELF", "an ELF binary")
            .put("\u00fe\u00ed\u00fa\u00ce", "a Mach-O binary")
            .put("\u00fe\u00ed\u00fa\u00cf", "a Mach-O binary")
            .put("\u00ce\u00fa\u00ed\u00fe", "a Mach-O binary")
            .put("\u00cf\u00fa\u00ed\u00fe", "a Mach-O binary")
            .put("\u0000asm", "a WebAssembly module")
            .put("\u0080\u0002\u008a\n", "a pickle")
            .buildOrThrow();

    /** Too short for files of numbers, which may begin with anything. */
    private static final ImmutableMap<String, String> CODE_AMONG_TEXTS = ImmutableMap.of(
            "MZ", "a Windows binary",
            "#!", "a script",
            "\u0080\u0002", "a pickle",
            "\u0080\u0003", "a pickle",
            "\u0080\u0004", "a pickle",
            "\u0080\u0005", "a pickle",
            "\u00ac\u00ed", "serialized Java objects",
            "\u001f\u008b", "a gzip archive");

    private static final int MARK = 4;

    private ArtifactFormats() {}

    /**
     * Refuses an artifact with a file of another format. What the model itself holds is not looked at: that is let in when it is deployed.
     *
     * @throws ArtifactRejectedException naming the file
     */
    public static void check(Artifact artifact) {
        for (String path : artifact.manifest().files().keySet()) {
            String extension = extension(path);
            boolean values = VALUES.contains(extension);
            if (!NAMES.contains(path) && !GOLDEN.matcher(path).matches() && !TEXTS.contains(extension) && !values) {
                throw new ArtifactRejectedException(
                        Rule.FILE_FORMAT,
                        "file " + Require.quote(path)
                                + " of the artifact: not of a format that belongs here (expected: "
                                + NAMES + ", golden samples, texts as " + TEXTS + ", values of the model as " + VALUES
                                + "); leave it out, or convert it");
            }
            if (!path.equals(Artifact.MODEL_FILE)) {
                checkContent(artifact, path, values);
            }
        }
    }

    private static void checkContent(Artifact artifact, String path, boolean values) {
        String start = start(artifact, path);
        for (Map<String, String> marks : values ? List.of(CODE) : ImmutableList.of(CODE, CODE_AMONG_TEXTS)) {
            marks.forEach((mark, what) -> {
                if (start.startsWith(mark)) {
                    throw new ArtifactRejectedException(
                            Rule.FILE_FORMAT,
                            "file " + Require.quote(path) + " of the artifact: " + what
                                    + " (expected: data as its name says); leave it out, or convert it");
                }
            });
        }
    }

    private static String start(Artifact artifact, String path) {
        try {
            return artifact.file(path)
                    .slice(0, MARK)
                    .asCharSource(java.nio.charset.StandardCharsets.ISO_8859_1)
                    .read();
        } catch (IOException e) {
            // Who copies the file comes to the same place and says so.
            return "";
        }
    }

    /** Whether a file's name says that it holds values of a model. */
    static boolean isValues(String path) {
        return VALUES.contains(extension(path));
    }

    private static String extension(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.indexOf('.') < 0 ? "" : Ascii.toLowerCase(name.substring(name.lastIndexOf('.') + 1));
    }
}

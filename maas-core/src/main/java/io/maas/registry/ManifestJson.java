package io.maas.registry;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Manifest;
import io.maas.model.Signature;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON form of a manifest. Equal manifests give equal bytes on every machine and JDK, because the hash of the bytes is
 * the identity of a version's content.
 */
public final class ManifestJson {
    /** A manifest is read into memory as a whole; this bounds what a hostile store can make of that. */
    public static final int MAX_BYTES = 64 << 20;

    private static final long FORMAT = 2;

    /** Whose lineage knows one hash of data, and of the environment the library's version only. */
    private static final long FIRST_FORMAT = 1;

    private ManifestJson() {}

    /**
     * The bytes of a manifest.
     *
     * @throws ArtifactRejectedException if it holds what would not be read back the same, such as half a surrogate pair or a
     *     file's hash that is none
     */
    public static byte[] write(Manifest manifest) {
        Struct.Builder json = Struct.newBuilder()
                .putFields("format", Json.value(FORMAT))
                .putFields("signature", signature(manifest.signature()))
                .putFields("lineage", LineageJson.value(manifest.lineage()))
                .putFields("description", Json.value(manifest.description()))
                .putFields("tags", Json.texts(manifest.tags()))
                .putFields("files", files(manifest.files()))
                .putFields("goldenTolerance", Json.value(decimal(manifest.goldenTolerance())));
        byte[] bytes = Json.write(json);
        if (!read(bytes, "of the artifact").equals(manifest)) {
            throw new ArtifactRejectedException(
                    "manifest of the artifact would change when it is stored: expected texts of"
                            + " whole Unicode characters and shapes without symbols that are numbers; mend the manifest");
        }
        return bytes;
    }

    /**
     * The manifest of those bytes.
     *
     * @param title which manifest it is, for messages
     * @throws ArtifactRejectedException if anything is missing, unknown or odd, naming the field
     */
    public static Manifest read(byte[] bytes, String title) {
        try {
            Json json = Json.parse(bytes);
            long format = json.number("format");
            if (format > FORMAT) {
                throw new ArtifactRejectedException("manifest " + title + " is of format " + format
                        + ", expected at most " + FORMAT + "; use a newer version of this library");
            }
            Require.that(format == FORMAT || format == FIRST_FORMAT, "format", format, FIRST_FORMAT + " or " + FORMAT);
            Manifest manifest = new Manifest(
                    signature(json.object("signature")),
                    format == FORMAT
                            ? LineageJson.read(json.object("lineage"))
                            : LineageJson.readFirst(json.object("lineage")),
                    json.text("description"),
                    json.texts("tags"),
                    files(json.object("files")),
                    decimal("goldenTolerance", json.text("goldenTolerance")));
            json.end();
            return manifest;
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    "manifest " + title + " is not valid: " + e.getMessage() + "; publish the model again", e);
        }
    }

    private static Value signature(Signature signature) {
        Struct.Builder object = Struct.newBuilder()
                .putFields("inputs", SpecJson.value(signature.inputs()))
                .putFields("outputs", SpecJson.value(signature.outputs()))
                .putFields("rowsIndependent", Json.value(signature.rowsIndependent()));
        LengthPadding padding = signature.padding();
        if (padding != null) {
            object.putFields("padding", padding(padding));
        }
        return Json.object(object);
    }

    private static Signature signature(Json json) {
        Signature signature = new Signature(
                SpecJson.read(json, "inputs"), SpecJson.read(json, "outputs"), json.flag("rowsIndependent"));
        Json padding = json.names().contains("padding") ? json.object("padding") : null;
        json.end();
        return padding == null ? signature : signature.withPadding(padding(padding));
    }

    private static Value padding(LengthPadding padding) {
        List<Value> values = new ArrayList<>();
        padding.values()
                .forEach((input, value) -> values.add(Json.object(Struct.newBuilder()
                        .putFields("input", Json.value(input))
                        .putFields("value", Json.value(decimal(value))))));
        List<Value> outputs = padding.outputs().stream().map(Json::value).toList();
        return Json.object(Struct.newBuilder()
                .putFields("axis", Json.value(padding.axis()))
                .putFields("values", Json.list(values))
                .putFields("mask", Json.value(padding.mask()))
                .putFields("outputs", Json.list(outputs)));
    }

    private static LengthPadding padding(Json json) {
        ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
        for (Json each : json.objects("values")) {
            values.put(each.text("input"), decimal("value", each.text("value")));
            each.end();
        }
        List<String> outputs = json.nullableTexts("outputs");
        LengthPadding padding = new LengthPadding(
                Math.toIntExact(json.number("axis")),
                values.buildOrThrow(),
                json.nullableText("mask"),
                ImmutableSet.copyOf(outputs == null ? List.of() : outputs));
        json.end();
        return padding;
    }

    private static Value files(Map<String, Manifest.FileEntry> files) {
        Struct.Builder json = Struct.newBuilder();
        files.forEach((path, entry) -> json.putFields(
                path,
                Json.object(Struct.newBuilder()
                        .putFields("sha256", Json.value(entry.sha256()))
                        .putFields("size", Json.value(entry.size())))));
        return Json.object(json);
    }

    private static Map<String, Manifest.FileEntry> files(Json json) {
        Map<String, Manifest.FileEntry> files = new TreeMap<>();
        for (String path : json.names()) {
            for (String part : path.split("/", -1)) {
                Require.name(part, "path");
            }
            Json entry = json.object(path);
            long size = entry.number("size");
            Require.that(size >= 0, "size", size, "size >= 0");
            files.put(path, new Manifest.FileEntry(Digests.require(entry.text("sha256")), size));
            entry.end();
        }
        Require.that(
                files.containsKey(Artifact.MODEL_FILE) != files.containsKey(Artifact.PIPELINE_FILE),
                "files",
                files.keySet(),
                "either " + Artifact.MODEL_FILE + " or " + Artifact.PIPELINE_FILE + " among them");
        return files;
    }

    /** The shortest decimal that reads back as the same number; {@link Double#toString} differs between JDKs. */
    static String decimal(double value) {
        if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.toString(value);
        }
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded.toString();
            }
        }
        return exact.round(new MathContext(17)).toString();
    }

    static double decimal(String name, String text) {
        try {
            double value = Double.parseDouble(text);
            if (decimal(value).equals(text)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, together with numbers that have another text than ours.
        }
        throw new IllegalArgumentException(
                "field " + Require.quote(name) + ": " + Require.quote(text) + " (expected: a number as text)");
    }
}

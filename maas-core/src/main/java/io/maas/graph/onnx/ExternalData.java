package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.error.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings values that lie in files beside a model into it, as views of the mapped files: initializers and tensors in
 * attributes, in subgraphs too. A file must lie in the model's folder or below, wherever links lead.
 *
 * @see "ONNX, External Data"
 */
final class ExternalData implements AutoCloseable {
    /** Also where one system takes for a plain name what another takes for a path. */
    private static final Pattern PLAIN_PATH = Pattern.compile("[^/\\\\:\\p{Cntrl}]+(/[^/\\\\:\\p{Cntrl}]+)*");

    /** Engines know more, such as values that were arranged for one kernel and lie elsewhere in the file. */
    private static final Set<String> KEYS = ImmutableSet.of("location", "offset", "length", "checksum");

    private final Path model;
    private final Path folder;
    private final Map<String, MappedFile> files = new HashMap<>();

    /** @param model the file whose values lie beside it */
    ExternalData(Path model) {
        this.model = model;
        this.folder = Objects.requireNonNull(model.toAbsolutePath().getParent(), "parent");
    }

    /** Ends what is needed to map; what was mapped stays. */
    @Override
    public void close() throws IOException {
        for (MappedFile file : files.values()) {
            file.close();
        }
    }

    /** What was read, as the model names it. */
    Set<String> locations() {
        return ImmutableSortedSet.copyOf(files.keySet());
    }

    /** The model with values in place of their whereabouts. */
    ModelProto resolve(ModelProto model) {
        GraphProto graph = changed(model.getGraph(), 0);
        return graph == null ? model : model.toBuilder().setGraph(graph).build();
    }

    /** The graph with its values, null if it has them; what lies deeper than a model may go, {@link OnnxAdmission} refuses. */
    private @Nullable GraphProto changed(GraphProto graph, int depth) {
        GraphProto.Builder changed = null;
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto tensor = changed(graph.getInitializer(i));
            if (tensor != null) {
                changed = changed == null ? graph.toBuilder() : changed;
                changed.setInitializer(i, tensor);
            }
        }
        for (int i = 0; depth <= AdmissionPolicy.STRUCTURE.depth() && i < graph.getNodeCount(); i++) {
            NodeProto node = changed(graph.getNode(i), depth);
            if (node != null) {
                changed = changed == null ? graph.toBuilder() : changed;
                changed.setNode(i, node);
            }
        }
        return changed == null ? null : changed.build();
    }

    private @Nullable NodeProto changed(NodeProto node, int depth) {
        NodeProto.Builder changed = null;
        for (int i = 0; i < node.getAttributeCount(); i++) {
            AttributeProto attribute = node.getAttribute(i);
            TensorProto tensor = attribute.hasT() ? changed(attribute.getT()) : null;
            GraphProto body = attribute.hasG() ? changed(attribute.getG(), depth + 1) : null;
            if (tensor != null || body != null) {
                changed = changed == null ? node.toBuilder() : changed;
                changed.setAttribute(i, with(attribute, tensor, body));
            }
        }
        return changed == null ? null : changed.build();
    }

    private static AttributeProto with(
            AttributeProto attribute, @Nullable TensorProto tensor, @Nullable GraphProto body) {
        AttributeProto.Builder changed = attribute.toBuilder();
        if (tensor != null) {
            changed.setT(tensor);
        }
        if (body != null) {
            changed.setG(body);
        }
        return changed.build();
    }

    private @Nullable TensorProto changed(TensorProto tensor) {
        if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
            return null;
        }
        String title = "tensor " + Require.quote(tensor.getName());
        requireKnownKeys(tensor, title);
        String location = entry(tensor, "location", title);
        String offset = entry(tensor, "offset", title);
        String length = entry(tensor, "length", title);
        long expected = TensorCheck.byteSize(tensor, () -> title);
        long bytes = length == null ? expected : number(length, "length", title);
        if (bytes > Integer.MAX_VALUE) {
            throw new ArtifactRejectedException(
                    Rule.EXTERNAL_DATA,
                    title + ": " + bytes + " bytes (expected: at most " + Integer.MAX_VALUE
                            + ", the most that one tensor can hold here); split it, or use a narrower type");
        }
        MappedFile file = file(location == null ? "" : location, title);
        ByteString values;
        try {
            values = UnsafeByteOperations.unsafeWrap(
                    file.map(offset == null ? 0 : number(offset, "offset", title), bytes, title));
        } catch (IOException e) {
            throw new ArtifactRejectedException(
                    Rule.EXTERNAL_DATA,
                    title + ": file " + Require.quote(String.valueOf(location)) + " cannot be read: " + e.getMessage(),
                    e);
        }
        return tensor.toBuilder()
                .clearDataLocation()
                .clearExternalData()
                .setRawData(values)
                .build();
    }

    private static void requireKnownKeys(TensorProto tensor, String title) {
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            if (!KEYS.contains(entry.getKey())) {
                throw new ArtifactRejectedException(
                        Rule.EXTERNAL_DATA,
                        title + ": " + Require.quote(entry.getKey()) + " of its values (expected: one of " + KEYS
                                + "); save the model again");
            }
        }
    }

    private static @Nullable String entry(TensorProto tensor, String key, String title) {
        String found = null;
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            if (entry.getKey().equals(key)) {
                if (found != null) {
                    throw new ArtifactRejectedException(
                            Rule.EXTERNAL_DATA,
                            title + ": " + key
                                    + " of its values is given twice (expected: once); export the model again");
                }
                found = entry.getValue();
            }
        }
        return found;
    }

    private static long number(String text, String key, String title) {
        if (!text.matches("\\d{1,18}")) {
            throw new ArtifactRejectedException(
                    Rule.EXTERNAL_DATA,
                    title + ": " + key + " " + Require.quote(text)
                            + " of its values (expected: a number of bytes, 0 or more); export the model again");
        }
        return Long.parseLong(text);
    }

    private MappedFile file(String location, String title) {
        MappedFile file = files.get(location);
        if (file == null) {
            file = open(location, title);
            files.put(location, file);
        }
        return file;
    }

    private MappedFile open(String location, String title) {
        try {
            return MappedFile.open(inside(location, title));
        } catch (IOException | InvalidPathException e) {
            throw refused(
                    location,
                    title,
                    "there is no such file, or it cannot be read",
                    "a file beside the model",
                    "copy it there, or save the model as one file",
                    e);
        }
    }

    /** The file itself, links followed. */
    private Path inside(String location, String title) throws IOException {
        boolean plain = PLAIN_PATH.matcher(location).matches();
        Path path = plain ? Path.of(location) : Path.of("..");
        if (!plain || path.isAbsolute() || !path.equals(path.normalize()) || path.startsWith("..")) {
            throw refused(
                    location,
                    title,
                    "no plain relative path",
                    "a path below the model's folder, without \"..\", backslashes and colons",
                    "save the model again",
                    null);
        }
        Path root = folder.toRealPath();
        Path real = root.resolve(path).toRealPath();
        if (!real.startsWith(root)) {
            throw refused(
                    location,
                    title,
                    "a link leads it out of the model's folder",
                    "a file in the folder itself",
                    "copy the file there",
                    null);
        }
        if (!Files.isRegularFile(real) || Files.isSameFile(real, model)) {
            throw refused(
                    location,
                    title,
                    "it is no file, or the model's own",
                    "a file beside the model",
                    "copy it there, or save the model as one file",
                    null);
        }
        return real;
    }

    private static ArtifactRejectedException refused(
            String location, String title, String found, String expected, String mend, @Nullable Exception cause) {
        return new ArtifactRejectedException(
                Rule.EXTERNAL_DATA,
                title + ": values in " + Require.quote(location) + ": " + found + " (expected: " + expected + "); "
                        + mend,
                cause);
    }
}

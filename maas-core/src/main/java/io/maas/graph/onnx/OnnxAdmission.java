package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is let in at all: whole ONNX models that tell the truth about the sizes of their tensors, and hold all their values
 * themselves or, when they are read by path, in files of their own folder. Looks at every tensor there is, in attributes,
 * subgraphs, functions and training information too.
 *
 * <p>Thread-safe: holds no state.
 */
public final class OnnxAdmission {
    /** How deep subgraphs may nest; real models stay below 5. */
    static final int MAX_DEPTH = 16;

    private OnnxAdmission() {}

    /**
     * Refuses a model that must not reach an engine.
     *
     * @throws ArtifactRejectedException naming what is wrong, where, and what to do about it
     */
    public static void check(ByteSource onnx) {
        admit(onnx);
    }

    /**
     * Refuses a model in a file that must not reach an engine. Values in other files are let in, if these lie in the model's
     * folder or below.
     *
     * @throws ArtifactRejectedException naming what is wrong, where, and what to do about it
     */
    public static void check(Path file) {
        admit(file);
    }

    /** The model, if it is let in. Its large values are views of one array that holds the whole file. */
    static ModelProto admit(ByteSource onnx) {
        return admit(ByteBuffer.wrap(read(onnx)));
    }

    /** The model, if it is let in. Its large values are views of the memory, which must not change. */
    static ModelProto admit(ByteBuffer onnx) {
        return checked(parse(onnx));
    }

    /**
     * The model, if it is let in, with values that lie in files beside it. Its large values are views of the files, which must
     * not change.
     */
    static ModelProto admit(Path file) {
        try (ExternalData outside = new ExternalData(parent(file))) {
            return checked(outside.resolve(parse(MappedFile.whole(file))));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "parent");
    }

    private static ModelProto checked(ModelProto model) {
        checkGraph(model.getGraph(), () -> "", 0);
        for (FunctionProto function : model.getFunctionsList()) {
            Supplier<String> where = () -> " of function " + Require.quote(function.getName());
            function.getAttributeProtoList().forEach(attribute -> checkAttribute(attribute, where, 0));
            function.getNodeList().forEach(node -> checkNode(node, where, 0));
        }
        for (TrainingInfoProto training : model.getTrainingInfoList()) {
            checkGraph(training.getInitialization(), () -> " of the training information", 0);
            checkGraph(training.getAlgorithm(), () -> " of the training information", 0);
        }
        return model;
    }

    // ---- the file

    private static byte[] read(ByteSource onnx) {
        long size = onnx.sizeIfKnown().or(0L);
        if (size > Integer.MAX_VALUE) {
            throw tooLarge(size);
        }
        try {
            return onnx.read();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    static ArtifactRejectedException tooLarge(long bytes) {
        return new ArtifactRejectedException(
                "ONNX model: " + bytes + " bytes (expected: at most " + Integer.MAX_VALUE
                        + ", the limit of the format); use a smaller or a quantized model, or keep its values in a file beside it");
    }

    private static ArtifactRejectedException unreadable(IOException e) {
        // Exceptions of the file system often hold the path only.
        String reason = e instanceof NoSuchFileException ? "there is no file " + e.getMessage() : e.getMessage();
        return new ArtifactRejectedException("ONNX model cannot be read: " + reason, e);
    }

    private static ModelProto parse(ByteBuffer onnx) {
        int size = onnx.remaining();
        // The memory does not change, so that initializers may be views of it instead of copies.
        ByteString bytes = UnsafeByteOperations.unsafeWrap(onnx);
        ModelParts.check(bytes.newCodedInput());
        CodedInputStream in = bytes.newCodedInput();
        in.enableAliasing(true);
        ModelProto model;
        try {
            model = ModelProto.parseFrom(in);
            in.checkLastTagWas(0);
        } catch (InvalidProtocolBufferException e) {
            throw notOnnx(size + " bytes that are no protocol buffer message, or not a whole one", e);
        } catch (IOException e) {
            throw notOnnx(size + " bytes that cannot be decoded", e);
        }
        expect(size > 0, size, "nothing");
        expect(model.hasGraph(), size, "no graph");
        expect(model.getIrVersion() > 0, size, "no ir_version");
        expect(model.getOpsetImportCount() > 0, size, "no opset_import");
        expect(model.getGraph().getOutputCount() > 0, size, "no output of the graph");
        return model;
    }

    private static void expect(boolean condition, int bytes, String found) {
        if (!condition) {
            throw notOnnx(bytes + " bytes with " + found + " in them", null);
        }
    }

    private static ArtifactRejectedException notOnnx(String found, @Nullable IOException cause) {
        return new ArtifactRejectedException(
                "not an ONNX model: " + found
                        + " (expected: a whole ModelProto with ir_version, opset_import and a graph with outputs);"
                        + " copy the file again or export the model as .onnx",
                cause);
    }

    // ---- the walk

    /** @param where what to put behind titles; built for messages only */
    private static void checkGraph(GraphProto graph, Supplier<String> where, int depth) {
        if (depth > MAX_DEPTH) {
            throw new ArtifactRejectedException("ONNX model: subgraphs nested more than " + MAX_DEPTH + " deep"
                    + where.get() + " (expected: at most " + MAX_DEPTH + "); flatten its control flow");
        }
        for (TensorProto tensor : graph.getInitializerList()) {
            check(tensor, () -> "initializer " + Require.quote(tensor.getName()) + where.get());
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            checkSparse(
                    sparse,
                    () -> "sparse initializer "
                            + Require.quote(sparse.getValues().getName()) + where.get());
        }
        graph.getNodeList().forEach(node -> checkNode(node, where, depth));
    }

    private static void checkNode(NodeProto node, Supplier<String> where, int depth) {
        // Where a node lies matters once; a path of all nodes around it would only be long.
        Supplier<String> place = () -> " of " + Require.quote(node.getOpType()) + " node "
                + Require.quote(node.getName()) + (depth == 0 ? where.get() : "");
        node.getAttributeList().forEach(attribute -> checkAttribute(attribute, place, depth));
    }

    /** Looks at every field, whatever the attribute says of its type: engines differ in what they trust. */
    private static void checkAttribute(AttributeProto attribute, Supplier<String> where, int depth) {
        Supplier<String> title = () -> "attribute " + Require.quote(attribute.getName()) + where.get();
        if (attribute.hasT()) {
            check(attribute.getT(), title);
        }
        attribute.getTensorsList().forEach(tensor -> check(tensor, title));
        if (attribute.hasSparseTensor()) {
            checkSparse(attribute.getSparseTensor(), title);
        }
        attribute.getSparseTensorsList().forEach(sparse -> checkSparse(sparse, title));
        if (attribute.hasG()) {
            checkGraph(attribute.getG(), where, depth + 1);
        }
        attribute.getGraphsList().forEach(graph -> checkGraph(graph, where, depth + 1));
    }

    private static void checkSparse(SparseTensorProto sparse, Supplier<String> title) {
        shape(sparse.getDimsList(), title);
        check(sparse.getValues(), title);
        check(sparse.getIndices(), title);
    }

    // ---- one tensor

    /**
     * Refuses a tensor whose values lie elsewhere or are not as many as its sizes say.
     *
     * @param title what to call it in messages
     */
    static void check(TensorProto tensor, Supplier<String> title) {
        checkInside(tensor, title);
        long elements = shape(tensor.getDimsList(), title).elements();
        int bits = bits(tensor, title);
        int typed = typedCount(tensor);
        boolean raw = tensor.hasRawData();
        if (raw && (bits == 0 || typed > 0)) {
            throw new ArtifactRejectedException(title.get() + ": " + OnnxTensors.title(tensor)
                    + " with raw_data and typed values, or raw_data of strings (expected: one form of values, and"
                    + " string_data for strings); export the model again");
        }
        long found = raw ? tensor.getRawData().size() : fittingCount(tensor);
        if (found != (raw ? bytes(elements, bits) : values(elements, tensor.getDataType(), bits))
                || (!raw && found != typed)) {
            throw new ArtifactRejectedException(title.get() + ": "
                    + (raw ? found + " bytes" : found + " values of its type and " + (typed - found) + " others")
                    + " (expected: " + elements + " elements as " + OnnxTensors.title(tensor)
                    + " asks for); the file is damaged, copy or export it again");
        }
    }

    /** The bytes that a tensor's values take, packed; 0 for strings. */
    static long byteSize(TensorProto tensor, Supplier<String> title) {
        return bytes(shape(tensor.getDimsList(), title).elements(), bits(tensor, title));
    }

    private static int bits(TensorProto tensor, Supplier<String> title) {
        int bits = ElementTypes.bits(tensor.getDataType());
        if (bits < 0) {
            throw new ArtifactRejectedException(title.get() + ": element type " + tensor.getDataType()
                    + " (expected: a number that ONNX gives to a type); export the model again");
        }
        return bits;
    }

    private static void checkInside(TensorProto tensor, Supplier<String> title) {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL || tensor.getExternalDataCount() > 0) {
            String location = tensor.getExternalDataList().stream()
                    .filter(entry -> entry.getKey().equals("location"))
                    .map(StringStringEntryProto::getValue)
                    .findFirst()
                    .orElse("");
            throw new ArtifactRejectedException(title.get() + ": values in another file, " + Require.quote(location)
                    + " (expected: all values inside the model); save the model as one file");
        }
        if (tensor.hasSegment()) {
            throw new ArtifactRejectedException(
                    title.get() + ": a segment of a tensor (expected: whole tensors); export the model again");
        }
    }

    private static Shape shape(List<Long> dims, Supplier<String> title) {
        try {
            return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    title.get() + ": sizes that no tensor has; " + e.getMessage() + "; export the model again", e);
        }
    }

    /** Bytes of so many elements, packed; more than any file has where that overflows. */
    private static long bytes(long elements, int bits) {
        return elements > Long.MAX_VALUE / 256 ? Long.MAX_VALUE : (elements * bits + 7) / 8;
    }

    /** How many typed values stand for so many elements: two for a complex number, one for some narrow numbers. */
    private static long values(long elements, int dataType, int bits) {
        boolean complex =
                dataType == TensorProto.DataType.COMPLEX64_VALUE || dataType == TensorProto.DataType.COMPLEX128_VALUE;
        return complex ? bytes(elements, 16) : bits > 0 && bits < 8 ? bytes(elements, bits) : elements;
    }

    private static int typedCount(TensorProto tensor) {
        return tensor.getFloatDataCount()
                + tensor.getInt32DataCount()
                + tensor.getStringDataCount()
                + tensor.getInt64DataCount()
                + tensor.getDoubleDataCount()
                + tensor.getUint64DataCount();
    }

    /** The length of the field that holds values of the tensor's type. */
    private static int fittingCount(TensorProto tensor) {
        return switch (tensor.getDataType()) {
            case TensorProto.DataType.FLOAT_VALUE, TensorProto.DataType.COMPLEX64_VALUE -> tensor.getFloatDataCount();
            case TensorProto.DataType.DOUBLE_VALUE, TensorProto.DataType.COMPLEX128_VALUE ->
                tensor.getDoubleDataCount();
            case TensorProto.DataType.INT64_VALUE -> tensor.getInt64DataCount();
            case TensorProto.DataType.UINT32_VALUE, TensorProto.DataType.UINT64_VALUE -> tensor.getUint64DataCount();
            case TensorProto.DataType.STRING_VALUE -> tensor.getStringDataCount();
            default -> tensor.getInt32DataCount();
        };
    }
}

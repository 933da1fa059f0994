package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is let in at all: whole ONNX models that tell the truth about the sizes of their tensors, and hold all their values
 * themselves or, when they are read by path, in files of their own folder. Looks at every tensor there is, in attributes,
 * subgraphs, functions and training information too. What of that a host lets in, an {@link AdmissionPolicy} says.
 *
 * <p>Thread-safe: holds no state.
 */
public final class OnnxAdmission {
    /** {@code ORTM}. */
    private static final int ORT_FORMAT = 0x4f52544d;

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

    /**
     * Refuses a model that this host does not let in.
     *
     * @return what it will take
     * @throws ArtifactRejectedException naming the rule, what is wrong, where, and what to do about it
     */
    public static LoadEstimate check(ByteSource onnx, AdmissionPolicy policy) {
        return admitted(parse(ByteBuffer.wrap(read(onnx))), policy);
    }

    /** As {@link #check(ByteSource, AdmissionPolicy)}; values in other files are let in as of {@link #check(Path)}, and looked into. */
    public static LoadEstimate check(Path file, AdmissionPolicy policy) {
        return admitted(resolved(file), policy);
    }

    /**
     * Refuses what no host may load, and values in other files than these.
     *
     * @param beside names of the files that values may lie in, as the model gives them
     * @return those of them that the model names
     */
    public static Set<String> check(ByteSource onnx, Set<String> beside) {
        ModelWalk walk = new ModelWalk(AdmissionPolicy.STRUCTURE, beside);
        walk.check(parse(ByteBuffer.wrap(read(onnx))));
        return walk.named();
    }

    /** The files beside a model that its values lie in, relative to its folder; the model is let in. */
    public static Set<String> filesBeside(Path file) {
        try (ExternalData outside = new ExternalData(file)) {
            checked(outside.resolve(parse(MappedFile.whole(file))));
            return outside.locations();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static LoadEstimate admitted(ModelProto model, AdmissionPolicy policy) {
        ModelWalk walk = new ModelWalk(policy, Set.of());
        walk.check(model);
        Calls calls = Calls.of(model, policy.nodes());
        return new LoadEstimate(walk.bytes(), new ConstantEstimate(policy, calls).of(model));
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
        return checked(resolved(file));
    }

    private static ModelProto resolved(Path file) {
        try (ExternalData outside = new ExternalData(file)) {
            return outside.resolve(parse(MappedFile.whole(file)));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static ModelProto checked(ModelProto model) {
        new ModelWalk(AdmissionPolicy.STRUCTURE, Set.of()).check(model);
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
                Rule.MODEL_TOO_LARGE,
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
        requireNoTwin(onnx);
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

    /**
     * An ONNX message may begin like a file of ONNX Runtime's own format, which that engine then takes it for, and reads a model that
     * nobody looked at.
     */
    private static void requireNoTwin(ByteBuffer onnx) {
        int mark = onnx.position() + Integer.BYTES;
        if (onnx.limit() >= mark + Integer.BYTES
                && onnx.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(mark) == ORT_FORMAT) {
            throw new ArtifactRejectedException(
                    Rule.NOT_ONNX,
                    "not an ONNX model: bytes 4 to 7 are \"ORTM\", the mark of ONNX Runtime's own format (expected: a ModelProto);"
                            + " export the model as .onnx");
        }
    }

    private static void expect(boolean condition, int bytes, String found) {
        if (!condition) {
            throw notOnnx(bytes + " bytes with " + found + " in them", null);
        }
    }

    private static ArtifactRejectedException notOnnx(String found, @Nullable IOException cause) {
        return new ArtifactRejectedException(
                Rule.NOT_ONNX,
                "not an ONNX model: " + found
                        + " (expected: a whole ModelProto with ir_version, opset_import and a graph with outputs);"
                        + " copy the file again or export the model as .onnx",
                cause);
    }
}

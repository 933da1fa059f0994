package io.maas.graph.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import java.io.IOException;

/**
 * Counts what a model is made of before anything of it is held: an empty message takes two bytes of a file and a hundred of
 * memory.
 */
final class ModelParts {
    /** The largest models that people export have some ten thousand. */
    static final int MAX_NODES = 1_000_000;

    /** Messages and texts of all kinds: nodes, their names, attributes, declared sizes, words of a vocabulary. */
    static final int MAX_PARTS = 20_000_000;

    /** As deep as the decoder of messages goes. */
    private static final int MAX_DEPTH = 100;

    /** Messages that are looked into. */
    private enum Kind {
        MODEL,
        TRAINING,
        FUNCTION,
        GRAPH,
        NODE,
        ATTRIBUTE,
        TENSOR,
        VALUE,
        TYPE,
        TENSOR_TYPE,
        SHAPE,
        LEAF;

        /** What the field of that number holds. */
        Kind part(int field) {
            return switch (this) {
                case MODEL -> field == 7 ? GRAPH : field == 20 ? TRAINING : field == 25 ? FUNCTION : LEAF;
                case TRAINING -> field <= 2 ? GRAPH : LEAF;
                case FUNCTION -> field == 7 ? NODE : field == 11 ? ATTRIBUTE : field == 12 ? VALUE : LEAF;
                case GRAPH -> field == 1 ? NODE : field == 5 ? TENSOR : field >= 11 && field <= 13 ? VALUE : LEAF;
                case NODE -> field == 5 ? ATTRIBUTE : LEAF;
                case ATTRIBUTE ->
                    field == 5 || field == 10 ? TENSOR : field == 6 || field == 11 ? GRAPH : field == 14 ? TYPE : LEAF;
                case VALUE -> field == 2 ? TYPE : LEAF;
                case TYPE -> field == 1 ? TENSOR_TYPE : LEAF;
                case TENSOR_TYPE -> field == 2 ? SHAPE : LEAF;
                case TENSOR, SHAPE, LEAF -> LEAF;
            };
        }
    }

    private final CodedInputStream in;
    private int nodes;
    private int parts;

    private ModelParts(CodedInputStream in) {
        this.in = in;
    }

    /**
     * Refuses a model of more nodes or other parts than are let in. What is no message at all is left to the decoder.
     *
     * @throws ArtifactRejectedException naming the limit
     */
    static void check(CodedInputStream model) {
        try {
            new ModelParts(model).walk(Kind.MODEL, 0);
        } catch (IOException e) {
            // Not a message, or not a whole one: the decoder comes to the same place and says so.
            return;
        }
    }

    private void walk(Kind kind, int depth) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                in.skipField(tag);
                continue;
            }
            Kind part = kind.part(WireFormat.getTagFieldNumber(tag));
            count(part);
            if (part == Kind.LEAF || depth == MAX_DEPTH) {
                in.skipField(tag);
            } else {
                int limit = in.pushLimit(in.readRawVarint32());
                walk(part, depth + 1);
                in.popLimit(limit);
            }
        }
    }

    private void count(Kind part) {
        if (part == Kind.NODE && ++nodes > MAX_NODES) {
            throw tooMany(MAX_NODES, "nodes");
        }
        if (++parts > MAX_PARTS) {
            throw tooMany(MAX_PARTS, "parts");
        }
    }

    private static ArtifactRejectedException tooMany(int most, String what) {
        return new ArtifactRejectedException(
                Rule.TOO_MANY_PARTS,
                "ONNX model: more than " + most + " " + what + " (expected: at most " + most
                        + "); a model that is not damaged can be split, or its loops be kept as loops");
    }
}

package io.maas.error;

/**
 * Why an artifact was refused. The names are stable: programs, logs and alerts may rely on them.
 *
 * <p>Immutable and thread-safe.
 */
public enum Rule {
    /** Damaged, or not what it claims to be, in a way that has no name of its own. */
    INVALID("invalid"),
    /** No whole ONNX model, or one that an engine would take for another format. */
    NOT_ONNX("not-onnx"),
    /** A part of a message that nobody here knows, and an engine might. */
    UNKNOWN_FIELD("unknown-field"),
    /** Values that lie anywhere but in the model or in a file of its version. */
    EXTERNAL_DATA("external-data"),
    /** Operators of a domain that the host did not allow. */
    UNKNOWN_DOMAIN("unknown-domain"),
    /** Sizes that overflow, or that are not those of the values. */
    TENSOR_SIZE("tensor-size"),
    /** More axes than are let in. */
    RANK_TOO_HIGH("rank-too-high"),
    /** More bytes of values than are let in. */
    MODEL_TOO_LARGE("model-too-large"),
    /** More nodes, functions, operator sets or other parts than are let in. */
    TOO_MANY_PARTS("too-many-parts"),
    /** Subgraphs inside of subgraphs, deeper than is let in. */
    NESTED_TOO_DEEP("nested-too-deep"),
    /** Functions that call themselves. */
    RECURSIVE_FUNCTION("recursive-function"),
    /** A name or text that is longer than is let in. */
    TEXT_TOO_LONG("text-too-long"),
    /** Values computed from constants that are larger than is let in. */
    CONSTANT_TOO_LARGE("constant-too-large"),
    /** Loops that run longer than is let in, whatever the input. */
    LOOP_TOO_LONG("loop-too-long"),
    /** A file of a format that does not belong into an artifact. */
    FILE_FORMAT("file-format"),
    /** A model that takes more memory than the host's budget for one load. */
    LOAD_BYTES("load-bytes"),
    /** A load that took longer than the host's budget for one load. */
    LOAD_TIME("load-time");

    private final String id;

    Rule(String id) {
        this.id = id;
    }

    /** The stable name, such as {@code external-data}. */
    public String id() {
        return id;
    }
}

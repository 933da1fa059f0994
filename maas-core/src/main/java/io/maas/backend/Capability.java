package io.maas.backend;

/** What not every engine can do. An engine declares what it has; asking for what it lacks is a {@code BackendException}. */
public enum Capability {
    /** Sessions whose state stays inside the engine between steps: training, recurrent and generating models. */
    CARRIED_STATE,
    /** Operators outside {@link io.maas.graph.Op}. */
    OTHER_OPERATORS,
    /** Tensors of text. */
    STRINGS,
    /** Arithmetic in float16 and bfloat16. */
    HALF_PRECISION
}

package io.maas.backend.onnxruntime;

import io.maas.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** A tensor that stays in a session: neither requests nor answers hold it. Steps of phase 0 and 1 take turns. */
interface Resident extends AutoCloseable {
    /** The input that is fed from it, if any. */
    @Nullable
    Port input();

    /** The output that is written to it, if any. */
    @Nullable
    Port output();

    Shape shape();

    /** What the input reads in a step of that phase; null without an input. */
    Bindings.@Nullable Entry source(int phase);

    /** Where the output is written to in a step of that phase; null without an output. */
    Bindings.@Nullable Entry target(int phase);

    @Override
    void close();
}

package io.maas.backend.nd4j;

import java.util.Arrays;
import java.util.List;

/** One of ND4J's named operations and what it is given; none of the inputs is empty. */
record Call(String name, List<Array> inputs, List<Long> integers, List<Double> reals, List<Boolean> flags) {
    static Call of(String name, Array... inputs) {
        return new Call(name, List.of(inputs), List.of(), List.of(), List.of());
    }

    Call integers(long... values) {
        return new Call(name, inputs, Arrays.stream(values).boxed().toList(), reals, flags);
    }

    Call real(double value) {
        return new Call(name, inputs, integers, List.of(value), flags);
    }

    Call flag(boolean value) {
        return new Call(name, inputs, integers, reals, List.of(value));
    }
}

package io.maas.graph.pass;

import io.maas.graph.Op;
import java.util.EnumSet;
import java.util.Set;

/** Operators that engines compute in the memory of an input of the output's size. */
final class Elementwise {
    private static final Set<Op> OPS = EnumSet.of(
            Op.ABS,
            Op.ADD,
            Op.CLIP,
            Op.DIV,
            Op.ELU,
            Op.ERF,
            Op.EXP,
            Op.GELU,
            Op.LEAKY_RELU,
            Op.LOG,
            Op.MUL,
            Op.NEG,
            Op.POW,
            Op.RECIPROCAL,
            Op.RELU,
            Op.SIGMOID,
            Op.SIGN,
            Op.SOFTMAX,
            Op.SOFTPLUS,
            Op.SQRT,
            Op.SUB,
            Op.TANH);

    private Elementwise() {}

    static boolean is(Op op) {
        return OPS.contains(op);
    }
}

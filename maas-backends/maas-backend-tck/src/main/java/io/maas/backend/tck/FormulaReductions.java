package io.maas.backend.tck;

import java.util.Arrays;
import java.util.List;

/** Reductions by a formula: each element is changed, all are added or multiplied, and the result is changed once more. */
final class FormulaReductions {
    private FormulaReductions() {}

    /** Without axes and told to do nothing then, each element is a group of its own: all but the reduction is done. */
    static NdArray of(Arguments in) {
        NdArray x = in.get(0);
        long[] axes = Reductions.isNoOp(in) ? new long[0] : Reductions.axes(in);
        Grid to = Reductions.reduced(x.grid(), axes);
        List<List<Integer>> groups = Reductions.groups(x.grid(), to);
        if (x.isReal()) {
            double[] results = groups.stream()
                    .mapToDouble(group ->
                            real(in, group.stream().mapToDouble(x::real).toArray()))
                    .toArray();
            return Reductions.shaped(in, NdArray.ofReals(x.type(), to, results), axes);
        }
        long[] results = groups.stream()
                .mapToLong(group ->
                        integer(in, group.stream().mapToLong(x::integer).toArray()))
                .toArray();
        return Reductions.shaped(in, NdArray.ofIntegers(x.type(), to, results), axes);
    }

    private static double real(Arguments in, double... group) {
        return switch (in.node().op()) {
            case REDUCE_L1 -> Arrays.stream(group).map(Math::abs).sum();
            case REDUCE_L2 -> Math.sqrt(Arrays.stream(group).map(x -> x * x).sum());
            case REDUCE_LOG_SUM -> Math.log(Arrays.stream(group).sum());
            case REDUCE_LOG_SUM_EXP -> logSumExp(group);
            case REDUCE_PROD -> Arrays.stream(group).reduce(1, (a, b) -> a * b);
            case REDUCE_SUM_SQUARE -> Arrays.stream(group).map(x -> x * x).sum();
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }

    private static long integer(Arguments in, long... group) {
        return switch (in.node().op()) {
            case REDUCE_L1 -> Arrays.stream(group).map(Math::abs).sum();
            case REDUCE_PROD -> Arrays.stream(group).reduce(1, (a, b) -> a * b);
            case REDUCE_SUM_SQUARE -> Arrays.stream(group).map(x -> x * x).sum();
            default -> (long) real(in, Arrays.stream(group).asDoubleStream().toArray());
        };
    }

    /** The greatest is taken off first, so that no exponential overflows. */
    private static double logSumExp(double... group) {
        double most = Arrays.stream(group).max().orElse(0);
        double shift = Double.isInfinite(most) ? 0 : most;
        return shift
                + Math.log(Arrays.stream(group).map(x -> Math.exp(x - shift)).sum());
    }
}

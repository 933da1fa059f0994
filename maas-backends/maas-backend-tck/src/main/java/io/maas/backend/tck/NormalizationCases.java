package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Cases of normalizations. */
final class NormalizationCases {
    private static final List<long[]> IMAGES =
            List.of(new long[] {2, 3, 4, 5}, new long[] {1, 1, 2, 2}, new long[] {2, 4, 3}, new long[] {3, 2, 1, 2, 2});

    private NormalizationCases() {}

    static void of(CaseWriter to) {
        for (DataType type : CaseWriter.FLOATING) {
            switch (to.op()) {
                case BATCH_NORMALIZATION -> batch(to, type);
                case GROUP_NORMALIZATION -> group(to, type);
                case INSTANCE_NORMALIZATION -> instance(to, type);
                case LAYER_NORMALIZATION -> layer(to, type);
                case LP_NORMALIZATION -> byLength(to, type);
                case LRN -> localResponse(to, type);
                case MEAN_VARIANCE_NORMALIZATION -> meanVariance(to, type);
                default -> rootMeanSquare(to, type);
            }
        }
    }

    private static Tensor positive(CaseWriter to, DataType type, long... shape) {
        return to.samples.between(0.5, 2, type, shape);
    }

    private static void batch(CaseWriter to, DataType type) {
        List<long[]> shapes = List.of(
                new long[] {2, 3, 4, 5}, new long[] {4, 3}, new long[] {1, 1, 2}, new long[] {0, 2, 3}, new long[] {
                    3, 2, 1, 2, 2
                });
        for (long[] shape : shapes) {
            Operand[] operands = batchOperands(to, type, shape);
            to.add("", type, Attributes.none(), operands);
            to.add("", type, Attributes.of("epsilon", 0.1f, "momentum", 0.5f), operands);
            if (shape[0] > 0) {
                to.add("", type, Attributes.of("training_mode", 1), 3, operands);
                Attributes training = Attributes.copyOf(Map.of("training_mode", 1, "momentum", 0.25f, "epsilon", 0.1f));
                to.add("", type, training, 3, operands);
                to.add("", type, training, 1, operands);
            }
        }
    }

    private static Operand[] batchOperands(CaseWriter to, DataType type, long... shape) {
        long channels = shape[1];
        return new Operand[] {
            Operand.input(to.samples.any(type, shape)),
            Operand.input(to.samples.any(type, channels)),
            Operand.input(to.samples.any(type, channels)),
            Operand.input(to.samples.any(type, channels)),
            Operand.input(positive(to, type, channels))
        };
    }

    private static void group(CaseWriter to, DataType type) {
        for (long[] shape : List.of(new long[] {2, 4, 3, 2}, new long[] {1, 6, 5}, new long[] {3, 4})) {
            Tensor x = to.samples.any(type, shape);
            Tensor scale = to.samples.any(type, shape[1]);
            Tensor bias = to.samples.any(type, shape[1]);
            for (long groups : new long[] {1, 2, shape[1]}) {
                // One element alone is its own mean, and rounding is all that is left of it.
                if (groups < shape[1] || shape.length > 2) {
                    to.add(type, Attributes.of("num_groups", groups), x, scale, bias);
                    to.add(type, Attributes.of("num_groups", groups, "epsilon", 0.1f), x, scale, bias);
                }
            }
        }
    }

    private static void instance(CaseWriter to, DataType type) {
        for (long[] shape : IMAGES) {
            Tensor x = to.samples.any(type, shape);
            Tensor scale = to.samples.any(type, shape[1]);
            Tensor bias = to.samples.any(type, shape[1]);
            to.add(type, x, scale, bias);
            to.add(type, Attributes.of("epsilon", 0.1f), x, scale, bias);
        }
    }

    private static void layer(CaseWriter to, DataType type) {
        Tensor x = to.samples.any(type, 2, 3, 4);
        for (int axis = -3; axis < 3; axis++) {
            int from = axis < 0 ? axis + 3 : axis;
            long[] shape = Arrays.copyOfRange(new long[] {2, 3, 4}, from, 3);
            Operand scale = Operand.input(to.samples.any(type, shape));
            Operand bias = Operand.input(to.samples.any(type, shape));
            Attributes attributes = Attributes.of("axis", axis);
            to.add("", type, attributes, Operand.input(x), scale, bias);
            to.add("", type, attributes, Operand.input(x), scale);
            to.add("", type, attributes, 3, Operand.input(x), scale, bias);
        }
        Operand scale = Operand.constant(to.samples.any(type, 4));
        to.add("", type, Attributes.of("epsilon", 0.1f), 3, Operand.input(x), scale);
        to.add("", type, Attributes.of("epsilon", 1e-12f, "stash_type", 1), Operand.input(x), scale);
        to.add("", type, Attributes.none(), 2, Operand.input(x), scale, scale);
        to.add(
                "",
                type,
                Attributes.none(),
                Operand.input(to.samples.any(type, 6)),
                Operand.input(to.samples.any(type, 6)));
        to.add("empty", type, Attributes.none(), Operand.input(to.samples.any(type, 0, 4)), scale);
    }

    private static void rootMeanSquare(CaseWriter to, DataType type) {
        Tensor x = to.samples.any(type, 2, 3, 4);
        for (int axis = -3; axis < 3; axis++) {
            int from = axis < 0 ? axis + 3 : axis;
            Tensor scale = to.samples.any(type, Arrays.copyOfRange(new long[] {2, 3, 4}, from, 3));
            to.add(type, Attributes.of("axis", axis), x, scale);
            to.add(type, Attributes.of("axis", axis, "epsilon", 0.1f), x, scale);
        }
        to.add(type, to.samples.any(type, 6), to.samples.any(type, 6));
        to.add(type, to.samples.any(type, 0, 4), to.samples.any(type, 4));
    }

    private static void byLength(CaseWriter to, DataType type) {
        for (long p : new long[] {1, 2}) {
            for (long axis = -3; axis < 3; axis++) {
                to.add(type, Attributes.of("axis", axis, "p", p), to.samples.any(type, 2, 3, 4));
            }
            to.add("zero", type, Attributes.of("p", p), Operand.input(Samples.exactly(type, 0, 0, 0)));
        }
        to.add(type, to.samples.any(type, 5));
        to.add(type, to.samples.any(type, 1, 1));
        to.add(type, to.samples.any(type, 0, 3));
    }

    private static void localResponse(CaseWriter to, DataType type) {
        for (long size : new long[] {1, 2, 3, 5}) {
            to.add(type, Attributes.of("size", size), to.samples.any(type, 2, 4, 3, 2));
            Attributes all = Attributes.copyOf(Map.of("size", size, "alpha", 0.5f, "beta", 0.6f, "bias", 2f));
            to.add(type, all, to.samples.any(type, 2, 4, 3, 2));
            to.add(type, all, to.samples.any(type, 1, 1, 1, 1));
        }
    }

    private static void meanVariance(CaseWriter to, DataType type) {
        to.add(type, to.samples.any(type, 2, 3, 4, 5));
        to.add(type, to.samples.any(type, 1, 2, 3, 1));
        to.add(type, Attributes.of("axes", List.of(0L, 1L, 2L, 3L)), to.samples.any(type, 2, 3, 4, 5));
        to.add(type, Attributes.of("axes", List.of(0L, -1L, 2L)), to.samples.any(type, 2, 3, 4, 5));
        to.add(type, Attributes.of("axes", List.of(1L)), to.samples.any(type, 2, 6));
    }
}

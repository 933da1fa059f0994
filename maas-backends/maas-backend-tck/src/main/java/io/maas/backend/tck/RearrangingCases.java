package io.maas.backend.tck;

import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Cases of operators that put axes together, apart, or in another order. */
final class RearrangingCases {
    private RearrangingCases() {}

    static void of(CaseWriter to) {
        for (DataType type : CaseWriter.FIXED) {
            switch (to.op()) {
                case DEPTH_TO_SPACE -> depthToSpace(to, type);
                case EYE_LIKE -> eyeLike(to, type);
                case REVERSE_SEQUENCE -> reverseSequence(to, type);
                default -> spaceToDepth(to, type);
            }
        }
    }

    private static void depthToSpace(CaseWriter to, DataType type) {
        for (long block : new long[] {1, 2, 3}) {
            Tensor x = to.samples.any(type, 2, 2 * block * block, 2, 3);
            to.add(type, Attributes.of("blocksize", block), x);
            to.add(type, Attributes.of("blocksize", block, "mode", "DCR"), x);
            to.add(type, Attributes.of("blocksize", block, "mode", "CRD"), x);
        }
        to.add(type, Attributes.of("blocksize", 2, "mode", "CRD"), to.samples.any(type, 1, 4, 1, 1));
    }

    private static void spaceToDepth(CaseWriter to, DataType type) {
        for (long block : new long[] {1, 2, 3}) {
            to.add(type, Attributes.of("blocksize", block), to.samples.any(type, 2, 3, 2 * block, block));
        }
        to.add(type, Attributes.of("blocksize", 2), to.samples.any(type, 1, 1, 2, 2));
    }

    private static void eyeLike(CaseWriter to, DataType type) {
        for (long[] shape : List.of(new long[] {3, 3}, new long[] {2, 4}, new long[] {4, 1}, new long[] {1, 1})) {
            Tensor x = to.samples.any(type, shape);
            to.add(type, x);
            to.add(type, Attributes.of("k", 1), x);
            to.add(type, Attributes.of("k", -2), x);
            to.add(type, Attributes.of("k", 9, "dtype", "INT64"), x);
            to.add(type, Attributes.of("dtype", "FLOAT32"), x);
        }
    }

    private static void reverseSequence(CaseWriter to, DataType type) {
        for (long[] shape : List.of(new long[] {4, 3}, new long[] {4, 3, 2}, new long[] {4, 3, 1, 2})) {
            Tensor x = to.samples.any(type, shape);
            to.add(type, x, Samples.longs(4, 1, 2));
            Attributes timeFirst = Attributes.of("batch_axis", 1, "time_axis", 0);
            to.add(type, timeFirst, x, Samples.longs(3, 4, 1));
            to.add(type, Attributes.copyOf(Map.of("batch_axis", 0, "time_axis", 1)), x, Samples.longs(3, 1, 2, 3));
        }
        to.add(type, to.samples.any(type, 1, 1), Samples.longs(1));
    }
}

package io.maas.backend.tck;

import io.maas.backend.tck.OperatorCase.Operand;
import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Cases of products of matrices. */
final class ProductCases {
    private static final List<ShapePair> MATMUL = List.of(
            ShapePair.of(new long[] {2, 3}, 3, 4),
            ShapePair.of(new long[] {3}, 3),
            ShapePair.of(new long[] {3}, 3, 4),
            ShapePair.of(new long[] {2, 3}, 3),
            ShapePair.of(new long[] {2, 2, 3}, 2, 3, 2),
            ShapePair.of(new long[] {2, 2, 3}, 3, 2),
            ShapePair.of(new long[] {2, 3}, 4, 3, 2),
            ShapePair.of(new long[] {2, 1, 2, 3}, 4, 3, 2),
            ShapePair.of(new long[] {4, 2, 3}, 3),
            ShapePair.of(new long[] {3}, 2, 3, 4),
            ShapePair.of(new long[] {1, 1}, 1, 1),
            ShapePair.of(new long[] {0, 3}, 3, 2),
            ShapePair.of(new long[] {17, 33}, 33, 9));

    private ProductCases() {}

    static void matmul(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (ShapePair pair : MATMUL) {
                Tensor left = to.samples.any(type, pair.left);
                Tensor right = to.samples.any(type, pair.right);
                to.add(type, left, right);
                to.add("weights", type, Attributes.none(), Operand.input(left), Operand.constant(right));
            }
        }
    }

    static void gemm(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            for (int flags = 0; flags < 4; flags++) {
                int transA = flags & 1;
                int transB = flags >> 1;
                Attributes plain = Attributes.of("transA", transA, "transB", transB);
                Tensor a = transA == 1 ? to.samples.any(type, 3, 2) : to.samples.any(type, 2, 3);
                Tensor b = transB == 1 ? to.samples.any(type, 4, 3) : to.samples.any(type, 3, 4);
                to.add(type, plain, a, b);
                biases(to, type, plain, a, b);
                // Whole factors, so that integers have one right answer too.
                Attributes scaled =
                        Attributes.copyOf(Map.of("transA", transA, "transB", transB, "alpha", 2f, "beta", -3f));
                biases(to, type, scaled, a, b);
            }
            square(to, type);
        }
    }

    private static void biases(CaseWriter to, DataType type, Attributes attributes, Tensor a, Tensor b) {
        for (long[] shape :
                List.of(new long[] {2, 4}, new long[] {4}, new long[] {1, 4}, new long[] {2, 1}, new long[] {})) {
            Tensor c = to.samples.any(type, shape);
            to.add(type, attributes, a, b, c);
        }
        to.add(
                "weights",
                type,
                attributes,
                Operand.input(a),
                Operand.constant(b),
                Operand.constant(to.samples.any(type, 4)));
    }

    /** Square matrices: a forgotten transposition has the right shape there, and wrong values. */
    private static void square(CaseWriter to, DataType type) {
        for (int flags = 0; flags < 4; flags++) {
            Attributes attributes = Attributes.of("transA", flags & 1, "transB", flags >> 1);
            to.add(type, attributes, to.samples.any(type, 3, 3), to.samples.any(type, 3, 3), to.samples.any(type, 3));
        }
        if (type.isFloating()) {
            Attributes scaled = Attributes.of("alpha", 0.25f, "beta", 0.75f);
            to.add(type, scaled, to.samples.any(type, 3, 3), to.samples.any(type, 3, 3), to.samples.any(type, 3));
        }
        to.add(type, to.samples.any(type, 0, 3), to.samples.any(type, 3, 2));
    }
}

package io.maas.backend.tck;

import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.Arrays;

/** Cases of Einsum. */
final class EinsumCases {
    private EinsumCases() {}

    static void of(CaseWriter to) {
        for (DataType type : CaseWriter.NUMERIC) {
            of(to, type);
        }
    }

    private static void of(CaseWriter to, DataType type) {
        add(to, type, "ij->ji", s(2, 3));
        add(to, type, "ba", s(2, 3));
        add(to, type, "ij->", s(2, 3));
        add(to, type, "ij->j", s(0, 3));
        add(to, type, "i,i", s(4), s(4));
        add(to, type, "i,j->ij", s(2), s(3));
        add(to, type, "ij,jk", s(2, 3), s(3, 4));
        add(to, type, " i j , j k -> k i ", s(2, 3), s(3, 4));
        add(to, type, "ij,jk->ik", s(2, 0), s(0, 4));
        add(to, type, "bij,bjk->bik", s(2, 3, 4), s(2, 4, 1));
        add(to, type, "bhqd,bkhd->bhqk", s(2, 2, 3, 4), s(2, 5, 2, 4));
        add(to, type, "abcd,cdef->feab", s(2, 3, 2, 2), s(2, 2, 3, 1));
        add(to, type, "ab,ab->a", s(3, 2), s(3, 2));
        add(to, type, "ab,cd->ca", s(3, 2), s(2, 3));
        add(to, type, "ij,jk,kl->il", s(2, 3), s(3, 2), s(2, 4));
        add(to, type, "i,ij,j", s(2), s(2, 3), s(3));
        add(to, type, ",ij->ij", s(), s(2, 3));
        add(to, type, "Ab,bA->bA", s(2, 3), s(3, 2));
        diagonals(to, type);
        ellipses(to, type);
    }

    private static void diagonals(CaseWriter to, DataType type) {
        add(to, type, "ii->i", s(3, 3));
        add(to, type, "ii", s(3, 3));
        add(to, type, "iji->ji", s(2, 3, 2));
        add(to, type, "iii->i", s(2, 2, 2));
        add(to, type, "iij,jk->ik", s(3, 3, 2), s(2, 2));
    }

    private static void ellipses(CaseWriter to, DataType type) {
        add(to, type, "...ij->...ji", s(2, 2, 3));
        add(to, type, "...", s(2, 3));
        add(to, type, "i...->...", s(2, 3, 2));
        add(to, type, "...ij,...jk->...ik", s(2, 2, 3), s(2, 3, 4));
        add(to, type, "...ij,...jk->...ik", s(3, 1, 2, 3), s(1, 2, 3, 2));
        add(to, type, "...ij,jk", s(2, 2, 3), s(3, 2));
        add(to, type, "...ii->...i", s(2, 3, 3));
        add(to, type, "...i,i...->...i", s(2, 3), s(3, 2));
        add(to, type, "a...b,b...->...a", s(2, 3, 2), s(2, 3));
    }

    private static long[] s(long... shape) {
        return shape;
    }

    private static void add(CaseWriter to, DataType type, String equation, long[]... shapes) {
        Tensor[] inputs =
                Arrays.stream(shapes).map(shape -> to.samples.any(type, shape)).toArray(Tensor[]::new);
        to.add(type, Attributes.of("equation", equation), inputs);
    }
}

package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.of;
import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of operators that put axes together, apart, or at other sizes. */
class RearrangingGradientsTest {
    private static GradientCase einsum(String equation, Shape... shapes) {
        Attributes attributes = Attributes.of("equation", equation);
        return of(
                "EINSUM " + equation + List.of(shapes),
                (b, x) -> op(b, Op.EINSUM, attributes, x.toArray(new Value[0])),
                shapes);
    }

    static Stream<GradientCase> einsums() {
        return Stream.of(
                einsum("ij->ji", s(2, 3)),
                einsum("ij->j", s(2, 3)),
                einsum("ij->", s(0, 3)),
                einsum("i,i", s(3), s(3)),
                einsum("i,j->ij", s(2), s(3)),
                einsum("ij,jk", s(2, 3), s(3, 2)),
                einsum("bhqd,bkhd->bhqk", s(2, 2, 3, 2), s(2, 2, 2, 2)),
                einsum("abcd,cdef->feab", s(2, 2, 2, 1), s(2, 1, 2, 3)),
                einsum("ab,cd->ca", s(3, 2), s(2, 3)),
                einsum("i,ij,j", s(2), s(2, 3), s(3)),
                einsum("ij,jk,kl->il", s(2, 3), s(3, 2), s(2, 2)),
                einsum("ii->i", s(3, 3)),
                einsum("ii", s(3, 3)),
                einsum("iji,jk->ki", s(2, 3, 2), s(3, 2)),
                einsum("...ij->...ji", s(2, 2, 3)),
                einsum("...ij,...jk->...ik", s(3, 1, 2, 3), s(1, 2, 3, 2)),
                einsum("...ij,jk", s(2, 2, 3), s(3, 2)),
                einsum("a...b,b...->...a", s(2, 3, 2), s(2, 3)));
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        einsums().forEach(all::add);
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theGradientIsTheDerivative(GradientCase test) {
        test.check();
    }
}

package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.s;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of operators that cut, repeat, choose or order elements. */
class SelectingGradientsTest {
    private static final Tensor ROWS = Tensor.of(new long[] {1, 0, 2, 0, 2, -2}, 2, 3);
    private static final Tensor REPEATED = Tensor.of(new long[] {1, 0, 1, 1, 0, -2}, 2, 3);

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        split(all);
        for (long[] repeats : new long[][] {{2, 1}, {1, 3}, {2, 2}, {1, 1}}) {
            all.add(GradientCase.of(
                    "Tile " + repeats[0] + repeats[1],
                    (b, x) -> b.node(Op.TILE, Attributes.none(), x.get(0), b.longs(repeats)),
                    s(2, 3)));
        }
        for (int upper = 0; upper < 2; upper++) {
            Attributes side = Attributes.of("upper", upper);
            all.add(GradientCase.of("Trilu " + side, (b, x) -> b.node(Op.TRILU, side, x.get(0)), s(2, 3, 4)));
            all.add(GradientCase.of(
                    "Trilu k " + side,
                    (b, x) -> b.node(Op.TRILU, side, x.get(0), b.constant(Tensor.scalar(-1L))),
                    s(3, 3)));
        }
        for (int flags = 0; flags < 4; flags++) {
            Attributes how = Attributes.of("exclusive", flags & 1, "reverse", flags >> 1);
            all.add(GradientCase.of(
                    "CumSum " + how,
                    (b, x) -> b.node(Op.CUM_SUM, how, x.get(0), b.constant(Tensor.scalar(1L))),
                    s(2, 4)));
        }
        order(all);
        gather(all);
        scatter(all);
        all.add(new GradientCase(
                "Range",
                0.4,
                0.6,
                List.of(s(), s()),
                (b, x) -> b.node(Op.RANGE, Attributes.none(), x.get(0), b.constant(Tensor.scalar(2.9)), x.get(1))));
        return all.stream();
    }

    private static void split(List<GradientCase> all) {
        all.add(GradientCase.of(
                "Split in three",
                (b, x) -> {
                    List<Value> parts = b.nodes(Op.SPLIT, Attributes.of("num_outputs", 3), 3, x.get(0));
                    return b.mul(parts.get(0), b.exp(parts.get(2)));
                },
                s(6, 2)));
        all.add(GradientCase.of(
                "Split given",
                (b, x) -> b.nodes(Op.SPLIT, Attributes.of("axis", 1), 2, x.get(0), b.longs(1, 2))
                        .get(1),
                s(2, 3)));
        all.add(GradientCase.of(
                "Concat of known sizes",
                (b, x) -> b.node(Op.CONCAT, Attributes.of("axis", 1), x.get(0), x.get(1), x.get(0)),
                s(2, 3),
                s(2, 1)));
    }

    private static void order(List<GradientCase> all) {
        for (int largest = 0; largest < 2; largest++) {
            Attributes how = Attributes.of("axis", 0, "largest", largest);
            all.add(GradientCase.of(
                    "TopK " + how,
                    (b, x) -> b.nodes(Op.TOP_K, how, 2, x.get(0), b.longs(2)).get(0),
                    s(4, 3)));
        }
    }

    private static void gather(List<GradientCase> all) {
        all.add(GradientCase.of(
                "GatherElements",
                (b, x) -> b.node(Op.GATHER_ELEMENTS, Attributes.none(), x.get(0), b.constant(REPEATED)),
                s(3, 3)));
        all.add(GradientCase.of(
                "GatherElements axis 1",
                (b, x) -> b.node(Op.GATHER_ELEMENTS, Attributes.of("axis", 1), x.get(0), b.constant(REPEATED)),
                s(2, 3)));
        Tensor places = Tensor.of(new long[] {0, 1, -1, 2, 0, 1}, 3, 2);
        all.add(GradientCase.of(
                "GatherND",
                (b, x) -> b.node(Op.GATHER_ND, Attributes.none(), x.get(0), b.constant(places)),
                s(2, 3, 2)));
        Tensor batched = Tensor.of(new long[] {2, 0, 0, 1, 1, 1, 2, 0}, 2, 2, 2);
        all.add(GradientCase.of(
                "GatherND in batches",
                (b, x) -> b.node(Op.GATHER_ND, Attributes.of("batch_dims", 1), x.get(0), b.constant(batched)),
                s(2, 3, 2)));
    }

    private static void scatter(List<GradientCase> all) {
        all.add(GradientCase.of(
                "ScatterElements",
                (b, x) -> b.node(Op.SCATTER_ELEMENTS, Attributes.none(), x.get(0), b.constant(ROWS), x.get(1)),
                s(3, 3),
                s(2, 3)));
        all.add(GradientCase.of(
                "ScatterElements add",
                (b, x) -> b.node(
                        Op.SCATTER_ELEMENTS,
                        Attributes.of("reduction", "add"),
                        x.get(0),
                        b.constant(REPEATED),
                        x.get(1)),
                s(3, 3),
                s(2, 3)));
        Tensor once = Tensor.of(new long[] {2, 0}, 2, 1);
        all.add(GradientCase.of(
                "ScatterND",
                (b, x) -> b.node(Op.SCATTER_ND, Attributes.none(), x.get(0), b.constant(once), x.get(1)),
                s(3, 2),
                s(2, 2)));
        Tensor twice = Tensor.of(new long[] {2, 2}, 2, 1);
        all.add(GradientCase.of(
                "ScatterND add",
                (b, x) ->
                        b.node(Op.SCATTER_ND, Attributes.of("reduction", "add"), x.get(0), b.constant(twice), x.get(1)),
                s(3, 2),
                s(2, 2)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }
}

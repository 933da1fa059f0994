package io.maas.backend.tck;

import static io.maas.backend.tck.GradientCase.op;
import static io.maas.backend.tck.GradientCase.s;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of updates that come together with what stands at their place, several of them often at one place. */
class ScatterGradientsTest {
    private static final int SEEDS = 30;

    private static Tensor indices(Random random, long[] shape, IndexBound bound) {
        Shape sizes = Shape.of(shape);
        long[] drawn = new long[Math.toIntExact(sizes.elements())];
        for (int i = 0; i < drawn.length; i++) {
            long size = bound.at(i);
            drawn[i] = random.nextInt((int) size) - (random.nextBoolean() ? size : 0);
        }
        return Tensor.of(drawn).reshape(sizes);
    }

    private interface IndexBound {
        long at(int place);
    }

    /** Sizes from 1 on: an empty axis has no place that an index could name. */
    private static long[] sizes(Random random, int rank) {
        return random.longs(rank, 1, 4).toArray();
    }

    private static GradientCase elements(String reduction, int seed, boolean whole) {
        Random random = new Random(seed);
        long[] data = sizes(random, 1 + random.nextInt(3));
        int axis = random.nextInt(data.length);
        long[] updates =
                Arrays.stream(data).map(size -> random.nextInt((int) size + 1)).toArray();
        updates[axis] = random.nextInt(5);
        Tensor indices = indices(random, updates, place -> data[axis]);
        Attributes attributes = Attributes.of("axis", axis - (seed % 2) * data.length, "reduction", reduction);
        return scatter(Op.SCATTER_ELEMENTS, attributes, indices, whole, s(data), s(updates));
    }

    private static GradientCase rows(String reduction, int seed, boolean whole) {
        Random random = new Random(seed);
        long[] data = sizes(random, 1 + random.nextInt(3));
        int depth = 1 + random.nextInt(data.length);
        long[] count = random.longs(1 + random.nextInt(2), 0, 4).toArray();
        long[] places =
                LongStream.concat(Arrays.stream(count), LongStream.of(depth)).toArray();
        long[] updates = LongStream.concat(Arrays.stream(count), Arrays.stream(data, depth, data.length))
                .toArray();
        Tensor indices = indices(random, places, place -> data[place % depth]);
        return scatter(Op.SCATTER_ND, Attributes.of("reduction", reduction), indices, whole, s(data), s(updates));
    }

    private static GradientCase scatter(Op op, Attributes attributes, Tensor indices, boolean whole, Shape... shapes) {
        GradientCase.Function function = (b, x) -> op(b, op, attributes, x.get(0), b.constant(indices), x.get(1));
        String name = op + " " + List.of(shapes) + Arrays.toString(indices.toLongArray()) + attributes;
        return whole ? GradientCase.whole(name + " whole", function, shapes) : GradientCase.of(name, function, shapes);
    }

    static Stream<GradientCase> cases() {
        List<GradientCase> all = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            for (String reduction : List.of("add", "mul", "max", "min")) {
                all.add(elements(reduction, seed, false));
                all.add(rows(reduction, seed, false));
            }
            all.add(elements("mul", seed, true));
            all.add(rows("mul", seed, true));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithCentralDifferences(GradientCase test) {
        test.check();
    }

    @Test
    void theOnlyZeroAmongFactorsHasTheProductOfTheOthers() {
        GraphBuilder b = new GraphBuilder("product");
        Value x = b.input("x", DataType.FLOAT64, s(4));
        Value updates = b.input("updates", DataType.FLOAT64, s(7));
        Value places = b.constant(Tensor.of(new long[] {0, 0, 1, -3, 1, 2, 2}, 7, 1));
        Value y = b.node(Op.SCATTER_ND, Attributes.of("reduction", "mul"), x, places, updates);
        List<Value> gradients = Gradients.of(b, b.reduceSum(y, false), List.of(x, updates));
        b.output("dx", gradients.get(0));
        b.output("dupdates", gradients.get(1));

        Tensors outputs = new ReferenceEvaluator()
                .evaluate(
                        b.build(),
                        Tensors.copyOf(Map.of(
                                "x", Tensor.of(new double[] {2, 3, 0, 5}),
                                "updates", Tensor.of(new double[] {0, 4, 0, 0, 7, 6, 2}))));

        assertThat(outputs.get("dx").toDoubleArray()).containsExactly(0, 0, 12, 1);
        assertThat(outputs.get("dupdates").toDoubleArray()).containsExactly(8, 0, 0, 0, 0, 0, 0);
    }
}

package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.Passes;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Here, as folding needs an engine. */
class ConstantFoldingTest {
    private static final int SIDE = 200;

    private final GraphBuilder b = new GraphBuilder("folding");
    private final Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", SIDE));
    private final Tensor weights = new Samples(1).any(DataType.FLOAT32, SIDE, SIDE);

    private Graph folded(long maxBytes) {
        return Passes.constantFolding(new ReferenceBackend(), maxBytes).apply(b.build());
    }

    @Test
    void whatDependsOnConstantsOnlyIsComputedOnce() {
        Value flipped = b.transpose(b.neg(b.constant("w", weights)), 1, 0);
        b.output("y", b.matmul(x, flipped));
        Graph after = folded(1 << 20);
        assertThat(after.nodes()).extracting(Node::op).containsExactly(Op.MATMUL, Op.IDENTITY);
        assertThat(after.constants()).containsOnlyKeys("Transpose_1");
        Tensor flat = Objects.requireNonNull(after.constants().get("Transpose_1"));
        assertThat(flat.toFloatArray()[SIDE]).isEqualTo(-weights.toFloatArray()[1]);
    }

    @Test
    void anOutputMayBecomeAConstantUnderItsName() {
        b.output(b.neg(b.constant("w", weights)));
        Graph after = folded(1 << 20);
        assertThat(after.nodes()).isEmpty();
        assertThat(after.constants()).containsOnlyKeys("Neg_1");
        assertThat(after.outputs()).extracting(Value::name).containsExactly("Neg_1");
    }

    @Test
    void nothingIsFoldedBeyondTheBudget() {
        b.output("y", b.matmul(x, b.neg(b.constant("w", weights))));
        Graph graph = b.build();
        assertThat(Passes.constantFolding(new ReferenceBackend(), weights.byteSize() - 1)
                        .apply(graph))
                .isSameAs(graph);
    }

    @Test
    void whatGrowsStaysANode() {
        // 40 GB if it were made; and the sum over it is small again.
        Value bomb = b.node(Op.CONSTANT_OF_SHAPE, Attributes.none(), b.longs(100_000, 100_000));
        Value sum = b.reduceSum(bomb, false);
        Value wide = b.node(Op.EXPAND, Attributes.none(), b.constant(Tensor.scalar(1f)), b.longs(SIDE, SIDE));
        b.output("y", b.add(b.matmul(x, wide), sum));
        Graph graph = b.build();
        assertThat(folded(Long.MAX_VALUE)).hasToString(graph.toString());
    }

    @Test
    void whatIsRandomStaysANode() {
        b.output("y", b.mul(x, b.node(Op.DROPOUT, Attributes.none(), b.constant("ones", Tensor.scalar(1f)))));
        Graph graph = b.build();
        assertThat(folded(1 << 20)).hasToString(graph.toString());
    }
}

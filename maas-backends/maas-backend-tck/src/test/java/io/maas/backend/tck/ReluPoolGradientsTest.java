package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.graph.Attributes;
import io.maas.graph.Gradients;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** A Relu before a maximum is differentiated behind it, where there are fewer elements; the gradient is that of the two. */
class ReluPoolGradientsTest {
    private static final Shape SHAPE = Shape.of(1, 1, 8);
    private static final Tensor X =
            Tensor.of(new double[] {3, 3, -5, -1, 0, -2, -4, 7}).reshape(SHAPE);
    private static final Attributes TILES = Attributes.of("kernel_shape", List.of(2), "strides", List.of(2));
    private static final Attributes OVERLAPPING = Attributes.of("kernel_shape", List.of(2));

    private final GraphBuilder b = new GraphBuilder("relu");
    private final Value x = b.input("x", DataType.FLOAT64, SHAPE);
    private final Value relu = b.node(Op.RELU, Attributes.none(), x);

    private double[] evaluate(Value gradient) {
        b.output("dx", gradient);
        Graph graph = b.build();
        return new ReferenceEvaluator()
                .evaluate(graph, Tensors.copyOf(Map.of("x", X)))
                .get("dx")
                .toDoubleArray();
    }

    private Value gradient(Value y, Value of) {
        Value weighted = b.mul(
                y,
                b.constant(Tensor.of(
                        y.dataType(),
                        DoubleStream.iterate(1, w -> w + 1)
                                .limit(y.shape().elements())
                                .toArray(),
                        y.shape())));
        return Gradients.of(b, b.reduceSum(weighted, false), List.of(of)).get(0);
    }

    @Test
    void tiesShareAndWhatWasCutOffGetsNothing() {
        assertThat(evaluate(gradient(b.node(Op.MAX_POOL, TILES, relu), x))).containsExactly(0.5, 0.5, 0, 0, 0, 0, 0, 4);
    }

    @Test
    void theMaskHasTheSizeOfThePool() {
        b.output("dx", gradient(b.node(Op.MAX_POOL, TILES, relu), x));
        assertThat(b.build().nodes())
                .filteredOn(node -> node.op() == Op.GREATER)
                .extracting(Node::output)
                .extracting(Value::shape)
                .containsExactly(Shape.of(1, 1, 4));
    }

    @Test
    void overlappingWindowsGiveToTheFirst() {
        assertThat(evaluate(gradient(b.node(Op.MAX_POOL, OVERLAPPING, relu), x)))
                .containsExactly(1, 2, 0, 0, 0, 0, 0, 7);
    }

    @Test
    void whatElseReadsTheReluAddsToIt() {
        Value y = b.add(b.reshape(b.node(Op.MAX_POOL, TILES, relu), 1, 4), b.reshape(b.reduceSum(relu, true, 2), 1, 1));
        assertThat(evaluate(gradient(y, x))).containsExactly(10.5, 10.5, 0, 0, 0, 0, 0, 14);
    }

    @Test
    void theGradientOfTheReluItselfIsThere() {
        // Windows of zeros only are ties, which share.
        assertThat(evaluate(gradient(b.node(Op.MAX_POOL, TILES, relu), relu)))
                .containsExactly(0.5, 0.5, 1, 1, 1.5, 1.5, 0, 4);
    }
}

package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.ProgramOptions;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.pass.UpdateSplit;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UpdateSplitTest {
    private static final Shape SHAPE = Shape.of(3, 2);

    private final GraphBuilder builder = new GraphBuilder("step");
    private final Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
    private final Value rate = builder.input("rate", DataType.FLOAT32, Shape.scalar());
    private final Value w = builder.input("w", DataType.FLOAT32, SHAPE);
    private final Value m = builder.input("m", DataType.FLOAT32, SHAPE);
    private final Value y = builder.matmul(x, w);
    private final Value gradient = builder.gemm(x, true, y, false, Value.OMITTED);

    private static List<Op> ops(Graph graph) {
        return graph.nodes().stream().map(Node::op).toList();
    }

    private static List<String> names(List<Value> values) {
        return values.stream().map(Value::name).toList();
    }

    /** The split of a graph, after it was seen to compute the same. */
    private static UpdateSplit same(Graph graph, Map<String, String> carried) {
        UpdateSplit split = Objects.requireNonNull(UpdateSplit.of(graph, carried));
        Samples samples = new Samples(3);
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (Value input : graph.inputs()) {
            long[] sizes = input.shape().isFixed() ? input.shape().toArray() : new long[] {4, 3};
            values.put(input.name(), samples.between(0.5, 1, DataType.FLOAT32, sizes));
            if (input.dataType() == DataType.BOOL) {
                values.put(input.name(), Tensor.of(DataType.BOOL, new double[] {1}, Shape.scalar()));
            }
        }
        Tensors expected = run(graph, values);
        run(split.body(), values).forEach(entry -> values.put(entry.name(), entry.tensor()));
        run(split.end(), values).forEach(entry -> values.put(entry.name(), entry.tensor()));
        expected.forEach(entry -> assertThat(values).containsEntry(entry.name(), entry.tensor()));
        return split;
    }

    private static Tensors run(Graph graph, Map<String, Tensor> values) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        graph.inputs().forEach(input -> inputs.put(input.name(), Objects.requireNonNull(values.get(input.name()))));
        return new ReferenceBackend().compile(graph, ProgramOptions.training()).run(Tensors.copyOf(inputs));
    }

    @Test
    void theEndIsWhatOnlyLeadsToState() {
        Value moved = builder.add(builder.mul(m, 0.9), gradient);
        Value next = builder.sub(w, builder.mul(moved, rate));
        builder.output("loss", builder.reduceMean(y, false));
        builder.output("m_next", moved);
        builder.output("w_next", next);
        builder.output("check", builder.mul(builder.reduceSum(next, false), 2));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", "m_next"));
        assertThat(ops(split.body())).containsExactly(Op.MATMUL, Op.GEMM, Op.REDUCE_MEAN, Op.IDENTITY);
        assertThat(names(split.body().inputs())).containsExactly("x", "w");
        assertThat(names(split.end().inputs())).contains("w", "m", "rate").hasSize(4);
        assertThat(names(split.end().outputs())).containsExactly("m_next", "w_next", "check");
    }

    @Test
    void whatTheForwardPassReadsStaysThere() {
        Value moved = builder.add(builder.mul(m, 0.9), gradient);
        builder.output("loss", builder.reduceMean(builder.matmul(x, moved), false));
        builder.output("m_next", moved);
        builder.output("w_next", builder.sub(w, builder.mul(moved, rate)));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", "m_next"));
        assertThat(ops(split.end())).containsExactly(Op.IDENTITY, Op.MUL, Op.SUB, Op.IDENTITY);
        assertThat(names(split.body().outputs())).contains("loss", moved.name());
    }

    @Test
    void aSumThatTheUpdateItselfNeedsStaysInTheBody() {
        Value moved = builder.add(builder.mul(m, 0.9), gradient);
        Value norm = builder.sqrt(builder.reduceSum(builder.mul(moved, moved), false));
        builder.output("m_next", moved);
        builder.output("w_next", builder.sub(w, builder.div(moved, norm)));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", "m_next"));
        assertThat(ops(split.body())).contains(Op.ADD, Op.REDUCE_SUM, Op.SQRT);
        assertThat(ops(split.end())).containsExactly(Op.IDENTITY, Op.DIV, Op.SUB, Op.IDENTITY);
    }

    @Test
    void theNewStateThatTheBodyComputesIsReadThere() {
        Value moved = builder.node(Op.GEMM, Attributes.of("transA", 1L, "beta", 1f), x, y, builder.mul(m, 0.9));
        builder.output("loss", builder.reduceMean(y, false));
        builder.output(moved);
        builder.output("w_next", builder.sub(w, builder.mul(moved, rate)));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", moved.name()));
        assertThat(names(split.end().inputs())).doesNotContain(moved.name());
        assertThat(ops(split.end())).containsExactly(Op.SUB, Op.IDENTITY);
    }

    @Test
    void aChoiceByOneConditionBelongsToTheEnd() {
        Value go = builder.input("go", DataType.BOOL, Shape.scalar());
        Value moved = builder.add(builder.mul(m, 0.9), gradient);
        builder.output("m_next", builder.where(go, moved, m));
        builder.output("w_next", builder.where(go, builder.sub(w, builder.mul(moved, rate)), w));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", "m_next"));
        assertThat(ops(split.body())).doesNotContain(Op.WHERE);
        assertThat(names(split.body().inputs())).doesNotContain("go");
        assertThat(names(split.end().inputs())).contains("go");
    }

    @Test
    void choicesByOtherConditionsStay() {
        Value go = builder.input("go", DataType.BOOL, Shape.scalar());
        Value other = builder.input("other", DataType.BOOL, Shape.scalar());
        Value each = builder.node(Op.GREATER, Attributes.none(), gradient, builder.scalar(0, gradient));
        Value v = builder.input("v", DataType.FLOAT32, SHAPE);
        builder.output("m_next", builder.where(go, builder.add(m, gradient), m));
        builder.output("w_next", builder.where(other, builder.add(w, gradient), w));
        builder.output("v_next", builder.where(each, builder.add(v, gradient), v));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next", "m", "m_next", "v", "v_next"));
        assertThat(ops(split.body())).contains(Op.WHERE, Op.WHERE);
        assertThat(split.end().nodes().stream().filter(node -> node.op() == Op.WHERE))
                .extracting(node -> node.input(0).name())
                .containsExactly("go");
    }

    @Test
    void stateThatSwapsIsSplitOrNotButStaysRight() {
        builder.output("w_next", builder.node(Op.IDENTITY, Attributes.none(), m));
        builder.output("m_next", builder.add(w, gradient));
        same(builder.build(), Map.of("w", "w_next", "m", "m_next"));
    }

    @Test
    void broadcastRowsAndOtherTypesAreNotElementWise() {
        Value row = builder.constant(Tensor.of(new float[] {1, 2}));
        builder.output("w_next", builder.sub(w, builder.mul(builder.mul(gradient, row), rate)));
        UpdateSplit split = same(builder.build(), Map.of("w", "w_next"));
        assertThat(ops(split.end())).containsExactly(Op.MUL, Op.SUB, Op.IDENTITY);
    }

    @Test
    void withoutStateThereIsNothingToCut() {
        builder.output("loss", builder.mul(builder.reduceSum(builder.mul(gradient, gradient), false), 2));
        assertThat(UpdateSplit.of(builder.build(), Map.of())).isNull();
    }

    @Test
    void stateOfUnknownSizeStaysWithTheEngine() {
        GraphBuilder other = new GraphBuilder("cache");
        Value past = other.input("past", DataType.FLOAT32, Shape.symbolic("length", 4));
        Value scale = other.input("scale", DataType.FLOAT32, Shape.scalar());
        other.output("next", other.mul(past, scale));
        assertThat(UpdateSplit.of(other.build(), Map.of("past", "next"))).isNull();
    }
}

package io.maas.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import org.junit.jupiter.api.Test;

class RenamingTest {
    /** Its output {@code y} is read inside too. */
    private static Graph graph() {
        GraphBuilder b = new GraphBuilder("two");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2));
        Value y = b.output("y", b.mul(x, 2));
        b.output("z", b.add(y, y));
        return b.build();
    }

    @Test
    void aValueGivesItsNameToAnother() {
        Graph freed = Renaming.freed(graph(), "y");

        GraphBuilder b = GraphBuilder.from(freed);
        freed.outputs().forEach(b::output);
        b.output("y", b.mul(freed.output("z"), 3));
        Graph whole = b.build();

        assertThat(whole.outputs())
                .extracting(Value::name)
                .doesNotHaveDuplicates()
                .endsWith("z", "y");
        assertThat(whole.output("y").shape()).isEqualTo(Shape.symbolic("batch", 2));
        assertThat(freed.outputs().get(0).shape()).isEqualTo(Shape.symbolic("batch", 2));
    }

    @Test
    void whatNoNodeMakesStaysAsItIs() {
        Graph graph = graph();

        assertThat(Renaming.freed(graph, "x")).isSameAs(graph);
        assertThat(Renaming.freed(graph, "other")).isSameAs(graph);
    }
}

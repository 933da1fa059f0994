package io.maas.backend.nd4j;

import io.maas.backend.Cancellation;
import io.maas.graph.Decompositions;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Node;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Operators that are written in simpler ones while they run, as only then the sizes are known that this takes. */
final class Lowered {
    private Lowered() {}

    static List<Array> run(Arguments in) {
        return run(in, Integer.MAX_VALUE);
    }

    /** As {@link #run(Arguments)}, with the values of the inputs from one on, which the decomposition needs. */
    static List<Array> run(Arguments in, int firstKnown) {
        GraphBuilder builder = new GraphBuilder(in.node().opType());
        List<Value> values = new ArrayList<>();
        List<Array> given = new ArrayList<>();
        for (Array input : in.inputs()) {
            if (input == null) {
                values.add(Value.OMITTED);
            } else if (values.size() >= firstKnown) {
                values.add(builder.constant(tensor(input)));
            } else {
                values.add(builder.input("x" + values.size(), input.type(), Shape.of(input.shape())));
                given.add(input);
            }
        }
        Node node = in.node();
        List<Value> made = Decompositions.write(
                builder,
                new Node(
                        node.op(),
                        node.domain(),
                        node.opType(),
                        node.name(),
                        values,
                        node.outputs(),
                        node.attributes()));
        for (int i = 0; i < made.size(); i++) {
            builder.output("y" + i, made.get(i));
        }
        // Not the caller's bench, which still holds what the caller is given.
        try (Bench bench = new Bench()) {
            Plan plan = new Plan(Coverage.lower(builder.build()), bench);
            try {
                return plan.run(bench, given, Cancellation.none()).stream()
                        .map(each -> each.giveTo(in.bench()))
                        .toList();
            } finally {
                plan.release();
            }
        }
    }

    private static Tensor tensor(Array known) {
        Shape shape = Shape.of(known.shape());
        return known.type().isFloating()
                ? Tensor.of(known.type(), known.toDoubles(), shape)
                : Tensor.of(known.toLongs()).reshape(shape);
    }
}

package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The steps that write to one output, side by side.
 *
 * @param features the names of its values
 * @param places where in a row each step begins
 * @param row the shape of one row
 */
record OutputGroup(String name, List<Encoder> steps, List<String> features, List<Integer> places, Shape row) {
    static OutputGroup of(String name, List<Encoder> steps) {
        List<String> lines = steps.stream().map(Encoder::line).toList();
        String title = "output " + Require.quote(name);
        boolean oneType = steps.stream().map(Encoder::dataType).distinct().count() == 1;
        Require.that(oneType, title, lines, "steps of one type; name another output for ids, such as ids(\"city\")");
        boolean flat = steps.stream().allMatch(step -> step.row().rank() == 1);
        Require.that(
                flat || steps.size() == 1, title, lines, "images alone in their output; name another one with into(…)");
        List<Integer> places = new ArrayList<>();
        int width = 0;
        for (Encoder step : steps) {
            places.add(width);
            width = Math.addExact(width, Math.toIntExact(step.row().elements()));
        }
        return new OutputGroup(
                name,
                List.copyOf(steps),
                steps.stream().flatMap(step -> step.features().stream()).toList(),
                List.copyOf(places),
                steps.size() == 1 ? steps.get(0).row() : Shape.of(width));
    }

    DataType dataType() {
        return steps.get(0).dataType();
    }

    int width() {
        return Math.toIntExact(row.elements());
    }

    void encode(Tensors rows, Block block) {
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).encode(rows, block, places.get(i));
        }
    }

    Value write(GraphBuilder builder, Map<String, Value> columns) {
        return NumbersEncoder.concat(
                builder,
                steps.stream().map(step -> step.write(builder, columns)).toList());
    }
}

package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Map;

/** The steps that write to one output, side by side. */
record OutputGroup(String name, List<Encoder> steps) {
    OutputGroup {
        boolean oneType = steps.stream().map(Encoder::dataType).distinct().count() == 1;
        Require.that(oneType, "output " + Require.quote(name), steps.stream().map(Encoder::line).toList(),
                "steps of one type; name another output for ids, such as ids(\"city\")");
        boolean flat = steps.stream().allMatch(step -> step.row().rank() == 1);
        Require.that(flat || steps.size() == 1, "output " + Require.quote(name), steps.stream().map(Encoder::line).toList(),
                "images alone in their output; name another one with into(…)");
    }

    DataType dataType() {
        return steps.get(0).dataType();
    }

    int width() {
        return steps.stream().mapToInt(step -> Math.toIntExact(step.row().elements())).sum();
    }

    Shape row() {
        return steps.size() == 1 ? steps.get(0).row() : Shape.of(width());
    }

    List<String> features() {
        return steps.stream().flatMap(step -> step.features().stream()).toList();
    }

    Block encode(Tensors rows, int count, int firstRow) {
        Block block = Block.of(count, width(), firstRow);
        int at = 0;
        for (Encoder step : steps) {
            step.encode(rows, block, at);
            at += Math.toIntExact(step.row().elements());
        }
        return block;
    }

    Value write(GraphBuilder builder, Map<String, Value> columns) {
        return NumbersEncoder.concat(
                builder, steps.stream().map(step -> step.write(builder, columns)).toList());
    }
}

package io.maas.training.preprocessing;

import com.google.common.primitives.Doubles;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link Bins}, fitted. */
record BinsEncoder(String output, String settings, List<Bin> bins) implements Encoder {
    private static final String EXPECTED = "a number, as no value was missing in the training data";

    @Override
    public List<RawColumn> columns() {
        return bins.stream().map(Bin::column).toList();
    }

    @Override
    public DataType dataType() {
        return bins.get(0).written().dataType();
    }

    @Override
    public List<String> features() {
        return bins.stream().flatMap(each -> each.written().features().stream()).toList();
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        int place = at;
        for (Bin bin : bins) {
            double[] values = bin.column().in(rows).toDoubleArray();
            for (int row = 0; row < values.length; row++) {
                boolean missing = Double.isNaN(values[row]);
                if (missing && !bin.hasMissing()) {
                    throw block.refusal(bin.column().name(), row, "missing", EXPECTED);
                }
                int found = missing ? bin.edges().size() + 1 : bin.place(values[row]);
                bin.written().encode(block, row, place, found);
            }
            place += bin.written().width();
        }
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        List<Value> parts = new ArrayList<>();
        for (Bin bin : bins) {
            Value values = NumbersEncoder.together(b, List.of(bin.column()), inputs);
            Value edges = b.constant(Tensor.of(Doubles.toArray(bin.edges())));
            Value reached = b.cast(b.node(Op.GREATER_OR_EQUAL, Attributes.none(), values, edges), DataType.INT64);
            Value places = b.reduceSum(reached, false, 1);
            Value missing = b.squeeze(b.node(Op.IS_NAN, Attributes.none(), values), 1);
            places = bin.hasMissing()
                    ? b.where(missing, b.constant(Tensor.scalar(bin.edges().size() + 1L)), places)
                    : b.refuseIf(
                            missing,
                            "column " + Places.quoted(bin.column().name()) + ": missing (expected: " + EXPECTED + ")",
                            places);
            parts.add(bin.written().write(b, places));
        }
        return NumbersEncoder.concat(b, parts);
    }

    @Override
    public String line() {
        return "bins: " + settings;
    }
}

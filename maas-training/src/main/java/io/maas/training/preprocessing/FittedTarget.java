package io.maas.training.preprocessing;

import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A target with its classes.
 *
 * @param classes texts or whole numbers, in the order of their indices; empty for a number
 */
record FittedTarget(Target target, RawColumn column, List<Object> classes) {
    DataType dataType() {
        return target.kind() == Target.Kind.CLASSES ? DataType.INT64 : DataType.FLOAT32;
    }

    List<String> names() {
        return classes.stream().map(Object::toString).toList();
    }

    /** One value a row. */
    void encode(Tensors rows, Block block) {
        if (target.kind() == Target.Kind.NUMBER) {
            encodeNumbers(rows, block);
            return;
        }
        Map<Object, Integer> places = new HashMap<>();
        classes.forEach(each -> places.put(each, places.size()));
        List<Object> keys = Keys.of(column, rows);
        for (int row = 0; row < keys.size(); row++) {
            Integer place = places.get(keys.get(row));
            if (place == null) {
                Object key = keys.get(row);
                String shown = key == Keys.MISSING
                        ? "missing"
                        : key == Keys.NONE ? "a fraction" : Require.quote(key.toString());
                throw block.refusal(column.name(), row, shown, "one of the classes of the training data, " + shown());
            }
            block.set(row, 0, place);
        }
    }

    private String shown() {
        return names().size() > 10 ? names().subList(0, 10) + " …" : names().toString();
    }

    private void encodeNumbers(Tensors rows, Block block) {
        double[] values = column.in(rows).toDoubleArray();
        for (int row = 0; row < values.length; row++) {
            if (!Float.isFinite((float) values[row])) {
                String shown = Double.isNaN(values[row]) ? "missing" : String.valueOf(values[row]);
                throw block.refusal(column.name(), row, shown, "a number within the range of float32");
            }
            block.set(row, 0, values[row]);
        }
    }
}

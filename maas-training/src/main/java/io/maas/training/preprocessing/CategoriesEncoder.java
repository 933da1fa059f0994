package io.maas.training.preprocessing;

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

/** {@link Categories}, fitted. */
record CategoriesEncoder(String output, String settings, List<Vocabulary> vocabularies) implements Encoder {
    @Override
    public List<RawColumn> columns() {
        return vocabularies.stream().map(Vocabulary::column).toList();
    }

    @Override
    public DataType dataType() {
        return vocabularies.get(0).written().dataType();
    }

    @Override
    public List<String> features() {
        return vocabularies.stream()
                .flatMap(each -> each.written().features().stream())
                .toList();
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        int place = at;
        for (Vocabulary vocabulary : vocabularies) {
            List<Object> keys = Keys.of(vocabulary.column(), rows);
            for (int row = 0; row < keys.size(); row++) {
                int found = vocabulary.place(keys.get(row));
                if (found == vocabulary.otherwise() && vocabulary.unseen() == Unseen.ERROR) {
                    Object key = keys.get(row);
                    String shown = key == Keys.MISSING
                            ? "missing"
                            : key == Keys.NONE ? "a fraction" : Places.quoted(key.toString());
                    throw block.refusal(vocabulary.column().name(), row, shown, vocabulary.expected());
                }
                vocabulary.written().encode(block, row, place, found);
            }
            place += vocabulary.written().width();
        }
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        List<Value> parts = new ArrayList<>();
        for (Vocabulary vocabulary : vocabularies) {
            Value places = Keys.lookUp(
                    b,
                    vocabulary.column(),
                    inputs,
                    vocabulary.graphKeys(),
                    vocabulary.graphPlaces(),
                    vocabulary.place(Keys.MISSING),
                    vocabulary.otherwise());
            if (vocabulary.unseen() == Unseen.ERROR) {
                Value otherwise = b.constant(Tensor.scalar((long) vocabulary.otherwise()));
                Value bad = b.node(Op.EQUAL, Attributes.none(), places, otherwise);
                String message = "column " + Places.quoted(vocabulary.column().name())
                        + ": a category that the training data did not have (expected: " + vocabulary.expected() + ")";
                places = b.refuseIf(bad, message, places);
            }
            parts.add(vocabulary.written().write(b, places));
        }
        return NumbersEncoder.concat(b, parts);
    }

    @Override
    public String line() {
        return "categories: " + settings;
    }
}

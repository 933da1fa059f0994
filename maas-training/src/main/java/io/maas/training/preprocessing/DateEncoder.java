package io.maas.training.preprocessing;

import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@link DateParts}, fitted.
 *
 * @param rules for each column, those of its parts
 */
record DateEncoder(List<RawColumn> columns, String output, DateParts.Settings settings, List<List<PartRule>> rules)
        implements Encoder {
    @Override
    public DataType dataType() {
        return DataType.FLOAT32;
    }

    @Override
    public List<String> features() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i).name();
            rules.get(i).forEach(rule -> names.addAll(rule.features(column)));
            if (settings.indicates()) {
                names.add(column + "=" + Places.MISSING);
            }
        }
        return names;
    }

    private int width(int column) {
        return rules.get(column).stream().mapToInt(PartRule::width).sum() + (settings.indicates() ? 1 : 0);
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        int place = at;
        for (int i = 0; i < columns.size(); i++) {
            List<String> texts = columns.get(i).in(rows).strings();
            for (int row = 0; row < texts.size(); row++) {
                LocalDateTime time = DateText.parse(texts.get(row));
                if (time != null) {
                    encode(time, rules.get(i), block, row, place);
                } else if (settings.invalidAllowed()
                        || (settings.missingAllowed() && texts.get(row).isEmpty())) {
                    block.set(row, place + width(i) - 1, 1);
                } else {
                    String found = texts.get(row).isEmpty() ? "missing" : Places.quoted(texts.get(row));
                    throw block.refusal(columns.get(i).name(), row, found, DateText.EXPECTED);
                }
            }
            place += width(i);
        }
    }

    private static void encode(LocalDateTime time, List<PartRule> rules, Block block, int row, int at) {
        int place = at;
        for (PartRule rule : rules) {
            int value = rule.part().of(time);
            if (rule.cyclic()) {
                block.set(row, place, rule.sine(value));
                block.set(row, place + 1, rule.cosine(value));
            } else {
                block.set(row, place, rule.scaled(value));
            }
            place += rule.width();
        }
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            DateWriter writer =
                    new DateWriter(b, columns.get(i).name(), Places.input(inputs, columns.get(i)), settings);
            parts.add(writer.write(rules.get(i)));
        }
        return NumbersEncoder.concat(b, parts);
    }

    @Override
    public String line() {
        return "dates: " + settings;
    }
}

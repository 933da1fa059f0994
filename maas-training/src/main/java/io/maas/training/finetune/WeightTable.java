package io.maas.training.finetune;

import com.google.common.base.Strings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Weights as a table for people. */
final class WeightTable {
    private WeightTable() {}

    static String of(List<Weight> weights) {
        List<String[]> table = new ArrayList<>();
        table.add(new String[] {"weight", "read by", "shape", "elements", "learns"});
        long all = 0;
        long learning = 0;
        for (Weight weight : weights) {
            if (weight.elements() > 1 && weight.dataType().isFloating()) {
                all += weight.elements();
                learning += weight.trainable() ? weight.elements() : 0;
                table.add(new String[] {
                    weight.name(),
                    weight.readBy(),
                    weight.shape().toString(),
                    number(weight.elements()),
                    weight.trainable() ? "yes" : "no: " + weight.reason()
                });
            }
        }
        table.add(new String[] {"total", "", "", number(all), number(learning)});
        return text(table);
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String text(List<String[]> table) {
        int[] widths = new int[5];
        for (String[] line : table) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        return table.stream()
                .map(line -> Strings.padEnd(line[0], widths[0], ' ') + "  " + Strings.padEnd(line[1], widths[1], ' ')
                        + "  " + Strings.padEnd(line[2], widths[2], ' ') + "  "
                        + Strings.padStart(line[3], widths[3], ' ') + "  " + line[4] + "\n")
                .collect(Collectors.joining());
    }
}

package io.maas.training.layer;

import com.google.common.base.Strings;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** A network written for people: its parts with their shapes and parameters. */
record Summary(List<Input> inputs, List<Scope.Part> parts, List<Parameter> parameters) {
    /** @param shaped the network's inputs with their rows */
    static Summary of(Network network, Network.Body body, List<Input> shaped) {
        GraphBuilder builder = new GraphBuilder("summary");
        Map<String, Value> values = new LinkedHashMap<>();
        for (Input input : shaped) {
            DataType type = input.dataType() == null ? DataType.FLOAT32 : input.dataType();
            Shape row = Objects.requireNonNull(input.row(), input.name());
            values.put(input.name(), builder.input(input.name(), type, Network.batchOf(row)));
        }
        List<Scope.Part> parts = new ArrayList<>();
        Network watched = Network.of(network.inputs(), (scope, in) -> {
            NamedValues made = body.apply(scope, in);
            parts.addAll(scope.parts());
            return made;
        });
        Applied applied = watched.apply(
                builder,
                NamedValues.copyOf(values),
                Mode.INFERENCE,
                each -> builder.input(each.name(), each.dataType(), each.shape()));
        return new Summary(shaped, parts, List.copyOf(applied.parameters().keySet()));
    }

    String table() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("layer", "output", "parameters", "learned", "bytes"));
        inputs.forEach(input -> lines.add(line(input.name(), shapeOf(input).toString(), List.of(), "")));
        parts.forEach(part -> lines.add(
                line(part.name(), part.output().toString(), part.parameters(), part.reuses() ? "shared" : "")));
        lines.add(line("total", "", parameters, ""));
        return text(lines);
    }

    private static Shape shapeOf(Input input) {
        return Network.batchOf(Objects.requireNonNull(input.row(), input.name()));
    }

    private static List<String> line(String name, String output, List<Parameter> parameters, String remark) {
        long all = elements(parameters);
        long bytes = parameters.stream()
                .mapToLong(each -> each.shape().elements() * each.dataType().byteSize())
                .sum();
        return List.of(name, output, number(all), all == 0 ? remark : learned(parameters, all), number(bytes));
    }

    private static String learned(List<Parameter> parameters, long all) {
        long learned = elements(parameters.stream()
                .filter(each -> each.role() == Parameter.Role.LEARNED)
                .toList());
        return learned == all ? "all" : learned == 0 ? "none" : number(learned);
    }

    private static long elements(List<Parameter> parameters) {
        return parameters.stream().mapToLong(each -> each.shape().elements()).sum();
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    String line() {
        String first = inputs.size() == 1
                ? String.valueOf(inputs.get(0).row())
                : inputs.stream().map(input -> input.name() + input.row()).collect(Collectors.joining(", "));
        String middle = parts.stream()
                .map(part -> " > " + part.name() + Network.rowOf(part.output()))
                .collect(Collectors.joining());
        return first + middle + ": " + number(elements(parameters)) + " parameters";
    }

    /** Names and shapes to the left, numbers to the right. */
    private static String text(List<List<String>> lines) {
        int[] widths = new int[5];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                String cell = line.get(i);
                text.append(i == 0 ? "" : "  ")
                        .append(i < 2 ? Strings.padEnd(cell, widths[i], ' ') : Strings.padStart(cell, widths[i], ' '));
            }
            text.append('\n');
        }
        return text.toString();
    }
}

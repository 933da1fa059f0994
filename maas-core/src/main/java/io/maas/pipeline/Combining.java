package io.maas.pipeline;

import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Works that put what others gave together, in Java. */
final class Combining {
    private final Binder binder;
    private final List<TensorSpec> given;

    Combining(Binder binder) {
        this.binder = binder;
        this.given = binder.given().values().stream().map(Fit.Given::spec).toList();
    }

    Bound bind(Work work) {
        if (given.isEmpty()) {
            throw binder.fault("puts nothing together (expected: at least one input); bind one");
        }
        if (work instanceof Work.Mean mean) {
            return mean(mean);
        } else if (work instanceof Work.Vote) {
            return vote();
        } else if (work instanceof Work.Join) {
            return join();
        } else if (work instanceof Work.Unsure unsure) {
            return unsure(unsure);
        }
        throw new AssertionError("work without a rule: " + work);
    }

    private Bound bound(TensorSpec output, UnaryOperator<Tensors> body) {
        List<String> takes = List.copyOf(binder.given().keySet());
        return new Bound(takes, List.of(output), true, Bound.here(body));
    }

    private TensorSpec spec(String name, DataType dataType, Object... shape) {
        return new TensorSpec(name, dataType, Shape.symbolic(shape));
    }

    // ---- mean

    private Bound mean(Work.Mean mean) {
        TensorSpec first = given.get(0);
        for (TensorSpec each : given) {
            if (!each.dataType().isFloating() || !Fit.compatible(first, each)) {
                throw binder.fault("takes the mean of " + first + " and " + each
                        + " (expected: floating-point numbers of one type and shape)");
            }
        }
        Map<String, Double> weights = mean.weights();
        if (!weights.isEmpty() && !weights.keySet().equals(binder.given().keySet())) {
            throw binder.fault("weighs " + weights.keySet() + " (expected: each of its inputs "
                    + binder.given().keySet() + ")");
        }
        double sum = weights.isEmpty()
                ? given.size()
                : weights.values().stream().mapToDouble(Double::doubleValue).sum();
        return bound(new TensorSpec("mean", first.dataType(), first.shape()), inputs -> mean(inputs, weights, sum));
    }

    private Tensors mean(Tensors inputs, Map<String, Double> weights, double sum) {
        Tensor first = inputs.entry(0).tensor();
        double[] total = new double[Math.toIntExact(first.elements())];
        for (Tensors.Entry entry : inputs) {
            requireRows(entry.tensor().shape().equals(first.shape()), inputs);
            double[] values = entry.tensor().toDoubleArray();
            double weight = weights.getOrDefault(entry.name(), 1.0) / sum;
            for (int i = 0; i < total.length; i++) {
                total[i] += weight * values[i];
            }
        }
        return Tensors.of("mean", Tensor.of(first.dataType(), total, first.shape()));
    }

    private void requireRows(boolean same, Tensors inputs) {
        if (!same) {
            throw binder.fault("was given " + inputs + " (expected: the same number of rows in each)");
        }
    }

    // ---- vote

    private Bound vote() {
        DataType label = labelType(given.get(0));
        for (TensorSpec each : given) {
            if (labelType(each) != label) {
                throw binder.fault("counts " + given.get(0) + " and " + each + " (expected: labels of one type)");
            }
        }
        Shape shape = given.get(0).shape();
        Object rows = shape == null ? Shape.UNKNOWN : shape.dimension(0);
        return bound(spec("label", label, rows), this::vote);
    }

    private DataType labelType(TensorSpec spec) {
        Shape shape = spec.shape();
        int rank = shape == null ? -1 : shape.rank();
        if (rank == 1 && (spec.dataType() == DataType.INT64 || spec.dataType() == DataType.STRING)) {
            return spec.dataType();
        }
        if (rank == 2 && spec.dataType().isFloating()) {
            return DataType.INT64;
        }
        throw binder.fault("counts " + spec
                + " (expected: labels, int64 or string [batch], or floating-point scores [batch, classes])");
    }

    private Tensors vote(Tensors inputs) {
        List<List<?>> said = new ArrayList<>();
        inputs.forEach(entry -> said.add(labels(entry.tensor())));
        int rows = said.get(0).size();
        requireRows(said.stream().allMatch(each -> each.size() == rows), inputs);
        List<Object> winners = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            Map<Object, Integer> counts = new LinkedHashMap<>();
            Object winner = said.get(0).get(row);
            for (List<?> each : said) {
                counts.merge(each.get(row), 1, Integer::sum);
            }
            for (Map.Entry<Object, Integer> count : counts.entrySet()) {
                winner = count.getValue() > counts.getOrDefault(winner, 0) ? count.getKey() : winner;
            }
            winners.add(winner);
        }
        Tensor label = inputs.entry(0).tensor().dataType() == DataType.STRING
                ? Tensor.of(winners.toArray(new String[0]), rows)
                : Tensor.of(winners.stream().mapToLong(each -> (Long) each).toArray(), rows);
        return Tensors.of("label", label);
    }

    private static List<?> labels(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return tensor.strings();
        }
        if (tensor.shape().rank() == 1) {
            return java.util.Arrays.stream(tensor.toLongArray()).boxed().toList();
        }
        double[] scores = tensor.toDoubleArray();
        int width = Math.toIntExact(tensor.shape().size(1));
        List<Long> labels = new ArrayList<>();
        for (int at = 0; at < scores.length; at += width) {
            int best = 0;
            for (int i = 1; i < width; i++) {
                best = scores[at + i] > scores[at + best] ? i : best;
            }
            labels.add((long) best);
        }
        return labels;
    }

    // ---- join

    private Bound join() {
        TensorSpec first = given.get(0);
        long width = 0;
        for (TensorSpec each : given) {
            Shape shape = each.shape();
            if (shape == null
                    || shape.rank() < 1
                    || shape.rank() > 2
                    || each.dataType() != first.dataType()
                    || each.dataType() == DataType.STRING) {
                throw binder.fault(
                        "joins " + first + " and " + each + " (expected: numbers of one type, [batch, n] or [batch])");
            }
            long columns = shape.rank() == 1 ? 1 : shape.size(1);
            width = columns < 0 || width < 0 ? -1 : width + columns;
        }
        Object rows = first.shape() == null ? Shape.UNKNOWN : first.shape().dimension(0);
        return bound(
                spec("joined", first.dataType(), rows, width < 0 ? (Object) Shape.UNKNOWN : (Object) width),
                this::join);
    }

    private Tensors join(Tensors inputs) {
        Tensor first = inputs.entry(0).tensor();
        long rows = first.shape().size(0);
        long width = 0;
        for (Tensors.Entry entry : inputs) {
            requireRows(entry.tensor().shape().size(0) == rows, inputs);
            width += entry.tensor().shape().elementsPerRow();
        }
        Shape shape = Shape.of(rows, width);
        int size = first.dataType().byteSize();
        ByteBuffer memory = Tensor.newMemory(Math.multiplyExact(shape.elements(), size));
        int column = 0;
        for (Tensors.Entry entry : inputs) {
            int bytes = Math.toIntExact(entry.tensor().shape().elementsPerRow() * size);
            ByteBuffer from = entry.tensor().bytes();
            for (int row = 0; row < rows; row++) {
                memory.put(Math.toIntExact(row * width * size) + column, from, row * bytes, bytes);
            }
            column += bytes;
        }
        return Tensors.of("joined", Tensor.wrap(first.dataType(), shape, memory));
    }

    // ---- unsure

    private Bound unsure(Work.Unsure unsure) {
        TensorSpec scores = binder.given("scores").spec();
        Shape shape = scores.shape();
        if (shape == null || shape.rank() != 2 || !scores.dataType().isFloating()) {
            throw binder.fault("measures " + scores + " (expected: floating-point probabilities [batch, classes])");
        }
        return new Bound(
                List.of("scores"),
                List.of(spec("unsure", DataType.BOOL, shape.dimension(0))),
                true,
                Bound.here(inputs -> unsure(unsure, inputs.get("scores"))));
    }

    private static Tensors unsure(Work.Unsure unsure, Tensor scores) {
        double[] values = scores.toDoubleArray();
        int width = Math.toIntExact(scores.shape().size(1));
        boolean[] rows = new boolean[Math.toIntExact(scores.shape().size(0))];
        for (int row = 0; row < rows.length; row++) {
            double first = Double.NEGATIVE_INFINITY;
            double second = Double.NEGATIVE_INFINITY;
            boolean number = true;
            for (int i = row * width; i < (row + 1) * width; i++) {
                number &= !Double.isNaN(values[i]);
                second = values[i] > first ? first : Math.max(second, values[i]);
                first = Math.max(first, values[i]);
            }
            double measure = unsure.measure() == Work.Confidence.PROBABILITY ? first : first - second;
            rows[row] = !number || !(measure >= unsure.below());
        }
        return Tensors.of("unsure", Tensor.of(rows, rows.length));
    }
}

package io.maas.api.job;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Table;
import io.maas.training.finetune.TuningBatch;
import io.maas.training.preprocessing.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of a table as the inputs of a published version, and its targets. */
final class TuningRows {
    /** An input with the columns that it is made of. */
    private record Source(TensorSpec input, List<String> columns, int rank) {}

    private final List<Source> sources;
    private final Target target;
    private final List<String> classes;

    private TuningRows(List<Source> sources, Target target, List<String> classes) {
        this.sources = sources;
        this.target = target;
        this.classes = classes;
    }

    /** @param classes names of the classes in the order of the scores; empty where the target is their numbers */
    static TuningRows of(Signature signature, TunePlan plan, Target target, List<String> classes) {
        for (String name : plan.inputs().keySet()) {
            if (signature.inputs().stream().noneMatch(input -> input.name().equals(name))) {
                throw new InvalidInputException("fine_tune.inputs: no input " + Require.quote(name)
                        + " of the version (expected: some of " + signature.inputs() + ")");
            }
        }
        List<Source> sources = new ArrayList<>();
        for (TensorSpec input : signature.inputs()) {
            List<String> columns = plan.inputs().get(input.name());
            Shape shape = input.shape();
            int rank = shape == null ? 0 : shape.rank();
            if (columns == null && rank == 1) {
                columns = List.of(input.name());
            }
            if (columns == null || rank < 1 || rank > 2 || (rank == 1 && columns.size() > 1)) {
                throw new InvalidInputException("fine_tune.inputs." + input.name()
                        + ": missing (expected: the columns that the version's input " + input
                        + " is made of, [batch, columns])");
            }
            sources.add(new Source(input, columns, rank));
        }
        return new TuningRows(sources, target, classes);
    }

    TuningBatch batch(Table rows) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Source source : sources) {
            inputs.put(source.input().name(), input(source, rows));
        }
        return new TuningBatch(Tensors.copyOf(inputs), targets(rows));
    }

    private static Tensor column(Table rows, String name) {
        return rows.column(name, 0, rows.rows());
    }

    private static Tensor input(Source source, Table rows) {
        DataType type = source.input().dataType();
        if (source.rank() == 1) {
            String name = source.columns().get(0);
            return converted(column(rows, name), type, name);
        }
        int width = source.columns().size();
        float[] values = new float[Math.multiplyExact(rows.rows(), width)];
        for (int c = 0; c < width; c++) {
            double[] numbers = numbers(
                    column(rows, source.columns().get(c)), source.columns().get(c));
            for (int r = 0; r < numbers.length; r++) {
                values[r * width + c] = (float) numbers[r];
            }
        }
        return ofType(
                Tensor.of(values, rows.rows(), width), type, source.input().name());
    }

    private static Tensor converted(Tensor column, DataType type, String name) {
        if (column.dataType() == type) {
            return column;
        }
        double[] numbers = numbers(column, name);
        if (type == DataType.FLOAT64) {
            return Tensor.of(numbers);
        }
        return ofType(Tensor.of(floats(numbers)), type, name);
    }

    private static Tensor ofType(Tensor floats, DataType type, String name) {
        if (type == DataType.FLOAT32) {
            return floats;
        }
        throw new InvalidInputException("fine_tune.inputs." + name + ": an input of " + type
                + " (expected: one that is text, float32 or float64, or int64 as the column is)");
    }

    private static double[] numbers(Tensor column, String name) {
        if (column.dataType() == DataType.STRING) {
            throw new InvalidInputException("column " + Require.quote(name) + ": text (expected: numbers)");
        }
        return column.toDoubleArray();
    }

    private static float[] floats(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    // ---- targets

    private Tensor targets(Table rows) {
        Tensor column = column(rows, target.column());
        return switch (target.kind()) {
            case NUMBER -> asColumn(numbers(column, target.column()));
            case BINARY -> asColumn(answers(column));
            case CLASSES -> Tensor.of(classes(column));
        };
    }

    private static Tensor asColumn(double[] numbers) {
        return Tensor.of(floats(numbers)).reshape(Shape.of(numbers.length, 1));
    }

    private double[] answers(Tensor column) {
        List<String> texts = texts(column);
        double[] answers = new double[texts.size()];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = texts.get(i).equals(target.positive()) ? 1 : 0;
        }
        return answers;
    }

    private long[] classes(Tensor column) {
        if (classes.isEmpty() && column.dataType() == DataType.INT64) {
            return column.toLongArray();
        }
        if (classes.isEmpty()) {
            throw new InvalidInputException(
                    "fine_tune.classes: missing (expected: the classes of the target in the order of the version's scores)");
        }
        List<String> texts = texts(column);
        long[] numbers = new long[texts.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = classes.indexOf(texts.get(i));
            if (numbers[i] < 0) {
                throw new InvalidInputException("column " + Require.quote(target.column()) + ": "
                        + Require.quote(texts.get(i)) + " (expected: one of " + classes + ")");
            }
        }
        return numbers;
    }

    private static List<String> texts(Tensor column) {
        if (column.dataType() == DataType.STRING) {
            return column.strings();
        }
        List<String> texts = new ArrayList<>();
        for (long value : column.toLongArray()) {
            texts.add(Long.toString(value));
        }
        return texts;
    }
}

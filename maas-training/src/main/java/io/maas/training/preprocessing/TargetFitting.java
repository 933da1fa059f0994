package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.TreeMap;

/** Fits a {@link Target}: finds its classes. */
final class TargetFitting {
    private final Target target;
    private final RawColumn column;
    private final TreeMap<Object, Object> classes = new TreeMap<>();
    private boolean done;

    TargetFitting(Target target, Tensors first) {
        this.target = target;
        this.column = RawColumn.of(target.column(), first);
        boolean number = column.dataType() == DataType.FLOAT64 || column.dataType() == DataType.INT64;
        boolean fits = target.kind() == Target.Kind.NUMBER ? number : number || column.dataType() == DataType.STRING;
        if (!fits || column.row().rank() > 0) {
            throw new InvalidInputException("target " + Require.quote(column.name()) + ": " + column.dataType()
                    + column.batch() + " (expected: " + (target.kind() == Target.Kind.NUMBER ? "" : "STRING or ")
                    + "numbers [rows])");
        }
        this.done = target.kind() == Target.Kind.NUMBER;
    }

    boolean isWanting() {
        return !done;
    }

    void see(Tensors rows) {
        for (Object key : Keys.of(column, rows)) {
            // Others are refused when the rows are encoded, which knows how to say so.
            if (key != Keys.MISSING && key != Keys.NONE) {
                classes.put(key, key);
            }
        }
        if (classes.size() > Categories.MAX_CATEGORIES) {
            throw new InvalidInputException("target " + Require.quote(column.name()) + ": more than "
                    + Categories.MAX_CATEGORIES + " classes (expected: fewer); use Target.number");
        }
    }

    void endPass() {
        done = true;
    }

    FittedTarget fitted() {
        return switch (target.kind()) {
            case NUMBER -> new FittedTarget(target, column, List.of());
            case CLASSES -> {
                require(classes.size() > 1, "two classes or more");
                yield new FittedTarget(target, column, List.copyOf(classes.keySet()));
            }
            case BINARY -> {
                require(classes.size() == 2, "two classes");
                List<Object> others = classes.keySet().stream()
                        .filter(each -> !each.toString().equals(target.positive()))
                        .toList();
                require(others.size() == 1, Require.quote(target.positive()) + " and one other");
                Object positive = classes.keySet().stream()
                        .filter(each -> each != others.get(0))
                        .findFirst()
                        .orElseThrow();
                yield new FittedTarget(target, column, List.of(others.get(0), positive));
            }
        };
    }

    private void require(boolean condition, String expected) {
        if (!condition) {
            List<String> found = classes.keySet().stream()
                    .limit(10)
                    .map(each -> Require.quote(each.toString()))
                    .toList();
            throw new InvalidInputException("target " + Require.quote(column.name()) + ": " + classes.size()
                    + " classes in the training data, " + found + " (expected: " + expected + ")");
        }
    }
}

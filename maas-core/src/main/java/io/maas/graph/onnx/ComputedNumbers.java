package io.maas.graph.onnx;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The numbers of small constants that arithmetic makes of others, as these become sizes. */
final class ComputedNumbers {
    private final Operands at;

    private ComputedNumbers(Operands at) {
        this.at = at;
    }

    /** Null where it is not computed here. */
    static @Nullable Constant of(Operands operands, long bytes) {
        return new ComputedNumbers(operands).computed(bytes);
    }

    private @Nullable Constant computed(long bytes) {
        double[] left = at.numbers(0);
        if (left == null) {
            return null;
        }
        if (at.operator().startsWith("Reduce")) {
            return reduced(left, bytes);
        }
        double[] right = at.count() > 1 ? at.numbers(1) : left;
        if (right == null || (left.length != right.length && left.length != 1 && right.length != 1)) {
            return null;
        }
        double[] result = new double[Math.max(left.length, right.length)];
        for (int i = 0; i < result.length; i++) {
            Double one = compute(left[left.length == 1 ? 0 : i], right[right.length == 1 ? 0 : i]);
            if (one == null) {
                return null;
            }
            result[i] = one;
        }
        return Constant.ofNumbers(
                result, ConstantRules.broadcast(at.sizes(0), at.count() > 1 ? at.sizes(1) : at.sizes(0)), bytes);
    }

    private @Nullable Double compute(double a, double b) {
        return switch (at.operator()) {
            case "Add", "Sum" -> a + b;
            case "Sub" -> a - b;
            case "Mul" -> a * b;
            case "Div" -> a / b;
            case "Mod" -> a % b;
            case "Max" -> Math.max(a, b);
            case "Min" -> Math.min(a, b);
            case "Pow" -> Math.pow(a, b);
            case "BitShift" -> a * Math.pow(2, at.string("direction").equals("LEFT") ? b : -b);
            case "Neg" -> -a;
            case "Abs" -> Math.abs(a);
            case "Ceil" -> Math.ceil(a);
            case "Floor" -> Math.floor(a);
            case "Sqrt" -> Math.sqrt(a);
            case "Exp" -> Math.exp(a);
            case "Relu" -> Math.max(a, 0);
            default -> null;
        };
    }

    private @Nullable Constant reduced(double[] numbers, long bytes) {
        double result = switch (at.operator()) {
            case "ReduceProd" -> Arrays.stream(numbers).reduce(1, (a, b) -> a * b);
            case "ReduceSum" -> Arrays.stream(numbers).sum();
            case "ReduceMax" -> Arrays.stream(numbers).max().orElse(0);
            case "ReduceMin" -> Arrays.stream(numbers).min().orElse(0);
            default -> Double.NaN;
        };
        return at.rank(0) > 1 || Double.isNaN(result)
                ? null
                : Constant.ofNumbers(
                        new double[] {result}, at.integer("keepdims", 1) == 0 ? new long[0] : new long[] {1}, bytes);
    }
}

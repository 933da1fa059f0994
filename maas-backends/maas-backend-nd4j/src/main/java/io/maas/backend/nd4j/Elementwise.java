package io.maas.backend.nd4j;

import io.maas.tensor.DataType;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;

/** Operators whose result at one place depends only on the inputs at that place, after broadcasting. */
final class Elementwise {
    private Elementwise() {}

    /** A function of floating-point numbers only. */
    static Array map(Arguments in, Bench.Transform real) {
        return in.bench().transform(in.get(0), real);
    }

    static Array map(Arguments in, Bench.Transform real, LongUnaryOperator integer) {
        return in.get(0).type().isFloating() ? map(in, real) : Integers.map(in.bench(), in.get(0), integer);
    }

    /** @param real ND4J's operation for floating-point numbers */
    static Array zip(Arguments in, String real, LongBinaryOperator integer) {
        Array left = in.get(0);
        Array right = in.get(1);
        return left.type().isFloating()
                ? zip(in.bench(), real, left.type(), left, right)
                : Integers.zip(in.bench(), left.type(), left, right, integer);
    }

    /** One of ND4J's broadcasting operations; it is given arrays of equal rank, as it aligns others in its own way. */
    static Array zip(Bench bench, String operation, DataType type, Array left, Array right) {
        long[] shape = Shapes.broadcast(left.shape(), right.shape());
        Array result = bench.create(type, shape);
        if (result.isEmpty()) {
            return result;
        }
        Array a = left.reshape(Shapes.padded(left.shape(), shape.length));
        Array b = right.reshape(Shapes.padded(right.shape(), shape.length));
        return bench.run(Call.of(operation, a, b), result);
    }

    static Array compare(Arguments in, String real, IntPredicate order) {
        Array left = in.get(0);
        Array right = in.get(1);
        return left.type().isFloating()
                ? zip(in.bench(), real, DataType.BOOL, left, right)
                : Integers.zip(
                        in.bench(), DataType.BOOL, left, right, (a, b) -> order.test(Long.compare(a, b)) ? 1 : 0);
    }

    static Array sloped(Arguments in, String operation, float otherwise) {
        Array x = in.get(0);
        double alpha = in.attributes().floatValue("alpha", otherwise);
        Array result = in.bench().create(x.type(), x.shape());
        return result.isEmpty() ? result : in.bench().run(Call.of(operation, x).real(alpha), result);
    }

    static Array relu(Arguments in) {
        Array x = in.get(0);
        return x.type().isFloating() ? relu(in.bench(), x) : Integers.map(in.bench(), x, value -> Math.max(value, 0));
    }

    private static Array relu(Bench bench, Array x) {
        Array result = bench.create(x.type(), x.shape());
        return result.isEmpty() ? result : bench.run(Call.of("relu", x).real(0), result);
    }

    /** {@code max(x, 0) + ln(1 + exp(-|x|))}; ND4J's own form overflows from 89 on. */
    static Array softplus(Arguments in) {
        Bench bench = in.bench();
        Array x = in.get(0);
        Array small = bench.transform(bench.transform(bench.transform(x, Abs::new), Negative::new), Exp::new);
        return zip(bench, "add", x.type(), relu(bench, x), bench.transform(small, Log1p::new));
    }

    static Array extremes(Arguments in, Extreme end) {
        List<Array> all = in.all();
        Array result = all.get(0);
        for (Array next : all.subList(1, all.size())) {
            result = extreme(in.bench(), end, result, next);
        }
        return result;
    }

    static Array clip(Arguments in) {
        Array result = in.get(0);
        if (in.has(1)) {
            result = extreme(in.bench(), Extreme.GREATEST, result, in.get(1));
        }
        return in.has(2) ? extreme(in.bench(), Extreme.LEAST, result, in.get(2)) : result;
    }

    /** NaN wins over numbers; ND4J's operation lets it win only on the right. */
    private static Array extreme(Bench bench, Extreme end, Array left, Array right) {
        if (!left.type().isFloating()) {
            return Integers.zip(bench, left.type(), left, right, end::of);
        }
        Array chosen = zip(bench, end.operation(), left.type(), left, right);
        Array isNumber = zip(bench, "equals", DataType.BOOL, left, left);
        return where(bench, isNumber, chosen, left);
    }

    static Array where(Arguments in) {
        return where(in.bench(), in.get(0), in.get(1), in.get(2));
    }

    static Array where(Bench bench, Array condition, Array then, Array otherwise) {
        long[] shape = Shapes.broadcast(Shapes.broadcast(condition.shape(), then.shape()), otherwise.shape());
        Array result = bench.create(then.type(), shape);
        if (result.isEmpty()) {
            return result;
        }
        Array mask = Shaping.stretch(bench, condition, shape);
        Array yes = Shaping.stretch(bench, then, shape);
        return bench.run(Call.of("select", mask, yes, Shaping.stretch(bench, otherwise, shape)), result);
    }

    /** The result has the type of the base; the wider of both types is computed in. */
    static Array pow(Arguments in) {
        Bench bench = in.bench();
        Array base = in.get(0);
        Array exponent = in.get(1);
        if (!base.type().isFloating()) {
            return Integers.pow(bench, base, exponent);
        }
        DataType type = base.type() == exponent.type() ? base.type() : DataType.FLOAT64;
        Array power = zip(bench, "Pow", type, bench.cast(base, type), bench.cast(exponent, type));
        return bench.cast(power, base.type());
    }
}

package io.maas.backend.nd4j;

import io.maas.tensor.DataType;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.Reciprocal;
import org.nd4j.linalg.api.ops.impl.transforms.same.Sign;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;

/** The table of all operators: how each is run. */
final class Operators {
    private Operators() {}

    static Array apply(Arguments in) {
        return switch (in.node().op()) {
            case ABS -> Elementwise.map(in, Abs::new, Math::abs);
            case ADD -> Elementwise.zip(in, "add", Long::sum);
            case AND -> Integers.zip(in, (a, b) -> a & b);
            case ARG_MAX -> Reductions.argMax(in);
            case CAST ->
                in.bench().cast(in.get(0), DataType.valueOf(in.attributes().string("to", "")));
            case CLIP -> Elementwise.clip(in);
            case CONCAT -> Shaping.concat(in);
            case CONSTANT_OF_SHAPE -> Shaping.constantOfShape(in);
            case DIV -> Elementwise.zip(in, "divide", (a, b) -> a / b);
            case ELU -> Elementwise.sloped(in, "elu", 1);
            case EQUAL -> Elementwise.compare(in, "equals", order -> order == 0);
            case ERF -> Elementwise.map(in, Erf::new);
            case EXP -> Elementwise.map(in, Exp::new);
            case EXPAND -> Shaping.expand(in);
            case FLATTEN -> Shaping.flatten(in);
            case GATHER -> Indexing.gather(in);
            case GEMM -> Products.gemm(in);
            case GREATER -> Elementwise.compare(in, "greater", order -> order > 0);
            case GREATER_OR_EQUAL -> Elementwise.compare(in, "greater_equal", order -> order >= 0);
            case IDENTITY -> in.get(0);
            case LEAKY_RELU -> Elementwise.sloped(in, "lrelu", 0.01f);
            case LESS -> Elementwise.compare(in, "less", order -> order < 0);
            case LESS_OR_EQUAL -> Elementwise.compare(in, "less_equal", order -> order <= 0);
            case LOG -> Elementwise.map(in, Log::new);
            case LOG_SOFTMAX -> Reductions.logSoftmax(in);
            case MATMUL -> Products.matmul(in);
            case MAX -> Elementwise.extremes(in, Extreme.GREATEST);
            case MIN -> Elementwise.extremes(in, Extreme.LEAST);
            case MUL -> Elementwise.zip(in, "multiply", (a, b) -> a * b);
            case NEG -> Elementwise.map(in, Negative::new, a -> -a);
            case NON_ZERO -> Indexing.nonZero(in);
            case NOT -> Integers.map(in.bench(), in.get(0), a -> 1 - a);
            case ONE_HOT -> Indexing.oneHot(in);
            case OR -> Integers.zip(in, (a, b) -> a | b);
            case PAD -> Indexing.pad(in);
            case POW -> Elementwise.pow(in);
            case RECIPROCAL -> Elementwise.map(in, Reciprocal::new);
            case REDUCE_MAX -> Reductions.max(in);
            case REDUCE_MEAN -> Reductions.mean(in);
            case REDUCE_SUM -> Reductions.sum(in);
            case RELU -> Elementwise.relu(in);
            case RESHAPE -> Shaping.reshape(in);
            case SCATTER_ND -> Indexing.scatter(in);
            case SHAPE -> Shaping.shape(in);
            case SIGMOID -> Elementwise.map(in, Sigmoid::new);
            case SIGN -> Elementwise.map(in, Sign::new, Long::signum);
            case SLICE -> Indexing.slice(in);
            case SOFTMAX -> Reductions.softmax(in);
            case SOFTPLUS -> Elementwise.softplus(in);
            case SQRT -> Elementwise.map(in, Sqrt::new);
            case SQUEEZE -> Shaping.squeeze(in);
            case SUB -> Elementwise.zip(in, "subtract", (a, b) -> a - b);
            case TANH -> Elementwise.map(in, Tanh::new);
            case TRANSPOSE -> Shaping.transpose(in);
            case UNSQUEEZE -> Shaping.unsqueeze(in);
            case WHERE -> Elementwise.where(in);
            case OTHER -> throw new IllegalArgumentException("operator: OTHER (expected: one that was not refused)");
        };
    }
}

package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.train.LossScope;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Connectionist temporal classification: {@code -log} of the probability that the network says a target, in nats, over all ways to
 * stretch it to the input's length by repeating labels and putting blanks between them.
 *
 * <p>The forward algorithm in logarithms, one step after the other, over the labels with a blank around each: the probability of
 * having come to place {@code s} at step {@code t} is
 *
 * <pre>
 * a_t(s) = p_t(label at s) · (a_{t-1}(s) + a_{t-1}(s-1) + a_{t-1}(s-2) where the labels at s and s-2 differ)
 * </pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param labels the most labels of a target, the second size of the targets; {@code > 0}
 * @param blank the class that stands for no label, {@code >= 0}
 * @see "Graves et al., Connectionist temporal classification (2006), section 4.1"
 */
record Ctc(int labels, int blank) implements PointwiseLoss {
    Ctc {
        Require.positive(labels, "labels");
        Require.that(blank >= 0, "blank", blank, "blank >= 0");
    }

    @Override
    public String name() {
        return "ctc(labels=" + labels + ", blank=" + blank + ")";
    }

    @Override
    public Terms terms(LossScope scope) {
        Shape scores = scope.prediction().shape();
        if (scores.rank() != 3 || scores.size(1) < 1 || scores.size(2) == Shape.VARIABLE) {
            throw scope.misfit(
                    this, "[batch, steps, classes] with fixed steps and classes", "pad all inputs to one length");
        }
        Require.that(blank < scores.size(2), "blank", blank, "a class of the network's output " + scores);
        Object batch = scores.dimension(0);
        Value target = scope.input(
                new TensorSpec(LossScope.TARGET, DataType.INT64, Shape.symbolic(batch, labels)),
                0,
                scores.size(2) - 1.0);
        Shape one = Shape.symbolic(batch);
        Value inputs = scope.input(new TensorSpec("input_length", DataType.INT64, one), 0, (double) scores.size(1));
        Value targets = scope.input(new TensorSpec("target_length", DataType.INT64, one), 0, labels);
        return new Lattice(scope.graph(), scope.prediction(), target).terms(inputs, targets);
    }

    /** Places by steps. */
    private final class Lattice {
        private final GraphBuilder b;
        private final int places = 2 * labels + 1;
        private final Value never;
        /** Whether place s may not be reached from s - 2, {@code [batch, 1, places]}. */
        private final Value repeats;
        /** The log-probability of each place's label at each step, {@code [batch, 1, places]} each. */
        private final List<Value> said;

        Lattice(GraphBuilder b, Value scores, Value target) {
            this.b = b;
            this.never = b.scalar(Formulas.NEVER, scores);
            Value around = around(target);
            Value before = b.node(Op.PAD, Attributes.none(), around, b.longs(0, 2, 0, -2), number(blank));
            this.repeats = b.unsqueeze(b.equal(around, before), 1);
            this.said = said(b.logSoftmax(scores, -1), around);
        }

        /** The labels with a blank around each, {@code [batch, places]}. */
        private Value around(Value target) {
            boolean[] isBlank = new boolean[places];
            long[] label = new long[places];
            for (int s = 0; s < places; s++) {
                isBlank[s] = s % 2 == 0;
                label[s] = Math.min(s / 2, labels - 1);
            }
            Value spread = b.node(Op.GATHER, Attributes.of("axis", 1), target, b.longs(label));
            return b.where(b.constant(Tensor.of(isBlank, places)), number(blank), spread);
        }

        private List<Value> said(Value logarithms, Value around) {
            long steps = logarithms.shape().size(1);
            long[] ones = new long[(int) steps];
            Arrays.fill(ones, 1);
            Value index = b.node(Op.EXPAND, Attributes.none(), b.unsqueeze(around, 1), b.longs(1, steps, 1));
            Value all = b.node(Op.GATHER_ELEMENTS, Attributes.of("axis", 2), logarithms, index);
            // A split has one gradient for all its parts; as many slices would have one of this size each.
            return steps == 1
                    ? List.of(all)
                    : b.nodes(Op.SPLIT, Attributes.of("axis", 1), ones.length, all, b.longs(ones));
        }

        Terms terms(Value inputLengths, Value targetLengths) {
            Value length = b.unsqueeze(inputLengths, 1, 2);
            Value reached = start();
            for (int t = 0; t < said.size(); t++) {
                Value goesOn = b.node(Op.LESS, Attributes.none(), number(t), length);
                reached = b.where(goesOn, b.add(arrive(reached), said.get(t)), reached);
            }
            Value last = b.unsqueeze(b.mul(targetLengths, number(2)), 1, 2);
            Value index = b.constant(Tensor.of(LongStream.range(0, places).toArray(), 1, 1, places));
            Value ends = b.node(Op.OR, Attributes.none(), b.equal(index, last), b.equal(index, b.sub(last, number(1))));
            Value total = logSumExp(b.where(ends, reached, never), 0, 1, 2);
            Value possible = b.node(Op.GREATER, Attributes.none(), total, b.mul(never, 0.5));
            Value values = b.where(possible, b.neg(total), b.scalar(0, total));
            return new Terms(values, b.cast(possible, total.dataType()));
        }

        /** Before the first step: at the first place, from which the second is reached too. */
        private Value start() {
            double[] start = new double[places];
            Arrays.fill(start, Formulas.NEVER);
            start[0] = 0;
            Value one = b.constant(Tensor.of(never.dataType(), start, Shape.of(1, 1, places)));
            return b.node(Op.EXPAND, Attributes.none(), one, b.shapeOf(said.get(0)));
        }

        /** From a step to the next, before it is said what the label there is. */
        private Value arrive(Value reached) {
            Value next = shifted(reached, 1);
            Value skipped = b.where(repeats, never, shifted(reached, 2));
            Value ways = b.node(Op.CONCAT, Attributes.of("axis", 1), reached, next, skipped);
            return logSumExp(ways, 1, 1);
        }

        private Value shifted(Value reached, long by) {
            return b.node(Op.PAD, Attributes.none(), reached, b.longs(0, 0, by, 0, 0, -by), never);
        }

        private Value logSumExp(Value x, int keepAxes, long... axes) {
            return b.node(Op.REDUCE_LOG_SUM_EXP, Attributes.of("keepdims", keepAxes), x, b.longs(axes));
        }

        private Value number(long number) {
            return b.constant(Tensor.scalar(number));
        }
    }
}

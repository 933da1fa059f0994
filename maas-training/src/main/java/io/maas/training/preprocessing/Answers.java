package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Renaming;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Target#withLabels} adds to a classifier. What it has under these names already keeps its meaning: its probabilities
 * are the probabilities, and the class of the largest is named in place of its number.
 */
final class Answers {
    private final FittedTarget target;
    private final Graph model;
    private final @Nullable Value probabilities;
    private final @Nullable Value label;

    private Answers(FittedTarget target, Graph model) {
        this.target = target;
        this.model = model;
        this.probabilities = output(FittedPreprocessing.PROBABILITIES);
        this.label = output(FittedPreprocessing.LABEL);
    }

    /**
     * The model with both outputs.
     *
     * @throws InvalidInputException if it has no score for each class, or an output of one of the names that is something else
     */
    static Graph behind(Graph model, FittedTarget target) {
        return new Answers(target, model).write();
    }

    private @Nullable Value output(String name) {
        return model.outputs().stream()
                .filter(value -> value.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private Graph write() {
        if (label != null && !(label.hasDataType() && label.dataType() == DataType.INT64 && isOfRank(label, 1))) {
            throw clash(label, "int64[batch], the number of the class");
        }
        GraphBuilder b = GraphBuilder.from(Renaming.freed(model, FittedPreprocessing.LABEL));
        Value scores = probabilities == null ? scores() : kept(probabilities);
        Value names = b.node(Op.GATHER, Attributes.none(), b.constant(table()), place(b, scores));
        for (Value output : model.outputs()) {
            if (output.equals(label)) {
                b.output(FittedPreprocessing.LABEL, names);
            } else {
                b.output(output);
            }
        }
        if (probabilities == null) {
            b.output(FittedPreprocessing.PROBABILITIES, probabilities(b, scores));
        }
        if (label == null) {
            b.output(FittedPreprocessing.LABEL, names);
        }
        return b.build();
    }

    private Value kept(Value own) {
        int wanted = target.classes().size();
        if (!isOfRank(own, 2) || own.shape().size(1) != wanted) {
            throw clash(own, "[batch, " + wanted + "], a probability for each class of " + quoted());
        }
        return own;
    }

    private InvalidInputException clash(Value own, String expected) {
        return new InvalidInputException("output " + own + " of the model (expected: " + expected
                + ", as withLabels() gives an output of that name); rename it, or leave out withLabels()");
    }

    private Value scores() {
        int wanted = isBinary() ? 1 : target.classes().size();
        Value scores = model.outputs().get(0);
        if (!isOfRank(scores, 2) || scores.shape().size(1) != wanted) {
            throw new InvalidInputException("output " + scores + " of the model (expected: [batch, " + wanted
                    + "], a score for each class of " + quoted() + (isBinary() ? ", which is binary" : "")
                    + "); change the network's last layer, or leave out withLabels()");
        }
        return scores;
    }

    private boolean isBinary() {
        return target.target().kind() == Target.Kind.BINARY;
    }

    private Value probabilities(GraphBuilder b, Value scores) {
        if (!isBinary()) {
            return b.softmax(scores, -1);
        }
        Value yes = b.sigmoid(scores);
        return b.node(Op.CONCAT, Attributes.of("axis", 1), b.sub(b.scalar(1, yes), yes), yes);
    }

    /** The number of the class with the highest score: of scores, as probabilities may be equal where these still differ. */
    private Value place(GraphBuilder b, Value scores) {
        if (!isBinary() || probabilities != null) {
            return b.argMax(scores, -1);
        }
        Value positive = b.node(Op.GREATER_OR_EQUAL, Attributes.none(), scores, b.scalar(0, scores));
        return b.squeeze(b.cast(positive, DataType.INT64), 1);
    }

    private static boolean isOfRank(Value value, int rank) {
        return value.hasShape() && value.rank() == rank;
    }

    private String quoted() {
        return Require.quote(target.column().name());
    }

    private Tensor table() {
        List<Object> classes = target.classes();
        return classes.get(0) instanceof String
                ? Tensor.of(classes.stream().map(String.class::cast).toArray(String[]::new))
                : Tensor.of(classes.stream().mapToLong(each -> (Long) each).toArray());
    }
}

package io.maas.pipeline;

import com.google.common.collect.ImmutableSortedMap;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a step of a pipeline does, as data. Names of inputs are those that the {@link Step} binds.
 *
 * <p>Immutable and thread-safe.
 */
public sealed interface Work {
    /** The input of {@link Choose} that holds what is chosen by. */
    String BY = "by";

    /** The case of {@link Choose} that is taken where no other fits. */
    String OTHERWISE = "otherwise";

    /**
     * A call of a deployed model.
     *
     * @param version the version that answers whatever else is deployed; null for the one in service at the time
     */
    record CallModel(String model, @Nullable Integer version) implements Work {
        public CallModel {
            Require.name(model, "model");
            Require.that(version == null || version > 0, "version", String.valueOf(version), "version > 0");
        }

        /** Such as {@code minilm} or {@code minilm:3}. */
        public String reference() {
            return version == null ? model : model + ":" + version;
        }
    }

    /** A call of a Java function that the host has registered under a name. */
    record CallFunction(String function) implements Work {
        public CallFunction {
            Require.name(function, "function");
        }
    }

    /**
     * The same tensors every time. As a fallback, a tensor of one row is repeated to as many rows as the step has, where the output
     * that it stands for has a first axis that varies.
     */
    record Give(Tensors tensors) implements Work {}

    /**
     * The mean of all inputs, which are floating-point tensors of one shape, as output {@code mean}.
     *
     * @param weights how much each input counts, each {@code > 0}; empty for all the same
     */
    record Mean(Map<String, Double> weights) implements Work {
        public Mean {
            weights = ImmutableSortedMap.copyOf(weights);
            weights.values().forEach(weight -> Require.positive(weight, "weight"));
        }
    }

    /**
     * The label that most inputs say, by row, as output {@code label}; where several are said as often, the one that the first input
     * in the order of names says. Inputs are labels {@code [batch]}, int64 or string, or floating-point scores {@code [batch,
     * classes]}, of which the index of the largest, the first of equals, is the label.
     */
    record Vote() implements Work {}

    /** All inputs, {@code [batch, n]} or {@code [batch]} of one type, side by side in the order of names, as output {@code joined}. */
    record Join() implements Work {}

    /**
     * Which rows of input {@code scores}, floating-point numbers {@code [batch, classes]}, say too little, as bool output {@code
     * unsure}, {@code [batch]}. NaN is unsure.
     *
     * @param below rows whose measure is less than this are unsure, {@code 0 < below}
     */
    record Unsure(Confidence measure, double below) implements Work {
        public Unsure {
            Require.positive(below, "below");
        }
    }

    /** How sure a row of scores is. */
    enum Confidence {
        /** The largest, of probabilities. */
        PROBABILITY,
        /** The largest less the second largest, of probabilities or of raw scores. */
        MARGIN
    }

    /**
     * One of several works, by what input {@value #BY} holds: a bool, int64 or string. Where that is {@code [batch]}, each row is
     * given to the case of its own, the inputs that begin with the same symbol are cut into the rows of each case, the cases run at
     * once, and the answers are put together in the order of the rows. Where it is {@code []} or {@code [1]}, the whole request goes
     * to one case. Outputs are those that all cases give.
     *
     * @param cases by the text of the value, such as {@code true}, {@code 7} or {@code fr}; {@value #OTHERWISE} for all others
     */
    record Choose(Map<String, Work> cases) implements Work {
        public Choose {
            cases = ImmutableSortedMap.copyOf(cases);
            Require.that(!cases.isEmpty(), "cases", cases.size(), "at least one");
        }
    }

    /**
     * Inputs as they are.
     *
     * @param inputs the name of an input by that of the output it becomes
     */
    record Pass(Map<String, String> inputs) implements Work {
        public Pass {
            inputs = ImmutableSortedMap.copyOf(inputs);
        }
    }

    /**
     * A call of a deployed model.
     *
     * @param reference a name such as {@code minilm} for the version in service, or {@code minilm:3} for that version
     */
    static CallModel model(String reference) {
        int colon = reference.indexOf(':');
        if (colon < 0) {
            return new CallModel(reference, null);
        }
        String number = reference.substring(colon + 1);
        Require.that(
                number.matches("[1-9][0-9]{0,8}"),
                "model",
                Require.quote(reference),
                "a name, or a name and the number of a version such as minilm:3");
        return new CallModel(reference.substring(0, colon), Integer.valueOf(number));
    }

    static Work function(String name) {
        return new CallFunction(name);
    }
}

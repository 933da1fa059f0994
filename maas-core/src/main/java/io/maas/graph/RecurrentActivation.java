package io.maas.graph;

import io.maas.error.GraphException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A function that a recurrent layer applies to its sums.
 *
 * @param name in lower case
 * @param alpha the first number of those functions that have numbers
 * @param beta the second one
 */
record RecurrentActivation(String name, double alpha, double beta) {
    private static final Set<String> WITHOUT_NUMBERS = Set.of("sigmoid", "tanh", "relu", "softsign", "softplus");
    private static final Set<String> WITH_ALPHA = Set.of("elu", "leakyrelu", "thresholdedrelu");
    private static final Set<String> WITH_BOTH = Set.of("affine", "hardsigmoid", "scaledtanh");

    /** The functions of one direction of a layer. */
    static List<RecurrentActivation> of(Node node, int direction) {
        List<String> once = switch (node.op()) {
            case LSTM -> List.of("Sigmoid", "Tanh", "Tanh");
            case GRU -> List.of("Sigmoid", "Tanh");
            default -> List.of("Tanh");
        };
        List<String> given = node.attributes().strings("activations");
        int count = once.size() * (int) RecurrentCell.directions(node);
        if (given != null && given.size() != count) {
            throw new GraphException(node.title() + ": activations " + given + " (expected: " + count + ", "
                    + once.size() + " for each direction)");
        }
        Numbers alphas = new Numbers(node.attributes().floats("activation_alpha"));
        Numbers betas = new Numbers(node.attributes().floats("activation_beta"));
        List<RecurrentActivation> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(of(node, given == null ? once.get(i % once.size()) : given.get(i), alphas, betas));
        }
        return all.subList(direction * once.size(), (direction + 1) * once.size());
    }

    private static RecurrentActivation of(Node node, String title, Numbers alphas, Numbers betas) {
        String name = title.toLowerCase(Locale.ROOT);
        if (WITHOUT_NUMBERS.contains(name)) {
            return new RecurrentActivation(name, 1, 0);
        }
        if (WITH_ALPHA.contains(name)) {
            double otherwise = name.equals("leakyrelu") ? 0.01f : 1;
            return new RecurrentActivation(name, alphas.next(otherwise), 0);
        }
        if (WITH_BOTH.contains(name)) {
            boolean isHard = name.equals("hardsigmoid");
            double beta = isHard ? 0.5 : name.equals("affine") ? 0 : 1;
            return new RecurrentActivation(name, alphas.next(isHard ? 0.2f : 1), betas.next(beta));
        }
        throw new GraphException(
                node.title() + ": activation \"" + title + "\" (expected: one of the specification's, such as Tanh)");
    }

    /** The attributes of a layer of one direction that say which functions it has. */
    static Map<String, Object> attributes(List<RecurrentActivation> functions) {
        return Map.of(
                "activations",
                functions.stream().map(RecurrentActivation::name).toList(),
                "activation_alpha",
                functions.stream()
                        .filter(each -> !WITHOUT_NUMBERS.contains(each.name))
                        .map(RecurrentActivation::alpha)
                        .toList(),
                "activation_beta",
                functions.stream()
                        .filter(each -> WITH_BOTH.contains(each.name))
                        .map(RecurrentActivation::beta)
                        .toList());
    }

    Value apply(GraphBuilder b, Value x) {
        return switch (name) {
            case "sigmoid" -> b.sigmoid(x);
            case "tanh" -> b.tanh(x);
            case "relu" -> b.relu(x);
            case "softsign" -> b.node(Op.SOFTSIGN, Attributes.none(), x);
            case "softplus" -> b.node(Op.SOFTPLUS, Attributes.none(), x);
            case "affine" -> b.add(b.mul(x, alpha), b.scalar(beta, x));
            case "scaledtanh" -> b.mul(b.tanh(b.mul(x, beta)), alpha);
            case "leakyrelu" -> b.node(Op.LEAKY_RELU, Attributes.of("alpha", alpha), x);
            case "thresholdedrelu" -> b.node(Op.THRESHOLDED_RELU, Attributes.of("alpha", alpha), x);
            case "elu" -> b.node(Op.ELU, Attributes.of("alpha", alpha), x);
            default -> b.node(Op.HARD_SIGMOID, Attributes.of("alpha", alpha, "beta", beta), x);
        };
    }

    /** The numbers of an attribute: functions that have one take it, one after the other. */
    private static final class Numbers {
        private final float[] given;
        private int place;

        Numbers(float @Nullable [] given) {
            this.given = given == null ? new float[0] : given;
        }

        double next(double otherwise) {
            return place < given.length ? given[place++] : otherwise;
        }
    }
}

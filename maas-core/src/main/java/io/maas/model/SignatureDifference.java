package io.maas.model;

import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why callers of one version cannot be sent to another one. */
public final class SignatureDifference {
    private SignatureDifference() {}

    /** In words, one an input or output; empty if there is none. Names of sizes that vary are no difference. */
    public static List<String> between(Signature stable, Signature other) {
        List<String> words = new ArrayList<>();
        compare("input", stable.inputs(), other.inputs(), words);
        compare("output", stable.outputs(), other.outputs(), words);
        return words;
    }

    private static void compare(String kind, List<TensorSpec> stable, List<TensorSpec> other, List<String> words) {
        for (TensorSpec spec : stable) {
            TensorSpec found = find(other, spec.name());
            if (found == null) {
                words.add(kind + " " + spec + " is missing");
            } else if (found.dataType() != spec.dataType() || !isSame(spec.shape(), found.shape())) {
                words.add(kind + " is " + found + " instead of " + spec);
            }
        }
        for (TensorSpec spec : other) {
            if (find(stable, spec.name()) == null) {
                words.add(kind + " " + spec + " is new");
            }
        }
    }

    private static @Nullable TensorSpec find(List<TensorSpec> specs, String name) {
        return specs.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static boolean isSame(@Nullable Shape left, @Nullable Shape right) {
        if (left == null || right == null) {
            return left == null && right == null;
        }
        if (left.rank() != right.rank()) {
            return false;
        }
        for (int i = 0; i < left.rank(); i++) {
            if (left.size(i) != right.size(i)) {
                return false;
            }
        }
        return true;
    }
}

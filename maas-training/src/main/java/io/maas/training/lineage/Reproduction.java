package io.maas.training.lineage;

import io.maas.model.Artifact;
import io.maas.registry.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What came of training a version again.
 *
 * <p>Immutable and thread-safe.
 *
 * @param version what was trained again
 * @param artifact what came of it
 * @param weights the weights, one by one
 * @param outputs the outputs for the golden sample, one by one; empty if the version has none
 * @param metrics those that differ
 * @param environment what differs of library, engine, runtime and machine
 * @param tolerance up to which values count as equal: absolute, and relative for tensors with values above 1
 */
public record Reproduction(
        Version version,
        Artifact artifact,
        List<TensorComparison> weights,
        List<TensorComparison> outputs,
        List<Difference> metrics,
        List<Difference> environment,
        double tolerance) {
    /** How near it came. */
    public enum Verdict {
        /** Weights, outputs and metrics are the same, bit for bit. */
        IDENTICAL,
        /** Weights and outputs are the same up to the tolerance. */
        EQUAL,
        /** Another model came out. */
        DIFFERENT
    }

    public Reproduction {
        weights = List.copyOf(weights);
        outputs = List.copyOf(outputs);
        metrics = List.copyOf(metrics);
        environment = List.copyOf(environment);
    }

    /** How near it came, in a word. */
    public Verdict verdict() {
        List<TensorComparison> all = new ArrayList<>(weights);
        all.addAll(outputs);
        if (metrics.isEmpty() && all.stream().allMatch(TensorComparison::identical)) {
            return Verdict.IDENTICAL;
        }
        return all.stream().allMatch(each -> each.isWithin(tolerance)) ? Verdict.EQUAL : Verdict.DIFFERENT;
    }

    /** A text for people: the verdict, what differs and by how much, and what may be the reason. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(version.title())
                .append(" trained again: ")
                .append(
                        switch (verdict()) {
                            case IDENTICAL -> "identical, bit for bit";
                            case EQUAL -> "equal within " + tolerance + ", but not bit for bit";
                            case DIFFERENT -> "different";
                        })
                .append('\n');
        tensors(text, "weights", weights);
        tensors(text, "outputs for the golden sample", outputs);
        lines(text, "metrics that differ", metrics);
        lines(text, "environment that differs", environment);
        return text.toString();
    }

    private static void tensors(StringBuilder text, String title, List<TensorComparison> all) {
        List<TensorComparison> different = all.stream()
                .filter(each -> !each.identical())
                .sorted(Comparator.comparingDouble(TensorComparison::largest).reversed())
                .toList();
        text.append(String.format(
                Locale.ROOT, "  %s: %d of %d identical\n", title, all.size() - different.size(), all.size()));
        for (TensorComparison each : different) {
            text.append(String.format(Locale.ROOT, "    %s: differs by at most %.3g", each.name(), each.largest()))
                    .append(String.format(Locale.ROOT, " (largest value %.3g)\n", each.scale()));
        }
    }

    private static void lines(StringBuilder text, String title, List<Difference> differences) {
        if (!differences.isEmpty()) {
            text.append("  ").append(title).append(":\n");
            differences.forEach(each -> text.append("    ").append(each).append('\n'));
        }
    }
}

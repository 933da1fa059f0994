package io.maas.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import io.maas.error.ArtifactRejectedException;
import io.maas.graph.onnx.OnnxReader;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is another in one artifact than in another one. Of each kind only what differs is listed.
 *
 * <p>Immutable and thread-safe.
 *
 * @param signature inputs and outputs that callers would notice, in words
 * @param description of both, null if it is the same
 * @param weights the tensors of the two ONNX models by name, in the order of the first; none if one of them is a pipeline
 */
public record ArtifactDifference(
        ImmutableList<String> signature,
        @Nullable Changed<String> description,
        ImmutableSortedMap<String, Changed<String>> tags,
        ImmutableSortedMap<String, Changed<String>> settings,
        ImmutableSortedMap<String, Changed<Double>> metrics,
        ImmutableSortedMap<String, Changed<Manifest.FileEntry>> files,
        ImmutableList<WeightDistance> weights) {
    /**
     * A value that is another.
     *
     * @param before null if there was none
     * @param after null if there is none
     */
    public record Changed<T>(@Nullable T before, @Nullable T after) {
        /** Such as {@code 0.1 -> 0.2}. */
        @Override
        public String toString() {
            return (before == null ? "none" : before) + " -> " + (after == null ? "none" : after);
        }
    }

    /**
     * How far a tensor has moved.
     *
     * @param relative {@code ||after - before|| / ||before||}, Euclidean; infinite if it was all zero, or if it is there only once, or in
     *     another shape or type; NaN if it holds one
     */
    public record WeightDistance(String name, double relative) {}

    /**
     * Compares two artifacts. Models are read only if their bytes differ.
     *
     * @throws ArtifactRejectedException if one of the models is damaged
     */
    public static ArtifactDifference between(Artifact before, Artifact after) {
        Manifest left = before.manifest();
        Manifest right = after.manifest();
        return new ArtifactDifference(
                ImmutableList.copyOf(SignatureDifference.between(left.signature(), right.signature())),
                left.description().equals(right.description())
                        ? null
                        : new Changed<>(left.description(), right.description()),
                changed(left.tags(), right.tags()),
                changed(left.lineage().settings(), right.lineage().settings()),
                changed(left.lineage().metrics(), right.lineage().metrics()),
                changed(left.files(), right.files()),
                weights(before, after));
    }

    private static <T> ImmutableSortedMap<String, Changed<T>> changed(Map<String, T> before, Map<String, T> after) {
        SortedMap<String, Changed<T>> changed = new TreeMap<>();
        for (String name : Sets.union(before.keySet(), after.keySet())) {
            Changed<T> both = new Changed<>(before.get(name), after.get(name));
            if (!Objects.equals(both.before(), both.after())) {
                changed.put(name, both);
            }
        }
        return ImmutableSortedMap.copyOf(changed);
    }

    private static ImmutableList<WeightDistance> weights(Artifact before, Artifact after) {
        if (before.isPipeline() || after.isPipeline() || isSameModel(before.manifest(), after.manifest())) {
            return ImmutableList.of();
        }
        Map<String, Tensor> left = OnnxReader.read(before.model()).constants();
        Map<String, Tensor> right = OnnxReader.read(after.model()).constants();
        List<WeightDistance> moved = new ArrayList<>();
        for (String name : Sets.union(left.keySet(), right.keySet())) {
            double distance = distance(left.get(name), right.get(name));
            if (distance != 0) {
                moved.add(new WeightDistance(name, distance));
            }
        }
        return ImmutableList.copyOf(moved);
    }

    private static boolean isSameModel(Manifest left, Manifest right) {
        return Objects.equals(
                left.files().get(Artifact.MODEL_FILE), right.files().get(Artifact.MODEL_FILE));
    }

    private static double distance(@Nullable Tensor before, @Nullable Tensor after) {
        if (before == null
                || after == null
                || before.dataType() != after.dataType()
                || !before.shape().equals(after.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        if (before.equals(after)) {
            return 0;
        }
        if (before.dataType() == DataType.STRING) {
            return Double.POSITIVE_INFINITY;
        }
        IntToDoubleFunction from = before.asDoubles();
        IntToDoubleFunction to = after.asDoubles();
        double moved = 0;
        double length = 0;
        for (int i = 0; i < before.elements(); i++) {
            double step = to.applyAsDouble(i) - from.applyAsDouble(i);
            moved += step * step;
            length += from.applyAsDouble(i) * from.applyAsDouble(i);
        }
        return Math.sqrt(moved) / Math.sqrt(length);
    }

    /** Whether nothing that a manifest tells, and no weight, is another. */
    public boolean isEmpty() {
        return signature.isEmpty()
                && description == null
                && tags.isEmpty()
                && settings.isEmpty()
                && metrics.isEmpty()
                && files.isEmpty()
                && weights.isEmpty();
    }

    /** For people, one difference a line. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        signature.forEach(each -> text.append("signature: ").append(each).append('\n'));
        if (description != null) {
            text.append("description: ").append(description).append('\n');
        }
        lines(text, "tag", tags);
        lines(text, "setting", settings);
        lines(text, "metric", metrics);
        files.forEach((path, each) -> text.append("file ")
                .append(path)
                .append(": ")
                .append(each.before() == null ? "new" : each.after() == null ? "gone" : "other bytes")
                .append('\n'));
        weights.forEach(each -> text.append("weights ")
                .append(each.name())
                .append(": moved by ")
                .append(String.format(java.util.Locale.ROOT, "%.3g", each.relative()))
                .append(" of their length\n"));
        return text.toString();
    }

    private static void lines(StringBuilder text, String kind, Map<String, ? extends Changed<?>> changed) {
        changed.forEach((name, each) -> text.append(kind)
                .append(' ')
                .append(name)
                .append(": ")
                .append(each)
                .append('\n'));
    }
}

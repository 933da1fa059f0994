package io.maas.api.wire;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.api.wire.VersionDocuments.SignatureInfo;
import io.maas.model.ArtifactDifference;
import io.maas.model.ArtifactDifference.Changed;
import io.maas.model.ArtifactDifference.WeightDistance;
import io.maas.model.Manifest;
import io.maas.registry.CheckReport;
import io.maas.registry.Finding;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What goes into a registry, how two versions differ, and what is found in its store.
 *
 * <p>The records are immutable and thread-safe.
 */
public final class RegistryDocuments {
    private RegistryDocuments() {}

    /**
     * A file that is to be sent.
     *
     * @param format {@code archive} or {@code onnx}
     * @param size in bytes
     * @param sha256 64 lower-case hex digits
     */
    public record NewUpload(String format, long size, String sha256) {}

    /**
     * How far a file has come.
     *
     * @param offset how many bytes are there
     * @param expires when it is forgotten unless more of it comes
     * @param version what has become of it, null as long as it is not published
     */
    public record UploadInfo(
            String id,
            String model,
            String format,
            long size,
            String sha256,
            long offset,
            String expires,
            @Nullable Integer version) {}

    /**
     * What is to become of a file that is there as a whole.
     *
     * @param imported whether an archive keeps its number, signatures and origin where it can, as an import does; null for no
     * @param version the number that the signatures are for; the file is not published under another one
     * @param signatures of exactly that version; null for none
     * @param description of an ONNX file alone, null for none
     * @param tags further tags of an ONNX file alone, null for none
     */
    public record UploadEnd(
            @Nullable Boolean imported,
            @Nullable Integer version,
            @Nullable List<SignatureInfo> signatures,
            @Nullable String description,
            @Nullable Map<String, String> tags) {}

    /** A text that is another; null where there was or is none. */
    public record TextChange(
            @Nullable String before, @Nullable String after) {}

    /** A number that is another. */
    public record NumberChange(
            @Nullable Double before, @Nullable Double after) {}

    /** A file of a version. */
    public record FileInfo(String sha256, long size) {
        static @Nullable FileInfo of(Manifest.@Nullable FileEntry entry) {
            return entry == null ? null : new FileInfo(entry.sha256(), entry.size());
        }

        static Manifest.@Nullable FileEntry entry(@Nullable FileInfo file) {
            return file == null ? null : new Manifest.FileEntry(file.sha256, file.size);
        }
    }

    /** A file that is another. */
    public record FileChange(
            @Nullable FileInfo before, @Nullable FileInfo after) {}

    /** How far a tensor has moved, as in {@link WeightDistance}. */
    public record Weight(String name, double relative) {}

    /** What is another in a version. */
    public record Difference(
            List<String> signature,
            @Nullable TextChange description,
            Map<String, TextChange> tags,
            Map<String, TextChange> settings,
            Map<String, NumberChange> metrics,
            Map<String, FileChange> files,
            List<Weight> weights) {
        public static Difference of(ArtifactDifference difference) {
            Changed<String> description = difference.description();
            return new Difference(
                    difference.signature(),
                    description == null ? null : text(description),
                    each(difference.tags(), Difference::text),
                    each(difference.settings(), Difference::text),
                    each(difference.metrics(), change -> new NumberChange(change.before(), change.after())),
                    each(
                            difference.files(),
                            change -> new FileChange(FileInfo.of(change.before()), FileInfo.of(change.after()))),
                    difference.weights().stream()
                            .map(weight -> new Weight(weight.name(), weight.relative()))
                            .toList());
        }

        public ArtifactDifference difference() {
            return new ArtifactDifference(
                    ImmutableList.copyOf(signature),
                    description == null ? null : new Changed<>(description.before, description.after),
                    each(tags, change -> new Changed<>(change.before, change.after)),
                    each(settings, change -> new Changed<>(change.before, change.after)),
                    each(metrics, change -> new Changed<>(change.before, change.after)),
                    each(files, change -> new Changed<>(FileInfo.entry(change.before), FileInfo.entry(change.after))),
                    weights.stream()
                            .map(weight -> new WeightDistance(weight.name, weight.relative))
                            .collect(ImmutableList.toImmutableList()));
        }

        private static TextChange text(Changed<String> change) {
            return new TextChange(change.before(), change.after());
        }

        private static <A, B> ImmutableSortedMap<String, B> each(Map<String, A> all, Function<A, B> change) {
            SortedMap<String, B> changed = new TreeMap<>();
            all.forEach((name, value) -> changed.put(name, change.apply(value)));
            return ImmutableSortedMap.copyOf(changed);
        }
    }

    /** Something that is not as it should be; as in {@link Finding}. */
    public record FindingInfo(String kind, String subject, List<String> versions, String message) {}

    /** What a check has found. */
    public record CheckInfo(boolean sound, int models, int versions, long blobs, List<FindingInfo> findings) {
        /**
         * That of a report.
         *
         * @param told what may be said of a finding's message
         */
        public static CheckInfo of(CheckReport report, Function<String, String> told) {
            return new CheckInfo(
                    report.isSound(),
                    report.models(),
                    report.versions(),
                    report.blobs(),
                    report.findings().stream()
                            .map(each -> new FindingInfo(
                                    Words.of(each.kind()), each.subject(), each.versions(), told.apply(each.message())))
                            .toList());
        }

        public CheckReport report() {
            return new CheckReport(
                    findings.stream()
                            .map(each -> new Finding(
                                    Words.read(Finding.Kind.class, "kind", each.kind),
                                    each.subject,
                                    ImmutableList.copyOf(each.versions),
                                    each.message))
                            .collect(ImmutableList.toImmutableList()),
                    models,
                    versions,
                    blobs);
        }
    }

    /** What a garbage collection has freed. */
    public record Freed(long bytes) {}
}

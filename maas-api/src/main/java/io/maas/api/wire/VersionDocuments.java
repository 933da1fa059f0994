package io.maas.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.maas.error.Require;
import io.maas.registry.AliasChange;
import io.maas.registry.Change;
import io.maas.registry.ManifestJson;
import io.maas.registry.RegistryEvent;
import io.maas.registry.Version;
import io.maas.registry.VersionDetails;
import io.maas.registry.VersionQuery;
import io.maas.registry.signing.VersionSignature;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is said about published models. Times are texts by ISO 8601.
 *
 * <p>The records are immutable and thread-safe. What makes something of them throws {@link IllegalArgumentException} if they say nothing
 * that there is.
 */
public final class VersionDocuments {
    private VersionDocuments() {}

    /** The names of models. */
    public record ModelList(List<String> models) {}

    /** What there is of a model. */
    public record ModelInfo(String model, List<Integer> versions, Map<String, Integer> aliases) {}

    /** A signature of a version. */
    public record SignatureInfo(String keyId, String value) {
        public static SignatureInfo of(VersionSignature signature) {
            return new SignatureInfo(signature.keyId(), signature.value());
        }

        public VersionSignature signature() {
            return new VersionSignature(keyId, value);
        }
    }

    /**
     * A version and what is known about it.
     *
     * @param manifest as it is read, which need not be how it is kept: its bytes, of which the digest is, have a path of their own
     * @param origin what it was called where it was exported, null if it was not imported
     */
    public record VersionInfo(
            String model,
            int version,
            String digest,
            String published,
            String by,
            String why,
            String licence,
            Map<String, String> tags,
            List<SignatureInfo> signatures,
            @Nullable String origin,
            JsonNode manifest) {
        public static VersionInfo of(VersionDetails details) {
            Version version = details.version();
            return new VersionInfo(
                    version.model(),
                    version.number(),
                    version.digest(),
                    version.published().toString(),
                    details.published().who(),
                    details.published().why(),
                    details.licence(),
                    details.tags(),
                    details.signatures().stream().map(SignatureInfo::of).toList(),
                    details.origin(),
                    Documents.read(ManifestJson.write(version.manifest()), JsonNode.class));
        }

        public VersionDetails details() {
            byte[] json = Documents.write(manifest);
            Version read = new Version(
                    Require.name(model, "model"),
                    Require.positive(version, "version"),
                    digest,
                    instant("published", published),
                    ManifestJson.read(json, "of version " + model + ":" + version));
            return new VersionDetails(
                    read,
                    new Change(by, why),
                    ImmutableMap.copyOf(tags),
                    signatures.stream().map(SignatureInfo::signature).collect(ImmutableList.toImmutableList()),
                    origin);
        }
    }

    /** Versions, in an order that the request decides. */
    public record VersionList(
            List<VersionInfo> versions, @Nullable Integer next) {}

    /** Where an alias is to point. */
    public record AliasTarget(int version) {}

    /** Where the aliases of a model point. */
    public record AliasList(Map<String, Integer> aliases) {}

    /** Something that happened to an alias. */
    public record AliasEvent(int version, String at, String by, String why) {
        public static AliasEvent of(AliasChange change) {
            return new AliasEvent(
                    change.number(),
                    change.at().toString(),
                    change.change().who(),
                    change.change().why());
        }

        public AliasChange change(String alias) {
            return new AliasChange(alias, version, instant("at", at), new Change(by, why));
        }
    }

    /** What happened to an alias, oldest first. */
    public record AliasHistory(String alias, List<AliasEvent> changes) {}

    /** What a tag is to be. */
    public record TagValue(String value) {}

    /** Something that happened to a model. */
    public record ModelEvent(
            String at,
            String action,
            int version,
            String subject,
            @Nullable String value,
            String by,
            String why) {
        public static ModelEvent of(RegistryEvent event) {
            return new ModelEvent(
                    event.at().toString(),
                    Words.of(event.action()),
                    event.version(),
                    event.subject(),
                    event.value(),
                    event.change().who(),
                    event.change().why());
        }

        public RegistryEvent event() {
            return new RegistryEvent(
                    instant("at", at),
                    Words.read(RegistryEvent.Action.class, "action", action),
                    version,
                    subject,
                    value,
                    new Change(by, why));
        }
    }

    /** What happened to a model, oldest first. */
    public record ModelHistory(List<ModelEvent> events) {}

    /**
     * What must hold for a version: of a tag, or of a metric.
     *
     * @param value of the tag, null for any
     * @param comparison of the metric with the bound, such as {@code at_least}
     */
    public record Condition(
            @Nullable String tag,
            @Nullable String value,
            @Nullable String metric,
            @Nullable String comparison,
            @Nullable Double bound) {
        static Condition of(VersionQuery.Condition condition) {
            if (condition instanceof VersionQuery.Condition.Tag tag) {
                return new Condition(tag.name(), tag.value(), null, null, null);
            }
            VersionQuery.Condition.Metric metric = (VersionQuery.Condition.Metric) condition;
            return new Condition(null, null, metric.name(), Words.of(metric.comparison()), metric.value());
        }

        VersionQuery.Condition condition() {
            if (tag != null && metric == null && comparison == null && bound == null) {
                return new VersionQuery.Condition.Tag(tag, value);
            }
            if (metric != null && comparison != null && bound != null && tag == null && value == null) {
                Require.that(!Double.isNaN(bound), "bound", bound, "a number");
                return new VersionQuery.Condition.Metric(
                        metric, Words.read(VersionQuery.Comparison.class, "comparison", comparison), bound);
            }
            throw Require.failure(
                    "condition", this, "a tag, with or without a value, or a metric with comparison and bound");
        }
    }

    /**
     * Which versions are looked for.
     *
     * @param model null for all
     * @param where all of them must hold; null for none
     * @param byMetric in which order; null for by name and number
     * @param descending the greatest first; null for the least
     * @param limit null for all
     */
    public record Search(
            @Nullable String model,
            @Nullable List<Condition> where,
            @Nullable String byMetric,
            @Nullable Boolean descending,
            @Nullable Integer limit) {
        public static Search of(VersionQuery query) {
            VersionQuery.Order order = query.order();
            return new Search(
                    query.model(),
                    query.conditions().stream().map(Condition::of).toList(),
                    order == null ? null : order.metric(),
                    order == null ? null : order.descending(),
                    query.limit());
        }

        public VersionQuery query() {
            VersionQuery query = model == null ? VersionQuery.all() : VersionQuery.of(model);
            for (Condition each : where == null ? List.<Condition>of() : where) {
                query = query.where(each.condition());
            }
            if (byMetric != null) {
                query = Boolean.TRUE.equals(descending) ? query.byMetricDescending(byMetric) : query.byMetric(byMetric);
            }
            return limit == null ? query : query.first(limit);
        }
    }

    static Instant instant(String what, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    what + ": " + Require.quote(text) + " (expected: a time by ISO 8601)", e);
        }
    }
}

package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.registry.VersionQuery.Comparison;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VersionQueryTest {
    private static final List<VersionDetails> ALL = List.of(
            details("digits", 1, Map.of("stage", "prod"), Map.of("accuracy", 0.9)),
            details("digits", 2, Map.of("stage", "test"), Map.of("accuracy", 0.95)),
            details("digits", 10, Map.of("stage", "prod"), Map.of("accuracy", Double.NaN)),
            details("iris", 1, Map.of("stage", "prod", "team", "a"), Map.of("accuracy", 0.97)),
            details("iris", 2, Map.of(), Map.of("loss", 0.1)));

    private static VersionDetails details(
            String model, int number, Map<String, String> tags, Map<String, Double> metrics) {
        Manifest manifest =
                new Manifest(Artifacts.SIGNATURE, Lineage.unknown().withMetrics(metrics), "", Map.of(), Map.of(), 0);
        return new VersionDetails(
                new Version(model, number, "", Instant.EPOCH, manifest),
                Change.unsaid(),
                ImmutableMap.copyOf(tags),
                ImmutableList.of(),
                null);
    }

    private static List<String> found(VersionQuery query) {
        return query.of(ALL.stream()).stream()
                .map(each -> each.version().title())
                .toList();
    }

    @Test
    void withoutConditionsAllAreFoundByNameAndNumber() {
        assertThat(found(VersionQuery.all())).containsExactly("digits:1", "digits:2", "digits:10", "iris:1", "iris:2");
    }

    @Test
    void everyConditionMustHold() {
        VersionQuery prod = VersionQuery.all().whereTag("stage", "prod");
        assertThat(found(prod)).containsExactly("digits:1", "digits:10", "iris:1");
        assertThat(found(prod.whereTag("team"))).containsExactly("iris:1");
        assertThat(found(prod.whereMetric("accuracy", Comparison.AT_LEAST, 0.9)))
                .containsExactly("digits:1", "iris:1");
        assertThat(found(prod.whereMetric("accuracy", Comparison.ABOVE, 0.9))).containsExactly("iris:1");
        assertThat(found(prod.whereMetric("accuracy", Comparison.AT_MOST, 0.9))).containsExactly("digits:1");
        assertThat(found(prod.whereMetric("accuracy", Comparison.BELOW, 0.9))).isEmpty();
        assertThat(found(prod.whereTag("stage", "test"))).isEmpty();
    }

    @Test
    void whatHasNoFigureComesLast() {
        assertThat(found(VersionQuery.all().byMetric("accuracy")))
                .containsExactly("digits:1", "digits:2", "iris:1", "digits:10", "iris:2");
        assertThat(found(VersionQuery.all().byMetricDescending("accuracy")))
                .containsExactly("iris:1", "digits:2", "digits:1", "digits:10", "iris:2");
        assertThat(found(VersionQuery.all().byMetricDescending("accuracy").first(1)))
                .containsExactly("iris:1");
    }

    @Test
    void refusesWhatComparesWithNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VersionQuery.all().whereMetric("a", Comparison.ABOVE, Double.NaN))
                .withMessage("value: NaN (expected: a number)");
        assertThatIllegalArgumentException().isThrownBy(() -> VersionQuery.all().first(0));
    }
}

package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ModelNotFoundException;
import io.maas.registry.RegistryEvent.Action;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionNotesTest {
    private static final Instant NOW = Instant.parse("2024-02-29T12:00:00Z");
    private static final Change ANNA = new Change("anna", "a test");
    private static final Change BERT = new Change("bert", "für\tzwei \"Gründe\"\nund 数字");

    @TempDir
    Path folder;

    private StoredModelRegistry registry;

    @BeforeEach
    void open() {
        registry = reopen();
    }

    private StoredModelRegistry reopen() {
        return StoredModelRegistry.on(
                FileRegistryStore.open(folder.resolve("registry"), new UnsyncedDisk(), Duration.ofSeconds(30)),
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void everyChangeSaysWhoWhenAndWhy() {
        Version first = registry.publish("digits", Artifacts.of(1), Publication.by("anna", "a test"));
        registry.publish("digits", Artifacts.of(2));
        registry.setAlias("digits", "champion", 1, ANNA);
        registry.setAlias("digits", "champion", 2, BERT);
        registry.rollback("digits", "champion", BERT);
        registry.setTag("digits", 1, "stage", "prod", ANNA);
        registry.setTag("digits", 1, "stage", null, BERT);
        registry.delete("digits", 2, ANNA);
        for (StoredModelRegistry any : List.of(registry, reopen())) {
            assertThat(any.history("digits"))
                    .containsExactly(
                            new RegistryEvent(NOW, Action.PUBLISH, 1, "", null, ANNA),
                            new RegistryEvent(NOW, Action.PUBLISH, 2, "", null, Change.unsaid()),
                            new RegistryEvent(NOW, Action.ALIAS, 1, "champion", null, ANNA),
                            new RegistryEvent(NOW, Action.ALIAS, 2, "champion", null, BERT),
                            new RegistryEvent(NOW, Action.ROLLBACK, 1, "champion", null, BERT),
                            new RegistryEvent(NOW, Action.TAG, 1, "stage", "prod", ANNA),
                            new RegistryEvent(NOW, Action.TAG, 1, "stage", null, BERT),
                            new RegistryEvent(NOW, Action.DELETE, 2, "", null, ANNA));
            assertThat(any.details(first).published()).isEqualTo(ANNA);
            assertThat(any.aliasHistory("digits", "champion"))
                    .extracting(AliasChange::change)
                    .containsExactly(ANNA, BERT, BERT);
        }
    }

    @Test
    void tagsThatAreSetStandInForThoseOfTheManifest() {
        Version version = registry.publish("digits", Artifacts.of(1).withTag("stage", "test"));
        assertThat(registry.details(version).tags()).isEqualTo(Map.of("team", "a<b", "stage", "test"));
        registry.setTag("digits", 1, "stage", "prod", ANNA);
        registry.setTag("digits", 1, "owner", "", ANNA);
        registry.setTag("digits", 1, "team", null, ANNA);
        assertThat(registry.details(version).tags()).isEqualTo(Map.of("stage", "prod", "owner", ""));
        assertThat(reopen().details("digits")).containsExactly(registry.details(version));
        assertThat(registry.version("digits", 1)).isEqualTo(version);
        assertThat(version.manifest().tags()).isEqualTo(Map.of("team", "a<b", "stage", "test"));
    }

    @Test
    void licenceAndDescriptionGoWithTheVersion() {
        Version version = registry.publish(
                "digits", Artifacts.of(1).withLicence("Apache-2.0").withDescription("digits"));
        assertThat(registry.details(version).licence()).isEqualTo("Apache-2.0");
        assertThat(registry.details(version).description()).isEqualTo("digits");
        assertThat(registry.details(registry.publish("iris", Artifacts.of(1))).licence())
                .isEmpty();
    }

    @Test
    void findsVersionsByTagsAsTheyAreNow() {
        registry.publish("digits", Artifacts.of(1));
        registry.publish("digits", Artifacts.of(2));
        registry.publish("iris", Artifacts.of(3));
        registry.setTag("digits", 2, "stage", "prod", ANNA);
        registry.setTag("iris", 1, "stage", "prod", ANNA);
        assertThat(titles(VersionQuery.all().whereTag("stage", "prod"))).containsExactly("digits:2", "iris:1");
        assertThat(titles(VersionQuery.of("digits"))).containsExactly("digits:1", "digits:2");
        assertThat(titles(VersionQuery.of("none"))).isEmpty();
    }

    private List<String> titles(VersionQuery query) {
        return registry.search(query).stream()
                .map(details -> details.version().title())
                .toList();
    }

    @Test
    void refusesTextsThatWouldNotBeReadBackOrShown() {
        registry.publish("digits", Artifacts.of(1));
        List<RegistryEvent> before = registry.history("digits");
        for (String odd : List.of("\ud800", "a\u0000", "\u001b[31m", "\r", "\u0085", "x".repeat(5_000))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.setTag("digits", 1, "a", odd, ANNA))
                    .withMessageStartingWith("value: \"");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.setAlias("digits", "a", 1, new Change(odd, "")))
                    .withMessageStartingWith("who: \"");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.delete("digits", 1, new Change("", odd)))
                    .withMessageStartingWith("why: \"");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.publish("digits", Artifacts.of(2), Publication.by(odd, "")))
                    .withMessageStartingWith("who: \"");
        }
        assertThat(registry.history("digits")).isEqualTo(before);
    }

    @Test
    void notesAreOfVersionsThatThereAre() {
        Version version = registry.publish("digits", Artifacts.of(1));
        assertThatThrownBy(() -> registry.setTag("digits", 2, "a", "b", ANNA))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.history("none")).isInstanceOf(ModelNotFoundException.class);
        registry.publish("digits", Artifacts.of(2));
        registry.delete("digits", 1);
        assertThatThrownBy(() -> registry.details(version)).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void whatIsInServiceIsNotDeleted() {
        for (int i = 1; i <= 4; i++) {
            registry.publish("digits", Artifacts.of(i));
        }
        registry.journal().append("digits", "deploy", Map.of(Journal.IN_SERVICE, "1,3"));
        assertThatIllegalStateException()
                .isThrownBy(() -> reopen().delete("digits", 3))
                .withMessage("version digits:3 is in use: it is deployed; expected no deployment of it; deploy another"
                        + " version or undeploy the model first");
        registry.delete("digits", 2);
        registry.journal().append("digits", "deploy", Map.of(Journal.IN_SERVICE, "3"));
        registry.delete("digits", 1);
        registry.journal().append("digits", "undeploy", Map.of(Journal.IN_SERVICE, ""));
        registry.delete("digits", 3);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(4);
    }
}

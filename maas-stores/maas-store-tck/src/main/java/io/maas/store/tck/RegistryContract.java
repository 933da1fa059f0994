package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DuplicateVersionException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.RegistryException;
import io.maas.model.Artifact;
import io.maas.registry.AliasChange;
import io.maas.registry.Journal;
import io.maas.registry.LogName;
import io.maas.registry.ModelRegistry;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users of a registry see, whatever store it is on. */
abstract class RegistryContract {
    private static final Instant NOW = Instant.parse("2024-02-29T12:00:00.123456789Z");

    private final RegistryStoreContract fixture;
    private StoredModelRegistry registry;

    RegistryContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        registry = another();
    }

    /** As another process would open it. */
    private StoredModelRegistry another() throws IOException {
        return StoredModelRegistry.on(fixture.open(), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private void publish(String name, int count) {
        for (int i = 1; i <= count; i++) {
            registry.publish(name, SampleArtifacts.of(i));
        }
    }

    @Test
    void publishesListsAndLoads() throws IOException {
        Version first = registry.publish("digits", SampleArtifacts.of(1));
        Version second = registry.publish("digits", SampleArtifacts.of(2));
        registry.publish("iris", SampleArtifacts.of(1));

        for (ModelRegistry any : List.of(registry, another())) {
            assertThat(any.models()).containsExactly("digits", "iris");
            assertThat(any.versions("digits")).containsExactly(first, second);
            assertThat(any.version("digits", 2)).isEqualTo(second);
            assertThat(any.resolve("digits", "latest")).isEqualTo(second);
            assertThat(any.resolve("digits", "1")).isEqualTo(first);
            Artifact loaded = any.load(second);
            assertThat(loaded.manifest()).isEqualTo(SampleArtifacts.of(2).manifest());
            assertThat(loaded.model().read())
                    .isEqualTo(SampleArtifacts.of(2).model().read());
            assertThat(loaded.model().size()).isEqualTo(2_000);
            assertThat(loaded.file(SampleArtifacts.SHARED_FILE)
                            .asCharSource(StandardCharsets.UTF_8)
                            .read())
                    .isEqualTo("the same");
        }
        assertThat(first.title()).isEqualTo("digits:1");
        assertThat(first.published()).isEqualTo(NOW);
        assertThat(first.digest()).matches("[0-9a-f]{64}");
    }

    @Test
    void pointsAliasesAndWalksThemBack() throws IOException {
        publish("digits", 3);
        registry.setAlias("digits", "champion", 1);
        registry.setAlias("digits", "champion", 2);
        registry.setAlias("digits", "champion", 2);
        registry.setAlias("digits", "champion", 3);
        registry.setAlias("digits", "a.b-c_d", 3);
        assertThat(another().aliases("digits")).containsExactly(Map.entry("a.b-c_d", 3), Map.entry("champion", 3));
        assertThat(registry.resolve("digits", "champion").number()).isEqualTo(3);

        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(2);
        assertThat(another().rollback("digits", "champion").number()).isEqualTo(1);
        assertThat(registry.aliases("digits")).containsEntry("champion", 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.rollback("digits", "champion"))
                .withMessage("alias champion of model digits points at version 1 and never pointed at another one that"
                        + " still exists; expected an earlier version; set the alias instead");
        assertThat(registry.aliasHistory("digits", "champion"))
                .extracting(AliasChange::number)
                .containsExactly(1, 2, 3, 2, 1);
        assertThat(another().aliasHistory("digits", "champion"))
                .isEqualTo(registry.aliasHistory("digits", "champion"))
                .first()
                .isEqualTo(new AliasChange("champion", 1, NOW));
    }

    @Test
    void aRollbackSkipsDeletedVersionsAndStartsAnewAfterTheNextAlias() throws IOException {
        publish("digits", 4);
        for (int number : new int[] {1, 2, 1, 3}) {
            registry.setAlias("digits", "champion", number);
        }
        registry.delete("digits", 2);
        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> registry.rollback("digits", "champion"));
        registry.setAlias("digits", "champion", 4);
        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(1);
    }

    @Test
    void neverGivesANumberTwice() throws IOException {
        publish("digits", 3);
        registry.delete("digits", 3);
        registry.delete("digits", 2);
        assertThat(another().publish("digits", SampleArtifacts.of(3)).number()).isEqualTo(4);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1, 4);
        registry.delete("digits", 1);
        registry.delete("digits", 4);
        assertThat(registry.models()).isEmpty();
        assertThatThrownBy(() -> registry.versions("digits")).isInstanceOf(ModelNotFoundException.class);
        assertThat(registry.publish("digits", SampleArtifacts.of(1)).number()).isEqualTo(5);
    }

    @Test
    void refusesTheSameContentAgain() throws IOException {
        registry.publish("digits", SampleArtifacts.of(1));
        assertThatThrownBy(() -> another().publish("digits", SampleArtifacts.of(1)))
                .isInstanceOfSatisfying(
                        DuplicateVersionException.class,
                        e -> assertThat(e.existingVersion()).isEqualTo(1))
                .hasMessage("model digits has this content already as version 1; expected new content; use version 1,"
                        + " or set an alias to it");
        assertThat(registry.publish("digits", SampleArtifacts.of(1).withTag("stage", "2"))
                        .number())
                .isEqualTo(2);
    }

    @Test
    void refusesToDeleteWhatAnAliasPointsAt() throws IOException {
        publish("digits", 2);
        registry.setAlias("digits", "champion", 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.delete("digits", 1))
                .withMessage(
                        "version digits:1 is in use: alias champion points at it; expected no alias; set the alias to"
                                + " another version first");
        registry.setAlias("digits", "champion", 2);
        registry.delete("digits", 1);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(2);
    }

    @Test
    void saysWhatThereIsWhenSomethingIsNot() throws IOException {
        publish("digits", 25);
        registry.setAlias("digits", "champion", 1);
        assertThatThrownBy(() -> registry.version("digitz", 1))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no model \"digitz\"; found: [digits]");
        assertThatThrownBy(() -> registry.version("digits", 26))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage(
                        "no version 26 of model digits; found: [25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12,"
                                + " 11, 10, 9, 8, 7, 6] and 5 more");
        assertThatThrownBy(() -> registry.rollback("digits", "champ"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no alias \"champ\" of model digits; found: [champion]");
        assertThatThrownBy(() -> registry.resolve("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliasHistory("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 99))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.delete("digits", 0)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliases("nothing")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.resolve("nothing", "latest")).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void seesWhatAnotherInstanceDoes() throws IOException {
        ModelRegistry other = another();
        registry.publish("digits", SampleArtifacts.of(1));
        assertThat(other.versions("digits")).hasSize(1);
        other.publish("digits", SampleArtifacts.of(2));
        other.setAlias("digits", "champion", 2);
        assertThat(registry.resolve("digits", "champion").number()).isEqualTo(2);
        other.setAlias("digits", "champion", 1);
        other.delete("digits", 2);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1);
    }

    @Test
    void refusesNamesThatDifferOnlyInCase() throws IOException {
        publish("digits", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.publish("Digits", SampleArtifacts.of(1)))
                .withMessage("model: \"Digits\" (expected: a name that differs from model digits in more than upper and"
                        + " lower case)");
        assertThat(registry.models()).containsExactly("digits");
    }

    @Test
    void theJournalKeepsWhatHappenedInOrder() throws IOException {
        Journal journal = registry.journal();
        assertThat(journal.models()).isEmpty();
        assertThat(journal.entries("digits")).isEmpty();
        journal.append("digits", "deploy", Map.of("version", "1", "why", "\u00fcber \"alles\"\n"));
        another().journal().append("iris", "deploy", Map.of());
        journal.append("digits", "rollback", Map.of());
        Journal again = another().journal();
        assertThat(again.models()).containsExactly("digits", "iris");
        assertThat(again.entries("digits"))
                .containsExactly(
                        new Journal.Entry(NOW, "deploy", Map.of("version", "1", "why", "\u00fcber \"alles\"\n")),
                        new Journal.Entry(NOW, "rollback", Map.of()));
        assertThat(registry.models()).isEmpty();
    }

    @Test
    void aDamagedLogIsNeverBelieved() throws IOException {
        publish("digits", 2);
        registry.publish("iris", SampleArtifacts.of(1));
        registry.journal().append("digits", "deploy", Map.of());
        for (LogName.Kind kind : LogName.Kind.values()) {
            fixture.damage(new LogName(kind, "digits"));
        }
        assertThatThrownBy(() -> another().versions("digits"))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("log of model digits in registry ")
                .hasMessageContaining(" is damaged: ")
                .hasMessageEndingWith("; restore it from a backup");
        assertThatThrownBy(() -> another().setAlias("digits", "champion", 1)).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> another().collectGarbage()).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> another().journal().entries("digits"))
                .isInstanceOf(RegistryException.class)
                .hasMessageStartingWith("log of deployment digits in registry ");
        assertThat(another().versions("iris")).hasSize(1);
    }
}

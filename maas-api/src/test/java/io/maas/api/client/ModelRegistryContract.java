package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.maas.api.Models;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Manifest;
import io.maas.registry.AliasChange;
import io.maas.registry.Change;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Publication;
import io.maas.registry.RegistryEvent;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.Version;
import io.maas.registry.VersionDetails;
import io.maas.registry.VersionQuery;
import io.maas.registry.VersionQuery.Comparison;
import io.maas.registry.signing.SigningKey;
import io.maas.registry.signing.Statement;
import io.maas.registry.signing.VersionSignature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users of a registry see, wherever it is. */
abstract class ModelRegistryContract {
    private static final String WHY = "w\u00e4hrend \"der\" Pr\u00fcfung, 100 %\nzweite Zeile";

    private RegistrySource source;
    private ModelRegistry registry;

    /** Where a registry comes from that nothing was published in. */
    interface RegistrySource extends AutoCloseable {
        ModelRegistry registry();

        @Override
        void close();
    }

    abstract RegistrySource open();

    @BeforeEach
    void openRegistry() {
        source = open();
        registry = source.registry();
    }

    @AfterEach
    void closeRegistry() {
        source.close();
    }

    private static Artifact artifact(int seed) {
        Lineage lineage = new Lineage(
                null, Long.MIN_VALUE + 1, Map.of("optimizer", "adam(0.001)"), Map.of("accuracy", 0.1 * seed), "1.0");
        return Models.affine(seed)
                .withLineage(lineage)
                .withDescription("f\u00fcr Tests")
                .withTag("team", "a<b")
                .withFile("text/vocabulary.txt", ByteSource.wrap("the same".getBytes(StandardCharsets.UTF_8)));
    }

    private void publish(String name, int count) {
        for (int i = 1; i <= count; i++) {
            registry.publish(name, artifact(i));
        }
    }

    private static Change because(String why) {
        return new Change("somebody", why);
    }

    @Test
    void publishesListsAndLoads() throws IOException {
        assertThat(registry.models()).isEmpty();
        Version first = registry.publish("digits", artifact(1));
        Version second = registry.publish("digits", artifact(2), Publication.by("somebody", WHY));
        registry.publish("iris", artifact(1));

        assertThat(registry.models()).containsExactly("digits", "iris");
        assertThat(first.title()).isEqualTo("digits:1");
        assertThat(first.manifest()).isEqualTo(artifact(1).manifest());
        assertThat(registry.versions("digits")).containsExactly(first, second);
        assertThat(registry.version("digits", 2)).isEqualTo(second);
        assertThat(registry.resolve("digits", "latest")).isEqualTo(second);
        assertThat(registry.resolve("digits", "1")).isEqualTo(first);
        assertThat(Hashing.sha256().hashBytes(registry.manifest(second)).toString())
                .isEqualTo(second.digest());

        Artifact loaded = registry.load(second);
        assertThat(loaded.manifest()).isEqualTo(artifact(2).manifest());
        assertThat(loaded.model().read()).isEqualTo(artifact(2).model().read());
        assertThat(loaded.file("text/vocabulary.txt")
                        .asCharSource(StandardCharsets.UTF_8)
                        .read())
                .isEqualTo("the same");
        VersionDetails details = registry.details(second);
        assertThat(details.published().why()).isEqualTo(WHY);
        assertThat(details.origin()).isNull();
        assertThat(details.signatures()).isEmpty();
        assertThat(details.tags()).containsExactly(Map.entry("team", "a<b"));
        assertThat(registry.details("digits")).hasSize(2).last().isEqualTo(details);
    }

    @Test
    void givesWhatOtherRegistriesImport() throws IOException {
        Version version = registry.publish("digits", artifact(1));
        ByteArrayOutputStream once = new ByteArrayOutputStream();
        registry.archive(version).bytes().copyTo(once);
        assertThat(registry.archive(version).bytes().read()).isEqualTo(once.toByteArray());
        assertThat(registry.archive(version).bytes().size()).isEqualTo(once.size());
    }

    @Test
    void pointsAliasesAndWalksThemBack() {
        publish("digits", 3);
        for (int number : new int[] {1, 2, 2, 3}) {
            registry.setAlias("digits", "champion", number, because("to " + number));
        }
        registry.setAlias("digits", "a.b-c_d", 3);
        assertThat(registry.aliases("digits")).containsExactly(Map.entry("a.b-c_d", 3), Map.entry("champion", 3));
        assertThat(registry.resolve("digits", "champion").number()).isEqualTo(3);

        assertThat(registry.rollback("digits", "champion").number()).isEqualTo(2);
        assertThat(registry.rollback("digits", "champion", because("again")).number())
                .isEqualTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.rollback("digits", "champion"))
                .withMessage("alias champion of model digits points at version 1 and never pointed at another one that"
                        + " still exists; expected an earlier version; set the alias instead");
        assertThat(registry.aliasHistory("digits", "champion"))
                .extracting(AliasChange::number)
                .containsExactly(1, 2, 3, 2, 1);
        assertThat(registry.aliasHistory("digits", "champion"))
                .extracting(change -> change.change().why())
                .containsExactly("to 1", "to 2", "to 3", "", "again");
    }

    @Test
    void neverGivesANumberTwice() {
        publish("digits", 3);
        registry.delete("digits", 3);
        registry.delete("digits", 2, because("old"));
        assertThat(registry.publish("digits", artifact(3)).number()).isEqualTo(4);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(1, 4);
        registry.delete("digits", 1);
        registry.delete("digits", 4);
        assertThat(registry.models()).isEmpty();
        assertThatThrownBy(() -> registry.versions("digits")).isInstanceOf(ModelNotFoundException.class);
        assertThat(registry.publish("digits", artifact(1)).number()).isEqualTo(5);
    }

    @Test
    void refusesTheSameContentAgain() {
        registry.publish("digits", artifact(1));
        registry.publish("digits", artifact(2));
        assertThatThrownBy(() -> registry.publish("digits", artifact(2)))
                .isInstanceOfSatisfying(
                        DuplicateVersionException.class,
                        e -> assertThat(e.existingVersion()).isEqualTo(2))
                .hasMessage("model digits has this content already as version 2; expected new content; use version 2,"
                        + " or set an alias to it");
        assertThat(registry.publish("digits", artifact(1).withTag("stage", "2")).number())
                .isEqualTo(3);
    }

    @Test
    void refusesToDeleteWhatAnAliasPointsAt() {
        publish("digits", 2);
        registry.setAlias("digits", "champion", 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> registry.delete("digits", 1))
                .withMessage("version digits:1 is in use: alias champion points at it; expected no alias; set the alias"
                        + " to another version first");
        registry.setAlias("digits", "champion", 2);
        registry.delete("digits", 1);
        assertThat(registry.versions("digits")).extracting(Version::number).containsExactly(2);
        assertThat(registry.collectGarbage()).isPositive();
        assertThat(registry.collectGarbage()).isZero();
    }

    @Test
    void saysWhatThereIsWhenSomethingIsNot() {
        publish("digits", 2);
        registry.setAlias("digits", "champion", 1);
        assertThatThrownBy(() -> registry.version("digitz", 1))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no model \"digitz\"; found: [digits]");
        assertThatThrownBy(() -> registry.version("digits", 26))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no version 26 of model digits; found: [2, 1]");
        assertThatThrownBy(() -> registry.version("digits", -1)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.rollback("digits", "champ"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessage("no alias \"champ\" of model digits; found: [champion]");
        assertThatThrownBy(() -> registry.resolve("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.resolve("digits", "../champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliasHistory("digits", "champ")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 99))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.delete("digits", 0)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.aliases("nothing")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.history("nothing")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.resolve("nothing", "latest")).isInstanceOf(ModelNotFoundException.class);

        Version gone = new Version(
                "digits",
                1,
                "0".repeat(64),
                registry.version("digits", 1).published(),
                artifact(1).manifest());
        assertThatThrownBy(() -> registry.load(gone)).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> registry.details(gone)).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void refusesNamesThatAreNotAllowed() {
        for (String name :
                List.of("", ".", "..", "../digits", "a/b", "a\\b", "-a", "a b", "\u00fc", "a.", "NUL", "con.txt")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> registry.publish(name, artifact(1)))
                    .withMessageStartingWith("model: ");
            assertThatIllegalArgumentException().isThrownBy(() -> registry.versions(name));
            assertThatIllegalArgumentException().isThrownBy(() -> registry.delete(name, 1));
        }
        assertThat(registry.models()).isEmpty();
    }

    @Test
    void refusesOtherNamesAndTextsThatAreNotAllowed() {
        publish("digits", 1);
        assertThatIllegalArgumentException().isThrownBy(() -> registry.setAlias("digits", "latest", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> registry.setAlias("digits", "12", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> registry.setAlias("digits", "a/b", 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.setTag("digits", 1, "a b", "x", Change.unsaid()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.setTag("digits", 1, "a", "x".repeat(1025), Change.unsaid()));
        assertThatIllegalArgumentException().isThrownBy(() -> registry.setAlias("digits", "a", 1, because("\u0000")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.publish("Digits", artifact(1)))
                .withMessage("model: \"Digits\" (expected: a name that differs from model digits in more than upper and"
                        + " lower case)");
        assertThat(registry.history("digits")).hasSize(1);
    }

    @Test
    void notesTagsAndFindsVersionsByThem() {
        publish("digits", 3);
        registry.publish("iris", artifact(1));
        registry.setTag("digits", 2, "stage", "pr\u00fcf", because("tried"));
        registry.setTag("digits", 2, "team", null, Change.unsaid());
        registry.setTag("digits", 3, Artifact.LICENCE_TAG, "Apache-2.0", Change.unsaid());

        assertThat(registry.details(registry.version("digits", 2)).tags())
                .containsExactly(Map.entry("stage", "pr\u00fcf"));
        assertThat(registry.details(registry.version("digits", 3)).licence()).isEqualTo("Apache-2.0");
        assertThat(titles(VersionQuery.all().whereTag("team"))).containsExactly("digits:1", "digits:3", "iris:1");
        assertThat(titles(VersionQuery.of("digits").whereTag("stage", "pr\u00fcf")))
                .containsExactly("digits:2");
        assertThat(titles(VersionQuery.all()
                        .whereMetric("accuracy", Comparison.AT_LEAST, 0.1)
                        .whereMetric("accuracy", Comparison.BELOW, Double.POSITIVE_INFINITY)
                        .byMetricDescending("accuracy")
                        .first(3)))
                .containsExactly("digits:3", "digits:2", "digits:1");
        assertThat(titles(VersionQuery.of("nothing"))).isEmpty();
        assertThat(registry.history("digits"))
                .extracting(RegistryEvent::action, RegistryEvent::version, RegistryEvent::subject, RegistryEvent::value)
                .endsWith(
                        tuple(Action.TAG, 2, "stage", "pr\u00fcf"),
                        tuple(Action.TAG, 2, "team", null),
                        tuple(Action.TAG, 3, "licence", "Apache-2.0"));
    }

    private List<String> titles(VersionQuery query) {
        return registry.search(query).stream()
                .map(each -> each.version().title())
                .toList();
    }

    @Test
    void signsAtOnceAndLater() {
        SigningKey key = SigningKey.generate();
        publish("digits", 1);
        registry.publish("digits", artifact(7));
        registry.delete("digits", 2);
        Version signed = registry.publish(
                "digits", artifact(2), Publication.by("me", "why").signedBy(key));
        Version first =
                registry.publish("iris", artifact(2), Publication.unsaid().signedBy(key));
        assertThat(signed.number()).isEqualTo(3);
        for (Version each : List.of(signed, first)) {
            VersionSignature signature = registry.details(each).signatures().get(0);
            assertThat(key.verifyingKey().verifies(statement(each), signature)).isTrue();
        }

        Version later = registry.version("digits", 1);
        registry.sign(later, key, because("afterwards"));
        assertThat(registry.details(later).signatures()).hasSize(1);
        assertThat(registry.history("digits"))
                .last()
                .extracting(RegistryEvent::action)
                .isEqualTo(Action.SIGN);
    }

    private static Statement statement(Version version) {
        return new Statement(version.model(), version.number(), version.digest());
    }

    @Test
    void refusesFilesThatAreNotWhatTheManifestSays() {
        Artifact whole = artifact(1);
        Artifact lying = Artifact.stored(whole.manifest(), entry -> {
            byte[] bytes = new byte[(int) entry.size()];
            bytes[0] = 1;
            return ByteSource.wrap(bytes);
        });
        assertThatThrownBy(() -> registry.publish("digits", lying)).isInstanceOf(ArtifactRejectedException.class);
        Artifact shorter = Artifact.stored(whole.manifest(), entry -> ByteSource.empty());
        assertThatThrownBy(() -> registry.publish("digits", shorter)).isInstanceOf(ArtifactRejectedException.class);
        assertThat(registry.models()).isEmpty();
    }

    @Test
    void keepsFilesWhateverTheirSize() throws IOException {
        byte[] large = new byte[9_000_001];
        new Random(1).nextBytes(large);
        Version version = registry.publish(
                "digits",
                artifact(1).withFile("large.bin", ByteSource.wrap(large)).withFile("empty.txt", ByteSource.empty()));
        Map<String, Manifest.FileEntry> files = version.manifest().files();
        assertThat(Objects.requireNonNull(files.get("large.bin")).size()).isEqualTo(large.length);
        assertThat(registry.load(version).file("large.bin").read()).isEqualTo(large);
        assertThat(registry.load(version).file("empty.txt").read()).isEmpty();
    }
}

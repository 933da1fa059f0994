package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.registry.ModelState.Release;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.signing.SigningKey;
import io.maas.registry.signing.TrustPolicy;
import io.maas.registry.signing.VersionSignature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedVersionsTest {
    private static final Change CHANGE = new Change("anna", "a test");

    private final SigningKey ours = SigningKey.generate();
    private final SigningKey theirs = SigningKey.generate();
    private final Publication signed = Publication.by("anna", "a test").signedBy(ours);

    @TempDir
    Path folder;

    private volatile TrustPolicy policy = TrustPolicy.open();

    private StoredModelRegistry registry;

    @BeforeEach
    void open() {
        registry =
                Artifacts.open(folder.resolve("registry"), new UnsyncedDisk()).trusting(() -> policy);
    }

    private void requireOurs() {
        policy = TrustPolicy.require(ours.verifyingKey());
    }

    private void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String why) {
        assertThatThrownBy(call)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("is not trusted: " + why);
    }

    @Test
    void aSignedVersionIsPublishedAndLoaded() throws IOException {
        requireOurs();
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        assertThat(registry.load(version).model().read())
                .isEqualTo(Artifacts.of(1).model().read());
        VersionSignature signature = registry.details(version).signatures().get(0);
        assertThat(signature.keyId()).isEqualTo(ours.verifyingKey().id());
    }

    @Test
    void whatIsNotSignedByATrustedKeyIsNotPublished() {
        requireOurs();
        refused(() -> registry.publish("digits", Artifacts.of(1)), "it is not signed");
        refused(
                () -> registry.publish(
                        "digits", Artifacts.of(1), Publication.unsaid().signedBy(theirs)),
                "it is signed by " + theirs.verifyingKey() + " only");
        assertThat(registry.models()).isEmpty();
        assertThat(registry.upkeep().statistics().blobs()).isZero();
    }

    @Test
    void aVersionFromBeforeThePolicyStaysListedAndIsRefusedUntilItIsSigned() {
        Version version = registry.publish("digits", Artifacts.of(1));
        requireOurs();
        assertThat(registry.versions("digits")).containsExactly(version);
        refused(
                () -> registry.load(version),
                "it is not signed (expected: a signature by " + ours.verifyingKey() + ")");
        registry.sign(version, theirs, CHANGE);
        refused(() -> registry.load(version), "it is signed by " + theirs.verifyingKey() + " only");
        registry.sign(version, ours, CHANGE);
        assertThat(registry.load(version).manifest()).isEqualTo(version.manifest());
        assertThat(registry.history("digits"))
                .extracting(RegistryEvent::action)
                .containsExactly(Action.PUBLISH, Action.SIGN, Action.SIGN);
    }

    @Test
    void revocationStopsLoadsAtOnceAlsoOfFilesOfWhatWasLoaded() throws IOException {
        requireOurs();
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        Artifact loaded = registry.load(version);
        assertThat(loaded.model().read()).hasSize(2_000);
        policy = policy.withRevoked(ours.verifyingKey().id());
        String why = "it is signed by " + ours.verifyingKey() + ", which was revoked";
        refused(() -> registry.load(version), why);
        refused(() -> loaded.model().read(), why);
        refused(() -> registry.publish("digits", Artifacts.of(2), signed), why);
        refused(() -> registry.sign(version, ours, CHANGE), why);
        assertThat(registry.versions("digits")).containsExactly(version);
    }

    @Test
    void anEarlierSignatureOfTheSameKeyIsReplaced() {
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        registry.sign(version, ours, CHANGE);
        registry.sign(version, theirs, CHANGE);
        assertThat(registry.details(version).signatures())
                .extracting(VersionSignature::keyId)
                .containsExactly(ours.verifyingKey().id(), theirs.verifyingKey().id());
    }

    @Test
    void aFalseSignatureByATrustedKeyIsNotAdded() {
        Version version = registry.publish("digits", Artifacts.of(1));
        policy = TrustPolicy.open().withTrusted(ours.verifyingKey());
        refused(
                () -> registry.sign(
                        version,
                        statement -> new VersionSignature(
                                ours.verifyingKey().id(), theirs.sign(statement).value()),
                        CHANGE),
                "its signature by " + ours.verifyingKey() + " does not hold");
        assertThat(registry.details(version).signatures()).isEmpty();
    }

    // ---- somebody who may write to the store, and knows how

    private void forge(String model, int number, Release like) throws IOException {
        Catalog catalog =
                new Catalog(new StoreAccess(FileRegistryStore.open(folder.resolve("registry"))), Clock.systemUTC());
        catalog.store()
                .write(() -> catalog.append(
                        catalog.state(model),
                        new LogEntry.Body(
                                Action.PUBLISH, number, like.digest(), null, like.signatures(), Change.unsaid())));
    }

    private Release release(Version version) {
        VersionDetails details = registry.details(version);
        return new Release(
                version.number(),
                version.digest(),
                version.published(),
                Change.unsaid(),
                null,
                details.signatures(),
                com.google.common.collect.ImmutableMap.of());
    }

    @Test
    void anOlderManifestCannotBeReplayedAsANewerVersion() throws IOException {
        requireOurs();
        Version old = registry.publish("digits", Artifacts.of(1), signed);
        registry.publish("digits", Artifacts.of(2), signed);
        forge("digits", 3, release(old));
        Version replayed = registry.resolve("digits", "latest");
        assertThat(replayed.digest()).isEqualTo(old.digest());
        refused(() -> registry.load(replayed), "its signature by " + ours.verifyingKey() + " does not hold");
        assertThat(registry.upkeep().check().findings())
                .extracting(Finding::kind)
                .containsExactly(Finding.Kind.UNTRUSTED_VERSION);
    }

    @Test
    void aSignedVersionCannotBeReplayedAsAnotherModel() throws IOException {
        requireOurs();
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        forge("iris", 1, release(version));
        refused(() -> registry.load(registry.version("iris", 1)), "its signature by ");
    }

    @Test
    void anotherManifestUnderTheSameSignatureIsRefused() throws IOException {
        Version other = registry.publish("other", Artifacts.of(2));
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        requireOurs();
        Release mixed = new Release(
                1,
                other.digest(),
                version.published(),
                Change.unsaid(),
                null,
                ImmutableList.copyOf(registry.details(version).signatures()),
                com.google.common.collect.ImmutableMap.of());
        forge("iris", 1, mixed);
        refused(() -> registry.load(registry.version("iris", 1)), "its signature by ");
    }

    // ---- the signature goes with the version

    @Test
    void aSignatureSurvivesExportAndImportUnderTheSameNumber() throws IOException {
        requireOurs();
        registry.publish("digits", Artifacts.of(1), signed);
        Version version = registry.publish("digits", Artifacts.of(2), signed);
        Path file = folder.resolve("digits-2.tar");
        registry.exportVersion(version, file);
        StoredModelRegistry other =
                Artifacts.open(folder.resolve("other"), new UnsyncedDisk()).trusting(() -> policy);
        Version imported = other.importVersion("digits", file, CHANGE);
        assertThat(imported.number()).isEqualTo(2);
        assertThat(other.load(imported).model().read())
                .isEqualTo(Artifacts.of(2).model().read());
        assertThat(other.details(imported).signatures())
                .isEqualTo(registry.details(version).signatures());
        refused(() -> other.importVersion("zahlen", file, CHANGE), "it is not signed");
    }

    @Test
    void underAnotherNumberTheSignatureIsLeftBehind() {
        Version version = registry.publish("digits", Artifacts.of(2), signed);
        Path file = folder.resolve("digits-1.tar");
        registry.exportVersion(version, file);
        StoredModelRegistry other =
                Artifacts.open(folder.resolve("other"), new UnsyncedDisk()).trusting(() -> policy);
        other.publish("digits", Artifacts.of(1), signed);
        requireOurs();
        refused(() -> other.importVersion("digits", file, CHANGE), "it is not signed");
        policy = TrustPolicy.open();
        Version imported = other.importVersion("digits", file, CHANGE);
        assertThat(imported.number()).isEqualTo(2);
        assertThat(other.details(imported).signatures()).isEmpty();
        assertThat(other.details(imported).origin()).isEqualTo("digits:1");
        assertThat(other.details(imported).published()).isEqualTo(CHANGE);
    }

    @Test
    void swappedFilesAreRefusedWhateverTheSignature() throws IOException {
        requireOurs();
        Version version = registry.publish("digits", Artifacts.of(1), signed);
        registry.publish("digits", Artifacts.of(2), signed);
        String first = modelHash(version.manifest());
        String second = modelHash(Artifacts.of(2).manifest());
        Path blobs = folder.resolve("registry/blobs");
        Path target = blobs.resolve(first.substring(0, 2)).resolve(first);
        assertThat(target.toFile().setWritable(true)).isTrue();
        ByteSource other = com.google.common.io.MoreFiles.asByteSource(
                blobs.resolve(second.substring(0, 2)).resolve(second));
        java.nio.file.Files.write(target, other.read());
        assertThatThrownBy(() -> registry.load(version).model().read())
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("its SHA-256 is another");
    }

    private static String modelHash(Manifest manifest) {
        return Artifacts.present(manifest.files().get(Artifact.MODEL_FILE)).sha256();
    }
}

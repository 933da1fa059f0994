package io.maas.api.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
    private static final Set<Grant> INFER = Set.of(Grant.parse("infer:team-*"));

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private Path file;
    private ApiKeys keys;

    @BeforeEach
    void open() {
        file = folder.resolve("keys.json");
        keys = another();
    }

    private ApiKeys another() {
        return ApiKeys.open(file, Storage.disk(), clock, clock, new SecureRandom(), Runnable::run);
    }

    private static Credentials bearer(String secret) {
        return new Credentials(secret, null);
    }

    private static void assertRefused(ApiKeys keys, String secret) {
        assertThatThrownBy(() -> keys.authenticate(bearer(secret)))
                .isInstanceOf(AuthenticationException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(secret.substring(secret.length() - 20)));
    }

    @Test
    void keysSayWhoBringsThem() {
        ApiKey.Issued issued = keys.issue("team", INFER, null);

        Principal principal = keys.authenticate(bearer(issued.secret())).orElseThrow();

        assertThat(principal.name()).isEqualTo("team");
        assertThat(principal.may(Role.INFER, "team-a")).isTrue();
        assertThat(principal.may(Role.INFER, "other")).isFalse();
    }

    @Test
    void secretsHave256BitsAndAreNowhereInTheFile() throws IOException {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            ApiKey.Issued issued = keys.issue("a", INFER, null);
            // 52 digits of 5 bits; the last one holds a single bit.
            assertThat(issued.secret()).matches("maas_" + issued.key().id() + "_[a-z2-7]{52}");
            String secret = issued.secret().substring(issued.secret().lastIndexOf('_') + 1);
            assertThat(seen.add(secret)).isTrue();
            assertThat(Files.readString(file)).contains(issued.key().id()).doesNotContain(secret);
            assertThat(issued.toString()).doesNotContain(secret);
        }
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void everyKeyButTheRightOneIsRefused() {
        String right = keys.issue("a", INFER, null).secret();
        String other = keys.issue("b", INFER, null).secret();
        int start = right.lastIndexOf('_') + 1;
        for (int i = start; i < right.length(); i++) {
            char wrong = right.charAt(i) == 'a' ? 'b' : 'a';
            assertRefused(keys, right.substring(0, i) + wrong + right.substring(i + 1));
        }
        assertRefused(keys, right.substring(0, right.length() - 1));
        assertRefused(keys, right + "a");
        assertRefused(keys, right.substring(0, start) + other.substring(start));
        assertRefused(keys, right.substring(0, start) + right.substring(start).toUpperCase(java.util.Locale.ROOT));
        assertRefused(keys, "maas_nobody_" + right.substring(start));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "maas", "Bearer maas_", "a.b.c", "MAAS_x_y"})
    void whatIsNoKeyIsLeftToOthers(String text) {
        assertThat(keys.authenticate(bearer(text))).isEmpty();
        assertThat(keys.authenticate(new Credentials(null, null))).isEmpty();
    }

    @Test
    void keysExpire() {
        Instant end = clock.instant().plusSeconds(60);
        String secret = keys.issue("a", INFER, end).secret();
        clock.pass(Duration.ofSeconds(59));
        assertThat(keys.authenticate(bearer(secret))).isPresent();
        clock.pass(Duration.ofSeconds(1));
        assertRefused(keys, secret);
        assertThatThrownBy(() -> keys.issue("a", INFER, end)).hasMessageStartingWith("expires: ");
    }

    @Test
    void bothSecretsHoldWhileAKeyIsRotated() {
        ApiKey.Issued first = keys.issue("a", INFER, null);
        ApiKey.Issued second =
                keys.rotate(first.key().id(), Duration.ofHours(1)).orElseThrow();

        assertThat(second.key().id()).isEqualTo(first.key().id());
        assertThat(keys.authenticate(bearer(first.secret()))).isPresent();
        assertThat(keys.authenticate(bearer(second.secret()))).isPresent();

        clock.pass(Duration.ofHours(1));
        assertRefused(keys, first.secret());
        assertThat(keys.authenticate(bearer(second.secret()))).isPresent();
    }

    @Test
    void rotationWithoutOverlapAndRevocationHoldAtOnce() {
        ApiKey.Issued first = keys.issue("a", INFER, null);
        String second =
                keys.rotate(first.key().id(), Duration.ZERO).orElseThrow().secret();
        assertRefused(keys, first.secret());
        assertThat(keys.revoke(first.key().id()).orElseThrow().name()).isEqualTo("a");
        assertRefused(keys, second);
        assertThat(keys.list()).isEmpty();
        assertThat(keys.revoke(first.key().id())).isEmpty();
        assertThat(keys.rotate(first.key().id(), Duration.ZERO)).isEmpty();
        assertThatThrownBy(() -> keys.rotate("a", Duration.ofDays(91))).hasMessageStartingWith("overlap: ");
    }

    @Test
    void whatOneProcessChangesHoldsInOthersWithinASecond() {
        ApiKeys other = another();
        String secret = keys.issue("a", INFER, null).secret();
        assertRefused(other, secret);
        clock.pass(Duration.ofSeconds(1));
        assertThat(other.authenticate(bearer(secret))).isPresent();

        // After a quiet hour the first request hears of it.
        keys.revoke(keys.list().get(0).id());
        clock.pass(Duration.ofHours(1));
        assertRefused(other, secret);
    }

    @Test
    void writersOfOneFileDoNotLoseEachOthersKeys() {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (ApiKeys each : List.of(keys, another(), another())) {
            writers.add(CompletableFuture.runAsync(
                    () -> IntStream.range(0, 10).forEach(i -> each.issue("a" + i, INFER, null))));
        }
        writers.forEach(CompletableFuture::join);
        assertThat(another().list()).hasSize(30);
    }

    @Test
    void useIsNotedByTheHour() throws IOException {
        ApiKey.Issued issued = keys.issue("a", INFER, null);
        assertThat(keys.list().get(0).used()).isNull();
        keys.authenticate(bearer(issued.secret()));
        assertThat(keys.list().get(0).used()).isEqualTo(Instant.parse("2026-01-31T10:00:00Z"));
        Object before = Files.readAttributes(file, "*").get("lastModifiedTime");
        clock.pass(Duration.ofMinutes(30));
        keys.authenticate(bearer(issued.secret()));
        assertThat(Files.readAttributes(file, "*").get("lastModifiedTime")).isEqualTo(before);
        assertThat(another().list().get(0).used()).isEqualTo(Instant.parse("2026-01-31T10:00:00Z"));
        clock.pass(Duration.ofMinutes(30));
        keys.authenticate(bearer(issued.secret()));
        assertThat(another().list().get(0).used()).isEqualTo(Instant.parse("2026-01-31T11:00:00Z"));
    }

    @Test
    void aBrokenFileStopsTheStartAndChangesNothingLater() throws IOException {
        String secret = keys.issue("a", INFER, null).secret();
        Files.writeString(file, "{\"format\":1,\"keys\":[{\"id\":\"x\"}]}");
        clock.pass(Duration.ofSeconds(2));
        assertThat(keys.authenticate(bearer(secret))).isPresent();
        assertThatThrownBy(this::another).isInstanceOf(MaasException.class);
        assertThatThrownBy(() -> keys.issue("b", INFER, null)).isInstanceOf(MaasException.class);
        Files.delete(file);
        clock.pass(Duration.ofSeconds(2));
        assertRefused(keys, secret);
    }

    @Test
    void keysWithoutGrantsOrNamesAreNotMade() {
        assertThatThrownBy(() -> keys.issue("a", Set.of(), null)).hasMessageStartingWith("grants: ");
        assertThatThrownBy(() -> keys.issue(" ", INFER, null)).hasMessageStartingWith("name: ");
        assertThat(keys.list()).isEmpty();
    }
}

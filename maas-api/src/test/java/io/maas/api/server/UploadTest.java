package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.error.ArtifactRejectedException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UploadTest {
    private static final NewUpload FILE = new NewUpload("onnx", 4, "0".repeat(64));

    private static final NewUpload BYTE =
            new NewUpload("onnx", 1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");

    private final MovedClock clock = new MovedClock();
    private final Uploads uploads = new Uploads(100, Duration.ofHours(1), null, clock);

    /** A clock that the test moves. */
    private static final class MovedClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @AfterEach
    void close() {
        uploads.close();
    }

    @Test
    void isForgottenWhenNothingComesOfIt() throws IOException {
        Upload upload = uploads.begin("me", "digits", FILE);
        clock.now = clock.now.plus(Duration.ofMinutes(59));
        assertThat(uploads.find("me", "digits", upload.id())).isSameAs(upload);
        clock.now = clock.now.plus(Duration.ofMinutes(59));
        uploads.expire();
        assertThat(uploads.find("me", "digits", upload.id())).isSameAs(upload);
        clock.now = clock.now.plus(Duration.ofMinutes(61));
        assertThatThrownBy(() -> uploads.find("me", "digits", upload.id())).isInstanceOf(Failure.Refusal.class);
        assertThat(upload.file()).exists();
        uploads.begin("you", "iris", FILE);
        assertThat(upload.file()).doesNotExist();
    }

    @Test
    void publishedOnesLeaveRoomAndTheOldestOfThemAreForgotten() throws Exception {
        Upload first = published();
        for (int i = 1; i < 40; i++) {
            published();
        }
        assertThatThrownBy(() -> uploads.find("me", "digits", first.id())).isInstanceOf(Failure.Refusal.class);
        Upload last = published();
        for (int i = 0; i < 32; i++) {
            uploads.begin("me", "digits", FILE);
        }
        assertThat(uploads.find("me", "digits", last.id())).isSameAs(last);
        assertThatThrownBy(() -> uploads.begin("me", "digits", FILE)).isInstanceOf(Failure.Refusal.class);
    }

    @Test
    void theOldestThatWasRefusedMakesRoom() throws Exception {
        Upload open = uploads.begin("me", "digits", BYTE);
        Upload oldest = refused();
        Upload second = refused();
        for (int i = 3; i < 32; i++) {
            uploads.begin("me", "digits", FILE);
        }
        uploads.begin("me", "digits", FILE);
        assertThat(oldest.file()).doesNotExist();
        assertThat(second.file()).exists();
        assertThat(open.file()).exists();
        uploads.begin("me", "digits", FILE);
        assertThatThrownBy(() -> uploads.begin("me", "digits", FILE))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.code).isEqualTo("too_many_uploads"));
    }

    private Upload whole() throws IOException {
        clock.now = clock.now.plusMillis(1);
        Upload upload = uploads.begin("me", "digits", BYTE);
        Files.write(upload.file(), new byte[] {0});
        upload.advance(1);
        return upload;
    }

    private Upload published() throws Exception {
        Upload upload = whole();
        upload.publish(() -> 1);
        uploads.published(upload);
        return upload;
    }

    private Upload refused() throws IOException {
        Upload upload = whole();
        assertThatThrownBy(() -> upload.publish(() -> {
                    throw new ArtifactRejectedException("no model");
                }))
                .isInstanceOf(ArtifactRejectedException.class);
        return upload;
    }

    @Test
    void isSeenByNobodyElse() throws IOException {
        Upload upload = uploads.begin("me", "digits", FILE);
        assertThatThrownBy(() -> uploads.find("you", "digits", upload.id())).isInstanceOf(Failure.Refusal.class);
        assertThatThrownBy(() -> uploads.find("me", "iris", upload.id())).isInstanceOf(Failure.Refusal.class);
    }

    @Test
    void aSecondPartEndsTheFirst() throws IOException {
        Upload upload = uploads.begin("me", "digits", FILE);
        AtomicInteger cut = new AtomicInteger();
        upload.beginPart(0, cut::incrementAndGet);
        assertThatThrownBy(() -> upload.beginPart(0, cut::incrementAndGet))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.code).isEqualTo("part_under_way"));
        assertThat(cut).hasValue(1);
        upload.advance(3);
        upload.endPart();
        assertThatThrownBy(() -> upload.beginPart(0, cut::incrementAndGet))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.code).isEqualTo("other_offset"));
        upload.beginPart(3, cut::incrementAndGet);
        assertThat(cut).hasValue(1);
    }

    @Test
    void nothingIsLeftOnTheDisk() throws IOException {
        Upload one = uploads.begin("me", "digits", FILE);
        uploads.begin("me", "digits", FILE);
        assertThat(one.file().getParent()).isDirectoryContaining(Files::isRegularFile);
        uploads.close();
        assertThat(one.file().getParent()).doesNotExist();
        assertThatThrownBy(() -> uploads.begin("me", "digits", FILE)).isInstanceOf(IOException.class);
    }
}

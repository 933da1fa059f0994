package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.RegistryDocuments.NewUpload;
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

package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcFramesTest {
    private static final int LIMIT = 3_000_000;

    private static Buffer frame(int flag, byte[] bytes) {
        return Buffer.buffer().appendByte((byte) flag).appendInt(bytes.length).appendBytes(bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void messagesComeOutAsTheyWentInHoweverTheyAreCut(long seed) {
        Random random = new Random(seed);
        List<byte[]> sent = new ArrayList<>();
        Buffer all = Buffer.buffer();
        for (int i = 0; i < 20; i++) {
            byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(LIMIT + 1) : random.nextInt(4)];
            random.nextBytes(bytes);
            sent.add(bytes);
            all.appendBuffer(frame(0, bytes));
        }
        GrpcFrames frames = new GrpcFrames(LIMIT, new Pending(ServerLimits.defaults()).share());
        List<byte[]> received = new ArrayList<>();
        for (int at = 0; at < all.length(); ) {
            int end = Math.min(all.length(), at + 1 + random.nextInt(random.nextInt(3) == 0 ? 100_000 : 10));
            frames.feed(all.getBuffer(at, end));
            at = end;
            // Sometimes what is there is left for later, as it is for who is busy.
            for (GrpcFrames.Frame frame = random.nextBoolean() ? frames.next() : null;
                    frame != null;
                    frame = frames.next()) {
                received.add(frame.bytes());
            }
        }
        for (GrpcFrames.Frame frame = frames.next(); frame != null; frame = frames.next()) {
            received.add(frame.bytes());
        }

        assertThat(frames.isPartial()).isFalse();
        assertThat(received).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(received.get(i)).isEqualTo(sent.get(i));
        }
    }

    @Test
    void lengthsBeyondTheLimitAreRefusedBeforeTheBytesCome() {
        for (int length : new int[] {LIMIT + 1, Integer.MAX_VALUE, -1}) {
            GrpcFrames frames = new GrpcFrames(LIMIT, new Pending(ServerLimits.defaults()).share());
            frames.feed(Buffer.buffer().appendByte((byte) 0).appendInt(length));
            assertThatThrownBy(frames::next)
                    .isInstanceOfSatisfying(
                            Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(413));
        }
    }

    @Test
    void firstBytesThatMeanNothingAreRefused() {
        for (int flag : new int[] {2, 0x80, 0xff}) {
            GrpcFrames frames = new GrpcFrames(LIMIT, new Pending(ServerLimits.defaults()).share());
            frames.feed(frame(flag, new byte[0]));
            assertThatThrownBy(frames::next)
                    .isInstanceOfSatisfying(
                            Failure.Refusal.class, e -> assertThat(e.code).isEqualTo("not_grpc"));
        }
    }

    @Test
    void whatHasBegunIsPartial() {
        GrpcFrames frames = new GrpcFrames(LIMIT, new Pending(ServerLimits.defaults()).share());
        assertThat(frames.isPartial()).isFalse();
        frames.feed(Buffer.buffer(new byte[] {0, 0}));
        assertThat(frames.next()).isNull();
        assertThat(frames.isPartial()).isTrue();
        frames.feed(Buffer.buffer(new byte[] {0, 0, 1, 7}));
        assertThat(frames.next()).isNotNull();
        assertThat(frames.isPartial()).isFalse();
    }

    private static GrpcFrames.Frame frame(boolean compressed, byte[] bytes) {
        Pieces pieces = new Pieces(new Pending(ServerLimits.defaults()).share());
        pieces.add(Buffer.buffer(bytes), 0, bytes.length, bytes.length);
        return new GrpcFrames.Frame(compressed, pieces);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(out)) {
            deflate.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void compressedMessagesAreInflatedUpToTheLimit() throws IOException {
        byte[] bytes = new byte[1000];
        bytes[999] = 1;
        assertThat(GrpcEncoding.of("gzip").decode(frame(true, gzip(bytes)), 1000))
                .isEqualTo(bytes);
        assertThat(GrpcEncoding.of("deflate").decode(frame(true, deflate(bytes)), 1000))
                .isEqualTo(bytes);
        assertThat(GrpcEncoding.of("gzip").decode(frame(false, bytes), 1000)).isEqualTo(bytes);
        assertThatThrownBy(() -> GrpcEncoding.of("gzip").decode(frame(true, gzip(bytes)), 999))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(413));
    }

    @Test
    void whatIsNotCompressedAsItSaysIsRefused() throws IOException {
        byte[] whole = gzip(new byte[100]);
        byte[] half = java.util.Arrays.copyOf(whole, whole.length / 2);
        for (byte[] bytes : new byte[][] {{}, {1, 2, 3}, half, deflate(new byte[9])}) {
            assertThatThrownBy(() -> GrpcEncoding.GZIP.decode(frame(true, bytes), 1000))
                    .isInstanceOfSatisfying(
                            Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(400));
        }
        assertThatThrownBy(() -> GrpcEncoding.of(null).decode(frame(true, whole), 1000))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.code).isEqualTo("not_grpc"));
        assertThatThrownBy(() -> GrpcEncoding.of("snappy"))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(415));
    }

    @Test
    void messagesOfFailuresAreWrittenAsHeadersMayHoldThem() {
        GrpcStatus status = GrpcStatus.of(new Failure(404, "not_found", "50 % of \"naïve\"\n", null), "7");
        assertThat(status.encodedMessage()).isEqualTo("50 %25 of \"na%C3%AFve\"%0A");
        assertThat(GrpcStatus.of(new Failure(404, "not_found", "x".repeat(100_000), null), "7")
                        .message())
                .hasSize(1000);
    }
}

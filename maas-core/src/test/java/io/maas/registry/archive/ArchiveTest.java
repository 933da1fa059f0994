package io.maas.registry.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
    private static final byte[] SMALL = {1, 2, 3};
    private static final byte[] BLOCK = new byte[512];
    private static final byte[] LARGE = new byte[2_001];

    static {
        new Random(1).nextBytes(LARGE);
    }

    @TempDir
    Path folder;

    private Path file = Path.of("");
    private byte[] good = {};

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("a.tar");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ArchiveWriter writer = new ArchiveWriter(bytes);
        writer.add("small.json", 3, ByteSource.wrap(SMALL));
        writer.add("blobs/empty", 0, ByteSource.empty());
        writer.add("blobs/block", 512, ByteSource.wrap(BLOCK));
        writer.add("blobs/large", LARGE.length, ByteSource.wrap(LARGE));
        writer.finish();
        good = bytes.toByteArray();
        Files.write(file, good);
    }

    private List<byte[]> read() throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(file)) {
            byte[] first = reader.bytes("small.json", 3);
            List<ByteSource> others = List.of(
                    reader.entry("blobs/empty", 0),
                    reader.entry("blobs/block", 512),
                    reader.entry("blobs/large", LARGE.length));
            reader.end();
            return List.of(
                    first,
                    others.get(0).read(),
                    others.get(1).read(),
                    others.get(2).read());
        }
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        assertThat(read()).containsExactly(SMALL, new byte[0], BLOCK, LARGE);
    }

    @Test
    void otherToolsReadIt() throws Exception {
        Process tar = new ProcessBuilder("tar", "-xf", file.toString(), "-C", folder.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(tar.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(tar.waitFor()).isZero();
        assertThat(folder.resolve("small.json")).hasBinaryContent(SMALL);
        assertThat(folder.resolve("blobs/large")).hasBinaryContent(LARGE);
    }

    @Test
    void sizesBeyondEightGigabytesAreKept() {
        for (long size : new long[] {0, 1, (1L << 33) - 1, 1L << 33, 1L << 40, Long.MAX_VALUE}) {
            assertThat(TarHeader.size(TarHeader.of("a", size))).isEqualTo(size);
        }
    }

    @Test
    void everyFlippedByteOutsideOfContentsIsRefused() throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < 4 * 512; i += i % 512 < 160 ? 1 : 7) {
                boolean content = i >= 512 && i < 512 + SMALL.length;
                if (!content) {
                    put(bytes, i, good[i] ^ 0x11);
                    refused("");
                    put(bytes, i, good[i]);
                }
            }
        }
        assertThat(read()).hasSize(4);
    }

    private static void put(RandomAccessFile bytes, int at, int value) throws IOException {
        bytes.seek(at);
        bytes.write(value);
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            for (int length = good.length - 1; length >= 0; length -= length % 512 < 3 ? 1 : 31) {
                bytes.setLength(length);
                refused("");
            }
        }
    }

    @Test
    void bytesBehindTheEndAreRefused() throws IOException {
        refused(Arrays.copyOf(good, good.length + 1), "entry \"the end\": 1 bytes behind it (expected: none)");
        refused(Arrays.copyOf(good, good.length + 10_240), "entry \"the end\": 10240 bytes behind it (expected: none)");
    }

    @Test
    void lyingSizesAreRefused() throws IOException {
        for (long size : new long[] {0, 2, 4, 512, 1 << 20, 1L << 33, 1L << 62, -1, Long.MIN_VALUE}) {
            byte[] bad = good.clone();
            byte[] header = size < 0 ? negative(size) : TarHeader.of("small.json", size);
            System.arraycopy(header, 0, bad, 0, 512);
            refused(bad, "");
        }
    }

    private static byte[] negative(long size) {
        byte[] header = TarHeader.of("small.json", 1L << 62);
        Arrays.fill(header, 124, 136, (byte) 0xff);
        for (int i = 0; i < 8; i++) {
            header[135 - i] = (byte) (size >>> (8 * i));
        }
        header[124] = (byte) 0x80;
        return header;
    }

    @Test
    void duplicatesStrangersLinksAndOtherNamesAreRefused() throws IOException {
        byte[] first = Arrays.copyOf(good, 1024);
        byte[] twice = new byte[good.length + 1024];
        System.arraycopy(first, 0, twice, 0, 1024);
        System.arraycopy(good, 0, twice, 1024, good.length);
        refused(twice, "entry \"small.json\": not asked for here (expected: \"blobs/empty\")");
        for (String name :
                List.of("../../etc/passwd", "/etc/passwd", "blobs/../x", "SMALL.json", "small.json/", "con")) {
            byte[] bad = good.clone();
            Arrays.fill(bad, 0, 100, (byte) 0);
            byte[] bytes = name.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            System.arraycopy(bytes, 0, bad, 0, bytes.length);
            refused(bad, "entry \"" + name + "\": not asked for here (expected: \"small.json\")");
        }
        for (char type : "123456gxLKSV".toCharArray()) {
            byte[] bad = good.clone();
            bad[156] = (byte) type;
            refused(bad, "entry \"small.json\": a header that is not ours");
        }
    }

    private void refused(byte[] bytes, String message) throws IOException {
        Files.write(file, bytes);
        refused(message);
    }

    private void refused(String message) {
        assertThatThrownBy(() -> read())
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("archive a.tar is refused: entry \"")
                .hasMessageContaining(message)
                .hasMessageContaining(" (expected: ")
                .hasMessageEndingWith("); export the version again");
    }

    @Test
    void aContentOfAnotherSizeIsNotWritten() {
        ArchiveWriter writer = new ArchiveWriter(new ByteArrayOutputStream());
        for (long size : new long[] {2, 4}) {
            assertThatThrownBy(() -> writer.add("a", size, ByteSource.wrap(SMALL)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("entry \"a\" has 3 bytes or more (expected: " + size + "); ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.add("../a", 3, ByteSource.wrap(SMALL)))
                .withMessageStartingWith("entry: \"../a\" (expected: a name that matches ");
    }
}

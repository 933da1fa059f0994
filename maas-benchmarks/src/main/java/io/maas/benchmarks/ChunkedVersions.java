package io.maas.benchmarks;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * What many versions of one model would take on a disk if files were kept in chunks that versions share, by where the chunks end:
 * nowhere (as the registry keeps them), every 64 KiB, or where the content says so. Nothing is written.
 *
 * <p>Content-defined chunks are cut by a rolling sum of table entries, more reluctantly before the average length than after it.
 *
 * @see "Xia et al., FastCDC: a Fast and Efficient Content-Defined Chunking Approach (USENIX ATC 2016)"
 */
public final class ChunkedVersions {
    private static final int AVERAGE = 64 << 10;
    private static final int SHORTEST = AVERAGE / 4;
    private static final int LONGEST = AVERAGE * 4;
    private static final long RELUCTANT = mask(18);
    private static final long WILLING = mask(14);
    private static final long[] GEAR = new SplittableRandom(1).longs(256).toArray();
    private static final int VERSIONS = Integer.getInteger("versions", 8);

    /** A name, a length and a digest: what a list of chunks and a file for each cost beside their bytes. */
    private static final int OVERHEAD = 100;

    private ChunkedVersions() {}

    /** The upper bits, which depend on the most bytes. */
    private static long mask(int bits) {
        return -1L << (64 - bits);
    }

    /** Says where the chunk that begins at a position ends. */
    private interface Cut {
        int end(byte[] bytes, int start);
    }

    private static int contentDefined(byte[] bytes, int start) {
        int last = Math.min(bytes.length, start + LONGEST);
        long sum = 0;
        for (int i = Math.min(bytes.length, start + SHORTEST); i < last; i++) {
            sum = (sum << 1) + GEAR[bytes[i] & 0xFF];
            if ((sum & (i < start + AVERAGE ? RELUCTANT : WILLING)) == 0) {
                return i + 1;
            }
        }
        return last;
    }

    private static Map<String, Cut> cuts() {
        Map<String, Cut> cuts = new LinkedHashMap<>();
        cuts.put("whole files", (bytes, start) -> bytes.length);
        cuts.put("blocks of 64 KiB", (bytes, start) -> Math.min(bytes.length, start + AVERAGE));
        cuts.put("chunks of about 64 KiB", ChunkedVersions::contentDefined);
        return cuts;
    }

    /** How the next version differs from the one before. */
    private static Map<String, UnaryOperator<byte[]>> changes() {
        Random random = new Random(7);
        Map<String, UnaryOperator<byte[]>> changes = new LinkedHashMap<>();
        changes.put(
                "1 % of the bytes, in one piece",
                model -> {
                    byte[] piece = new byte[model.length / 100];
                    random.nextBytes(piece);
                    byte[] next = model.clone();
                    System.arraycopy(piece, 0, next, random.nextInt(model.length - piece.length), piece.length);
                    return next;
                });
        changes.put("the same, and 1,000 bytes more near the start", model -> {
            byte[] next = Arrays.copyOf(model, model.length + 1_000);
            System.arraycopy(model, 500, next, 1_500, model.length - 500);
            byte[] piece = new byte[model.length / 100];
            random.nextBytes(piece);
            System.arraycopy(piece, 0, next, random.nextInt(model.length - piece.length), piece.length);
            return next;
        });
        changes.put(
                "1 % of the bytes, one here and one there",
                model -> {
                    byte[] next = model.clone();
                    for (int i = 0; i < model.length / 100; i++) {
                        next[random.nextInt(next.length)] ^= 1;
                    }
                    return next;
                });
        changes.put("the lowest bit of all floats, as by full fine-tuning", model -> {
            byte[] next = model.clone();
            for (int i = 0; i < next.length; i += 4) {
                next[i] ^= (byte) (random.nextInt() & 1);
            }
            return next;
        });
        return changes;
    }

    private static byte[] model() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                ChunkedVersions.class.getResourceAsStream("/all-minilm-l6-v2.onnx"), "the model's jar")) {
            return in.readAllBytes();
        }
    }

    /** Prints a table; the size of 1,000 versions is the first one's and 999 times the mean of the others. */
    public static void main(String... arguments) throws IOException {
        byte[] first = model();
        System.out.printf(
                Locale.ROOT,
                "model of %,d bytes, %d versions; MB of 1,000 versions (a version's new bytes, chunks; MB/s)%n",
                first.length,
                VERSIONS);
        for (Map.Entry<String, UnaryOperator<byte[]>> change : changes().entrySet()) {
            System.out.println(change.getKey());
            for (Map.Entry<String, Cut> cut : cuts().entrySet()) {
                System.out.println("  " + cut.getKey() + ": " + measure(first, change.getValue(), cut.getValue()));
            }
        }
    }

    private static String measure(byte[] first, UnaryOperator<byte[]> change, Cut cut) {
        Set<HashCode> known = new HashSet<>();
        double firstBytes = add(first, cut, known);
        byte[] version = first;
        double later = 0;
        long nanos = 0;
        for (int i = 1; i < VERSIONS; i++) {
            version = change.apply(version);
            long start = System.nanoTime();
            later += add(version, cut, known);
            nanos += System.nanoTime() - start;
        }
        double mean = later / (VERSIONS - 1);
        return String.format(
                Locale.ROOT,
                "%,.0f MB (%.2f MB, %,d; %.0f MB/s)",
                (firstBytes + 999 * mean) / 1e6,
                mean / 1e6,
                known.size(),
                1e3 * first.length * (VERSIONS - 1) / nanos);
    }

    /** Gives the bytes that are new. */
    private static long add(byte[] version, Cut cut, Set<HashCode> known) {
        long added = 0;
        for (int start = 0; start < version.length; ) {
            int end = cut.end(version, start);
            if (known.add(Hashing.sha256().hashBytes(version, start, end - start))) {
                added += end - start;
            }
            added += OVERHEAD;
            start = end;
        }
        return added;
    }
}

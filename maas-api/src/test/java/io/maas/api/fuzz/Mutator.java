package io.maas.api.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changes bytes by chance, always in the same way from the same seed. For one thread. */
final class Mutator {
    private static final int LONGEST = 1 << 16;

    private static final byte[][] WORDS = words(
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "0.1",
            "\"\"",
            "[]",
            "{}",
            "[[",
            "\\u0000",
            "\\ud800",
            "\ud83d\ude00",
            "NaN",
            ":",
            ",",
            "\"",
            "\n",
            "%",
            ";q=",
            "..");

    private final Random random;
    private final List<byte[]> corpus;

    Mutator(long seed, List<byte[]> corpus) {
        this.random = new Random(seed);
        this.corpus = corpus;
    }

    private static byte[][] words(String... words) {
        return Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    byte[] next() {
        byte[] bytes = pick();
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            bytes = change(bytes);
        }
        return bytes.length > LONGEST ? Arrays.copyOf(bytes, LONGEST) : bytes;
    }

    private byte[] pick() {
        return corpus.get(random.nextInt(corpus.size())).clone();
    }

    private byte[] change(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        int to = from + random.nextInt(Math.min(64, bytes.length - from) + 1);
        return switch (random.nextInt(8)) {
            case 0 -> flipped(bytes);
            case 1 -> joined(bytes, from, WORDS[random.nextInt(WORDS.length)], to); // In place of something.
            case 2 -> joined(bytes, from, WORDS[random.nextInt(WORDS.length)], from);
            case 3 -> joined(bytes, from, new byte[0], to);
            case 4 -> joined(bytes, to, Arrays.copyOfRange(bytes, from, to), to); // Twice.
            case 5 -> Arrays.copyOf(bytes, from);
            case 6 -> spliced(bytes, from);
            default -> joined(bytes, from, number(), Math.min(bytes.length, from + Integer.BYTES));
        };
    }

    private byte[] flipped(byte[] bytes) {
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private byte[] spliced(byte[] bytes, int at) {
        byte[] other = pick();
        int from = random.nextInt(other.length + 1);
        return joined(bytes, at, Arrays.copyOfRange(other, from, other.length), bytes.length);
    }

    private byte[] number() {
        int value = random.nextBoolean() ? random.nextInt() : random.nextInt(5) - 2;
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    }

    /** The bytes up to one place, others, and the bytes from another place on. */
    private static byte[] joined(byte[] bytes, int end, byte[] middle, int start) {
        byte[] all = Arrays.copyOf(bytes, end + middle.length + bytes.length - start);
        System.arraycopy(middle, 0, all, end, middle.length);
        System.arraycopy(bytes, start, all, end + middle.length, bytes.length - start);
        return all;
    }
}

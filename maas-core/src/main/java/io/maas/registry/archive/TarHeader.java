package io.maas.registry.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.maas.error.Require;
import java.util.regex.Pattern;

/**
 * The block before an entry of an archive, in the POSIX form of tar. There is one block for a name and a size: no links, folders, times,
 * owners or extensions. So whoever reads one knows all of it from the two, and refuses every other block.
 */
final class TarHeader {
    static final int BLOCK = 512;

    private static final int NAME = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int SUM_AT = 148;
    private static final int SUM_LENGTH = 8;

    /** The most that eleven octal digits hold. */
    private static final long MAX_OCTAL = (1L << 33) - 1;

    /** Lower-case, so that no two names are one file anywhere, with at most one folder. */
    private static final Pattern NAMES = Pattern.compile("([a-z]{1,20}/)?[a-z0-9][a-z0-9.-]{0,78}");

    private TarHeader() {}

    /** The block of an entry. */
    static byte[] of(String name, long size) {
        Require.that(NAMES.matcher(name).matches(), "entry", Require.quote(name), "a name that matches " + NAMES);
        Require.that(size >= 0, "size", size, "size >= 0");
        byte[] block = new byte[BLOCK];
        put(block, 0, name);
        put(block, NAME, "0000644\0" + "0000000\0" + "0000000\0");
        putSize(block, size);
        put(block, 136, "00000000000\0");
        put(block, SUM_AT, " ".repeat(SUM_LENGTH));
        put(block, 156, "0");
        put(block, 257, "ustar\0" + "00");
        put(block, 329, "0000000\0" + "0000000\0");
        int sum = 0;
        for (byte each : block) {
            sum += each & 0xff;
        }
        put(block, SUM_AT, String.format("%06o\0 ", sum));
        return block;
    }

    private static void putSize(byte[] block, long size) {
        if (size <= MAX_OCTAL) {
            put(block, SIZE_AT, String.format("%011o\0", size));
            return;
        }
        // What GNU tar, bsdtar and Python read where the digits do not suffice: big-endian, marked by the first bit.
        block[SIZE_AT] = (byte) 0x80;
        for (int i = 0; i < Long.BYTES; i++) {
            block[SIZE_AT + SIZE_LENGTH - 1 - i] = (byte) (size >>> (8 * i));
        }
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    /** The name in a block, whatever it is; for comparing and for messages. */
    static String name(byte[] block) {
        int end = 0;
        while (end < NAME && block[end] != 0) {
            end++;
        }
        return new String(block, 0, end, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /**
     * The size in a block.
     *
     * @throws IllegalArgumentException if there is none
     */
    static long size(byte[] block) {
        long size = 0;
        if (block[SIZE_AT] == (byte) 0x80) {
            for (int i = SIZE_AT + SIZE_LENGTH - Long.BYTES; i < SIZE_AT + SIZE_LENGTH; i++) {
                size = (size << 8) | (block[i] & 0xff);
            }
            return size;
        }
        for (int i = SIZE_AT; i < SIZE_AT + SIZE_LENGTH - 1; i++) {
            int digit = block[i] - '0';
            Require.that(digit >= 0 && digit < 8, "size", "no number", "eleven octal digits");
            size = (size << 3) | digit;
        }
        return size;
    }

    /** How many bytes follow an entry of that size, so that the next block begins at a multiple of {@link #BLOCK}. */
    static int padding(long size) {
        return (int) (-size & (BLOCK - 1));
    }
}

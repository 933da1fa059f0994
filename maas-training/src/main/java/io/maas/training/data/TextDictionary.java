package io.maas.training.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Distinct texts in UTF-8, numbered as they come; the empty one is 0. It takes a bounded number of texts and bytes.
 *
 * <p>Not thread-safe.
 */
final class TextDictionary {
    /** Beyond these a column's texts are stored as they are. */
    private static final int MAX_TEXTS = 1 << 14;

    private static final int MAX_BYTES = 1 << 20;

    private int[] slots = new int[64];
    private int[] ends = new int[16];
    private byte[] bytes = new byte[256];
    private int count = 1;

    /** The number of texts. */
    int count() {
        return count;
    }

    /** The number of a text, or -1 if it is not here. */
    int find(byte[] text, int from, int to) {
        if (from == to) {
            return 0;
        }
        int found = slots[slot(text, from, to)];
        return found == 0 ? -1 : found;
    }

    /** Adds a text that {@link #find} did not find; its number, or -1 if the dictionary is full. */
    int add(byte[] text, int from, int to) {
        int length = to - from;
        int used = ends[count - 1];
        if (count == MAX_TEXTS || length > MAX_BYTES - used) {
            return -1;
        }
        if (2 * count >= slots.length) {
            grow();
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, used + length));
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
        }
        slots[slot(text, from, to)] = count;
        System.arraycopy(text, from, bytes, used, length);
        ends[count] = used + length;
        return count++;
    }

    /** Where the text is or would be. */
    private int slot(byte[] text, int from, int to) {
        int mask = slots.length - 1;
        int at = hash(text, from, to) & mask;
        while (slots[at] != 0) {
            int start = ends[slots[at] - 1];
            if (Arrays.equals(bytes, start, ends[slots[at]], text, from, to)) {
                return at;
            }
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        slots = new int[2 * slots.length];
        for (int text = 1; text < count; text++) {
            slots[slot(bytes, ends[text - 1], ends[text])] = text;
        }
    }

    private static int hash(byte[] text, int from, int to) {
        int hash = 0x811c9dc5;
        for (int i = from; i < to; i++) {
            hash = (hash ^ text[i]) * 0x01000193;
        }
        return hash ^ hash >>> 15;
    }

    /** All bytes, one text after the other. */
    byte[] bytes() {
        return bytes;
    }

    /** Where in {@link #bytes} a text begins. */
    int start(int text) {
        return text == 0 ? 0 : ends[text - 1];
    }

    /** Where in {@link #bytes} a text ends. */
    int end(int text) {
        return ends[text];
    }

    /** The texts by number, in a new array. */
    String[] texts() {
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            texts[i] = new String(bytes, start(i), end(i) - start(i), StandardCharsets.UTF_8);
        }
        return texts;
    }
}

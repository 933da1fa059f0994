package io.maas.store.s3;

import com.google.common.primitives.Bytes;
import io.maas.error.Require;
import io.maas.registry.Head;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lines of a log that follow one another, as one object: the head before them, the head after them, and before each line the mark
 * of the append that wrote it, by which a writer whose answer was lost knows its own line again.
 *
 * <p>Immutable and thread-safe.
 *
 * @param base the head before the first line
 * @param end the head after the last line
 */
record Page(Head base, Head end, List<Entry> entries) {
    /** A page that is as large takes no further line. One line may be larger. */
    static final int FULL = 64 << 10;

    /** @param line without its line feed */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Entry(String mark, byte[] line) {}

    static Page empty(Head base) {
        return new Page(base, base, List.of());
    }

    long size() {
        return end.bytes() - base.bytes();
    }

    boolean isFull() {
        return size() >= FULL;
    }

    Page with(Entry added) {
        List<Entry> more = new ArrayList<>(entries);
        more.add(added);
        return new Page(base, end.after(added.line()), List.copyOf(more));
    }

    /** The lines of it, with their line feeds, from one byte of the log up to another one. */
    byte[] slice(long from, long to) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            all.writeBytes(entry.line());
            all.write('\n');
        }
        int start = (int) Math.min(all.size(), Math.max(0, from - base.bytes()));
        int stop = (int) Math.min(all.size(), Math.max(start, to - base.bytes()));
        return Arrays.copyOfRange(all.toByteArray(), start, stop);
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Head head : List.of(base, end)) {
            bytes.writeBytes(head.toJson());
            bytes.write('\n');
        }
        for (Entry entry : entries) {
            bytes.writeBytes(entry.mark().getBytes(StandardCharsets.US_ASCII));
            bytes.write(' ');
            bytes.writeBytes(entry.line());
            bytes.write('\n');
        }
        return bytes.toByteArray();
    }

    /**
     * Reads {@link #toBytes}. Whether the lines are those that were written is for the registry to check.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static Page parse(byte[] bytes) {
        Require.that(
                bytes.length > 0 && bytes[bytes.length - 1] == '\n', "page", bytes.length + " bytes", "whole lines");
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines.add(Arrays.copyOfRange(bytes, start, i));
                start = i + 1;
            }
        }
        Require.that(lines.size() >= 2, "page", lines.size() + " lines", "two heads and lines of the log");
        Head base = Head.parse(lines.get(0));
        Head end = Head.parse(lines.get(1));
        List<Entry> entries = lines.stream().skip(2).map(Page::entry).toList();
        Require.that(
                entries.size() == end.sequence() - base.sequence(),
                "page",
                entries.size() + " lines",
                end.sequence() - base.sequence() + " lines");
        return new Page(base, end, entries);
    }

    private static Entry entry(byte[] line) {
        int space = Bytes.indexOf(line, (byte) ' ');
        Require.that(space >= 0, "page", "a line without a mark", "a mark, a space and the line");
        return new Entry(
                new String(line, 0, space, StandardCharsets.US_ASCII),
                Arrays.copyOfRange(line, space + 1, line.length));
    }
}

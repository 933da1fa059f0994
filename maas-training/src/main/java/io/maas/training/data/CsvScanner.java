package io.maas.training.data;

import com.google.common.base.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Finds rows and cells in the bytes of a stream, which it holds a window of. Behind the window stands a line break, so that no
 * loop over a cell's bytes has to ask whether the window ends.
 *
 * <p>Not thread-safe.
 */
final class CsvScanner {
    private static final int WINDOW = 1 << 18;

    private final InputStream stream;
    private final boolean quotes;
    private final boolean trimmed;
    private final byte separator;
    private final int maxCell;
    private final boolean[] stops = new boolean[256];

    /** The window; {@link #limit} bytes of it count. */
    byte[] bytes = new byte[WINDOW + 1];

    int limit;
    /** What is read next. */
    int at;

    private boolean ended;
    private long line = 1;
    private long breaks;
    private boolean quoteOpen;

    /** The cell that was found last: where it is, without its quotes, and whether it had some. */
    byte[] cell = bytes;

    int from;
    int to;
    boolean quoted;

    CsvScanner(InputStream stream, CsvOptions options) throws IOException, MalformedCellException {
        this.stream = stream;
        this.quotes = options.quotes();
        this.trimmed = options.trimmed();
        this.separator = (byte) options.separator();
        this.maxCell = options.cells().maxCellBytes();
        stops['\n'] = true;
        stops['\r'] = true;
        stops[separator] = true;
        stops['"'] = quotes;
        refill(0);
        skipMark();
    }

    /** The line at hand, from 1 on. */
    long line() {
        return line;
    }

    private void skipMark() throws MalformedCellException {
        if (limit >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf) {
            at = 3;
        } else if (limit >= 2 && (bytes[0] & bytes[1] & 0xfe) == 0xfe && bytes[0] != bytes[1]) {
            throw new MalformedCellException("UTF-16 (expected: UTF-8); convert the file");
        }
    }

    /** Drops what lies before {@code start} from the window, and reads on behind it until something came or the end. */
    private void refill(int start) throws IOException, MalformedCellException {
        int kept = limit - start;
        if (kept > maxCell) {
            throw tooLarge();
        }
        if (kept > WINDOW / 2 && bytes.length - 1 < 2 * kept) {
            bytes = Arrays.copyOfRange(bytes, start, start + 2 * kept + 1);
        } else {
            System.arraycopy(bytes, start, bytes, 0, kept);
        }
        limit = kept;
        int wanted = bytes.length - 1;
        while (limit < wanted && !ended) {
            int count = stream.read(bytes, limit, wanted - limit);
            if (count < 0) {
                ended = true;
            } else {
                limit += count;
            }
        }
        bytes[limit] = '\n';
    }

    /** What is wrong with a cell, without saying where. */
    static final class MalformedCellException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedCellException(String message) {
            super(message, null, false, false);
        }
    }

    /** Goes to the next row that is not blank; false at the end. */
    boolean nextRow() throws IOException, MalformedCellException {
        while (true) {
            int p = at;
            while (bytes[p] == ' ') {
                p++;
            }
            if (p == limit) {
                if (ended) {
                    return false;
                }
                refill(at);
                at = 0;
            } else if (bytes[p] == '\n' || bytes[p] == '\r') {
                at = p;
                more();
            } else {
                return true;
            }
        }
    }

    /** Goes behind what ends the cell; whether it was a separator, so that another cell follows in this row. */
    boolean more() throws IOException, MalformedCellException {
        line += breaks;
        breaks = 0;
        if (at == limit) {
            return false;
        }
        byte end = bytes[at];
        if (end == separator) {
            at++;
            return true;
        }
        if (end == '\r') {
            if (at + 1 == limit && !ended) {
                refill(at);
                at = 0;
            }
            if (at + 1 < limit && bytes[at + 1] == '\n') {
                at++;
            }
        }
        at++;
        line++;
        return false;
    }

    /** Finds the next cell. Afterwards {@link #at} is where it ends, and {@link #more} goes behind that. */
    void scan() throws IOException, MalformedCellException {
        line += breaks;
        breaks = 0;
        if (at == limit && !ended) {
            refill(at);
            at = 0;
        }
        int start = at;
        if (quotes) {
            int p = start;
            while (trimmed && bytes[p] == ' ') {
                p++;
            }
            if (bytes[p] == '"' && p < limit) {
                scanQuoted(p);
                return;
            }
        }
        int p = start;
        while (true) {
            while (!stops[bytes[p] & 0xff]) {
                p++;
            }
            if (p < limit || ended) {
                break;
            }
            refill(start);
            p -= start;
            start = 0;
            at = 0;
        }
        if (p < limit && bytes[p] == '"') {
            throw new MalformedCellException(
                    "a quote within a cell that does not begin with one (expected: quotes around the"
                            + " whole cell, and doubled within); mend it, or read with CsvOptions.withoutQuotes() where quotes are ordinary"
                            + " characters");
        }
        set(bytes, start, p, false);
        at = p;
    }

    /** Finds a cell whose quote opens at {@code open}. */
    private void scanQuoted(int open) throws IOException, MalformedCellException {
        int start = open;
        int p = open + 1;
        int doubled = 0;
        quoteOpen = true;
        while (true) {
            // A closing quote shows in the byte behind it.
            if (p + 1 >= limit && !ended) {
                refill(start);
                p -= start;
                start = 0;
            }
            if (p >= limit) {
                at = limit;
                throw new MalformedCellException(
                        "a quote that opens here and never closes (expected: a closing quote); close"
                                + " it, or read with CsvOptions.withoutQuotes() where quotes are ordinary characters");
            }
            if (bytes[p] == '"') {
                if (p + 1 == limit || bytes[p + 1] != '"') {
                    break;
                }
                doubled++;
                p++;
            } else if (bytes[p] == '\n' || (bytes[p] == '\r' && bytes[p + 1] != '\n')) {
                breaks++;
            }
            p++;
        }
        quoteOpen = false;
        endQuoted(start, p, doubled);
    }

    private void endQuoted(int open, int close, int doubled) throws IOException, MalformedCellException {
        int start = open;
        int end = close;
        int p = close + 1;
        while (trimmed && p < limit && bytes[p] == ' ') {
            p++;
            if (p == limit && !ended) {
                refill(start);
                p -= start;
                end -= start;
                start = 0;
            }
        }
        if (p < limit && (!stops[bytes[p] & 0xff] || bytes[p] == '"')) {
            throw new MalformedCellException(
                    "text behind a closing quote (expected: the separator or the end of the line); double"
                            + " quotes within quoted cells");
        }
        at = p;
        if (doubled == 0) {
            set(bytes, start + 1, end, true);
        } else {
            byte[] single = unescape(start + 1, end, doubled);
            set(single, 0, single.length, true);
        }
    }

    private byte[] unescape(int start, int end, int doubled) {
        byte[] single = new byte[end - start - doubled];
        int p = start;
        for (int i = 0; i < single.length; i++) {
            single[i] = bytes[p];
            p += bytes[p] == '"' ? 2 : 1;
        }
        return single;
    }

    /** Whether the bytes are UTF-8. */
    boolean isText() {
        return Utf8.isWellFormed(cell, from, to - from);
    }

    private MalformedCellException tooLarge() {
        return new MalformedCellException("more than " + maxCell + " bytes "
                + (quoteOpen ? "behind a quote that opens here (expected: a closing quote)" : "(expected: a cell)")
                + "; close the quote, check separator and line breaks, or allow larger cells with withMaxCellBytes(…)");
    }

    private void set(byte[] array, int start, int end, boolean inQuotes) throws MalformedCellException {
        if (end - start > maxCell) {
            throw tooLarge();
        }
        cell = array;
        from = start;
        to = end;
        quoted = inQuotes;
    }
}

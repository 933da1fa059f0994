package io.maas.training.data;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One column of a table that is being written: the cells of the group of rows at hand, where those of earlier groups went, and
 * the column's type as far as it is known.
 *
 * <p>The type of a column that was not declared begins open; it is that of its first cell and widens with the cells that follow.
 * Integers become numbers at the first gap or fraction. Numbers that are followed by a text would have to be texts too, but are
 * no longer there as they were written: the sink then only says that the source has to be read {@link #again()}.
 *
 * <p>Not thread-safe.
 */
final class ColumnSink {
    /** Small, as a file of few rows may have many columns. */
    private static final int FIRST_CELLS = 4;

    private final String name;
    private final OpenGroup group;
    private final boolean declared;
    private final boolean nonFiniteMissing;
    private @Nullable ColumnType type;
    private boolean again;
    private boolean wordsSeen;
    private long[] cells = {};
    private int[] codes = {};
    private byte[] texts = {};
    private int textBytes;
    private @Nullable TextDictionary dictionary;
    private @Nullable TextDictionary full;
    private @Nullable String refused;
    private @Nullable String rounded;
    private long[] positions = {};
    private byte[] kinds = {};
    private int[] sizes = {};
    private int groups;

    /**
     * A column whose cells are missing in the rows that were written before.
     *
     * @param declared the type, or null if it is to be found out
     */
    ColumnSink(String name, @Nullable ColumnType declared, boolean nonFiniteMissing, OpenGroup group) {
        this.name = name;
        this.declared = declared != null;
        this.nonFiniteMissing = nonFiniteMissing;
        this.group = group;
        this.groups = group.past;
        this.positions = new long[groups + 1];
        this.kinds = new byte[groups + 1];
        this.sizes = new int[groups + 1];
        if (declared != null) {
            open(declared, group.row);
        }
    }

    String name() {
        return name;
    }

    /** The type, null while only gaps were seen. */
    @Nullable
    ColumnType type() {
        return type;
    }

    /** The type in the end. */
    ColumnType finalType() {
        return type == null ? ColumnType.NUMBER : type;
    }

    boolean isText() {
        return type == ColumnType.TEXT;
    }

    /** Whether the type was declared. */
    boolean isDeclared() {
        return declared;
    }

    /** Whether this column turned out to be text after numbers, so that the source has to be read once more. */
    boolean again() {
        return again;
    }

    /** What is wrong with a cell given the final type, or null. */
    @Nullable
    String refused() {
        return type == ColumnType.TEXT ? null : refused != null ? refused : type == ColumnType.NUMBER ? rounded : null;
    }

    // ---- cells of the row at hand; each gives false if the declared type does not take it

    boolean missing() {
        int row = group.row;
        if (type == ColumnType.INTEGER) {
            if (declared) {
                return false;
            }
            widen(row);
        }
        if (type == ColumnType.NUMBER) {
            room(row);
            cells[row] = StoredNumbers.MISSING;
        } else if (type == ColumnType.TEXT) {
            code(row, 0);
        }
        return true;
    }

    boolean integer(long value) {
        int row = group.row;
        if (type == ColumnType.TEXT) {
            return false;
        }
        if (type == null) {
            open(group.rows == 0 ? ColumnType.INTEGER : ColumnType.NUMBER, row);
        }
        room(row);
        cells[row] = type == ColumnType.INTEGER ? value : Double.doubleToRawLongBits((double) value);
        return true;
    }

    /** A finite number. */
    boolean number(double value) {
        int row = group.row;
        if (type == ColumnType.TEXT) {
            return false;
        }
        if (type == null) {
            open(ColumnType.NUMBER, row);
        } else if (type == ColumnType.INTEGER) {
            if (declared) {
                boolean whole = value == Math.rint(value) && Math.abs(value) <= 0x1p53;
                return whole && integer((long) value);
            }
            widen(row);
        }
        room(row);
        cells[row] = Double.doubleToRawLongBits(value);
        return true;
    }

    /**
     * Not a number or an infinite one, where text may still follow.
     *
     * @param message what to say if the column turns out to hold numbers
     */
    boolean notFinite(Supplier<String> message) {
        if (!nonFiniteMissing) {
            if (declared) {
                return false;
            }
            refused = refused == null ? message.get() : refused;
        }
        // Should text follow, then this cell was text too.
        wordsSeen = true;
        return missing();
    }

    /** Notes a whole number that float64 cannot hold, to be refused if the column turns out to be one of float64. */
    void inexact(Supplier<String> message) {
        if (!declared && rounded == null && type != ColumnType.TEXT) {
            rounded = message.get();
        }
    }

    /** UTF-8 text, not empty. */
    boolean text(byte[] bytes, int from, int to) {
        int row = group.row;
        if (type == null && !wordsSeen) {
            open(ColumnType.TEXT, row);
        } else if (type != ColumnType.TEXT) {
            if (declared) {
                return false;
            }
            again = true;
            type = ColumnType.TEXT;
        }
        if (again || group.discarding) {
            return true;
        }
        TextDictionary known = dictionary;
        if (known != null) {
            int code = known.find(bytes, from, to);
            if (code < 0) {
                code = known.add(bytes, from, to);
            }
            if (code >= 0) {
                code(row, code);
                return true;
            }
            spellOut(known, row);
        }
        append(row, bytes, from, to);
        return true;
    }

    // ---- changes of type

    private void open(ColumnType opened, int row) {
        type = opened;
        if (opened == ColumnType.TEXT) {
            dictionary = new TextDictionary();
            for (int i = 0; i < row; i++) {
                code(i, 0);
            }
        } else {
            room(row);
            Arrays.fill(cells, 0, row, StoredNumbers.MISSING);
        }
    }

    private void widen(int row) {
        type = ColumnType.NUMBER;
        for (int i = 0; i < row; i++) {
            cells[i] = Double.doubleToLongBits((double) cells[i]);
        }
    }

    /** Writes the group's texts so far out, as the dictionary takes no more. */
    private void spellOut(TextDictionary known, int row) {
        full = known;
        dictionary = null;
        for (int i = 0; i < row; i++) {
            int code = codes[i];
            append(i, known.bytes(), known.start(code), known.end(code));
        }
    }

    private void append(int row, byte[] bytes, int from, int to) {
        int length = to - from;
        if (textBytes + length > texts.length) {
            texts = Arrays.copyOf(texts, Math.max(Math.max(1 << 12, 2 * texts.length), textBytes + length));
        }
        System.arraycopy(bytes, from, texts, textBytes, length);
        textBytes += length;
        group.textBytes += length;
        code(row, textBytes);
    }

    private void code(int row, int code) {
        if (row >= codes.length) {
            codes = Arrays.copyOf(codes, Math.max(row + 1, Math.max(FIRST_CELLS, 2 * codes.length)));
        }
        codes[row] = dictionary == null && code == 0 ? textBytes : code;
    }

    private void room(int row) {
        if (row >= cells.length) {
            cells = Arrays.copyOf(cells, Math.max(row + 1, Math.max(FIRST_CELLS, 2 * cells.length)));
        }
    }

    // ---- groups

    /** The bytes of the block of the group at hand. */
    int blockSize(int rows) {
        return switch (kind()) {
            case NONE -> 0;
            case INTEGERS, NUMBERS -> Math.multiplyExact(Long.BYTES, rows);
            case CODES -> Math.multiplyExact(Integer.BYTES, rows);
            case TEXTS -> Math.addExact(Math.multiplyExact(Integer.BYTES, rows), textBytes);
        };
    }

    private BlockKind kind() {
        if (type == null) {
            return BlockKind.NONE;
        }
        return switch (type) {
            case INTEGER -> BlockKind.INTEGERS;
            case NUMBER -> BlockKind.NUMBERS;
            case TEXT -> dictionary == null ? BlockKind.TEXTS : BlockKind.CODES;
        };
    }

    /** Writes the group's block and begins the next group; the bytes that were written. */
    int flush(int rows, ByteBuffer to, long position) {
        BlockKind kind = kind();
        int size = blockSize(rows);
        switch (kind) {
            case NONE -> {}
            case INTEGERS, NUMBERS -> to.asLongBuffer().put(cells, 0, rows);
            case CODES, TEXTS -> {
                to.asIntBuffer().put(codes, 0, rows);
                to.put(to.position() + Integer.BYTES * rows, texts, 0, textBytes);
            }
        }
        if (groups == positions.length) {
            positions = Arrays.copyOf(positions, 2 * groups);
            kinds = Arrays.copyOf(kinds, 2 * groups);
            sizes = Arrays.copyOf(sizes, 2 * groups);
        }
        positions[groups] = position;
        kinds[groups] = kind.code();
        sizes[groups] = size;
        groups++;
        textBytes = 0;
        return size;
    }

    /** Writes type and places of the blocks, and the dictionary. */
    void describe(DataOutputStream to) throws IOException {
        TableFile.putText(to, finalType().name());
        for (int i = 0; i < groups; i++) {
            to.writeLong(positions[i]);
            to.writeByte(kinds[i]);
            to.writeInt(sizes[i]);
        }
        if (type == ColumnType.TEXT) {
            String[] known = knownTexts();
            to.writeInt(known.length);
            for (String text : known) {
                TableFile.putText(to, text);
            }
        }
    }

    private String[] knownTexts() {
        TextDictionary known = dictionary != null ? dictionary : full;
        return known == null ? new String[] {""} : known.texts();
    }

    /** The column as it was written. */
    StoredColumn stored(Segments memory, int[] firstRows) {
        Layout layout = new Layout(
                memory,
                firstRows,
                Arrays.copyOf(positions, groups),
                Arrays.copyOf(kinds, groups),
                Arrays.copyOf(sizes, groups));
        if (type != ColumnType.TEXT) {
            return new StoredNumbers(finalType(), layout);
        }
        return new StoredTexts(knownTexts(), layout);
    }
}

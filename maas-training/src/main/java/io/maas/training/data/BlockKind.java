package io.maas.training.data;

/** How the cells that one column has in one group of rows are stored. The codes are part of the format of cached tables. */
enum BlockKind {
    /** Not at all: each is missing. */
    NONE(0),
    /** One int64 each. */
    INTEGERS(1),
    /** One float64 each. */
    NUMBERS(2),
    /** One int32 each: the number of a text in the column's dictionary. */
    CODES(3),
    /** One int32 each: where its text ends; behind them the texts in UTF-8. */
    TEXTS(4);

    private static final BlockKind[] ALL = values();

    private final byte code;

    BlockKind(int code) {
        this.code = (byte) code;
    }

    /** The number that stands for it in files: its place above. */
    byte code() {
        return code;
    }

    static BlockKind of(int code) {
        return ALL[code];
    }
}

package io.maas.training.data;

/** How the cells that one column has in one group of rows are stored. The order is part of the format of cached tables. */
enum BlockKind {
    /** Not at all: each is missing. */
    NONE,
    /** One int64 each. */
    INTEGERS,
    /** One float64 each. */
    NUMBERS,
    /** One int32 each: the number of a text in the column's dictionary. */
    CODES,
    /** One int32 each: where its text ends; behind them the texts in UTF-8. */
    TEXTS;

    private static final BlockKind[] ALL = values();

    static BlockKind of(int ordinal) {
        return ALL[ordinal];
    }
}

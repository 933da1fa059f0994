package io.maas.training.preprocessing;

/** What becomes of a category that the vocabulary does not have. */
public enum Unseen {
    /** The request, or the data set, is refused. */
    ERROR,
    /** It takes a place of its own, {@code <unknown>}, behind all others. */
    UNKNOWN,
    /** It takes no place: all values of one-hot are 0. */
    ALL_ZERO
}

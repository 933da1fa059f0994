package io.maas.training.preprocessing;

/** How one of several places is written. */
enum Encoding {
    /** A value for each place: 1 for the one, 0 for the others. */
    ONE_HOT,
    /** One value, the number of the place. */
    ORDINAL,
    /** As ordinal, in int64, for an embedding. */
    IDS
}

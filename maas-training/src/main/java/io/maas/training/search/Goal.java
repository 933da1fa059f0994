package io.maas.training.search;

/** Which scores are better. */
public enum Goal {
    /** Lower ones, such as of a loss. */
    MINIMIZE,
    /** Higher ones, such as of an accuracy. */
    MAXIMIZE;

    /** Negative if {@code one} is better than {@code other}. */
    int compare(double one, double other) {
        return this == MINIMIZE ? Double.compare(one, other) : Double.compare(other, one);
    }
}

package io.maas.training.metric;

/**
 * How a figure for yes and no becomes one for several classes, or several labels.
 *
 * @see "Sokolova and Lapalme, A systematic analysis of performance measures for classification tasks (2009), table 3"
 */
public enum Average {
    /** None: the figure of class 1 of two. */
    BINARY(""),
    /** The mean over the classes, each counting the same. Classes that neither occur nor were predicted are left out. */
    MACRO("Macro"),
    /** Of all decisions together, each counting the same. */
    MICRO("Micro"),
    /** The mean over the classes, each counting by how often it is true. */
    WEIGHTED("Weighted");

    private final String suffix;

    Average(String suffix) {
        this.suffix = suffix;
    }

    /** A figure's name with this average. */
    String name(String figure) {
        return figure + suffix;
    }
}

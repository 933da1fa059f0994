package io.maas.training.preprocessing;

/** Something about all values of a column, found in one or more passes. */
interface Statistic {
    boolean isWanting();

    /**
     * Takes one more value in.
     *
     * @param value finite
     */
    void see(double value);

    void endPass();
}

package io.maas.training.lineage;

/**
 * What is not as it was when a version was made.
 *
 * @param what it is, such as {@code seed} or {@code setting threads}
 * @param recorded what the version's lineage says
 * @param given what it is now
 */
public record Difference(String what, String recorded, String given) {
    /** Such as {@code seed: 4 (recorded: 3)}. */
    @Override
    public String toString() {
        return what + ": " + given + " (recorded: " + recorded + ")";
    }
}

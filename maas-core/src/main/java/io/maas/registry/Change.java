package io.maas.registry;

/**
 * Who changes a model, an alias or a deployment, and why: kept with the change in its history.
 *
 * <p>Immutable and thread-safe.
 *
 * @param who a person or a program; empty if nobody said
 * @param why the reason in words; empty if nobody said
 */
public record Change(String who, String why) {
    private static final Change UNSAID = new Change("", "");

    /** Who the library's own changes are by. */
    private static final String AUTOMATIC = "maas";

    /** A change of which nobody said who and why. */
    public static Change unsaid() {
        return UNSAID;
    }

    /** A change that the library makes by itself. */
    public static Change automatic(String why) {
        return new Change(AUTOMATIC, why);
    }
}

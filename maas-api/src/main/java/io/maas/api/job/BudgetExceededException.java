package io.maas.api.job;

/** A job takes more than it may. */
final class BudgetExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BudgetExceededException(String what, Object value, Object most) {
        super("budget." + what + ": " + value + " (expected: at most " + most
                + "); ask for less, or for a larger budget if the server allows it");
    }
}

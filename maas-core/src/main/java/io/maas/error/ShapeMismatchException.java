package io.maas.error;

/** A tensor's shape is not the one expected; both are carried as text such as {@code [batch, 4]}. */
public final class ShapeMismatchException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    private final String expected;
    private final String actual;

    public ShapeMismatchException(String message, String expected, String actual) {
        super(message);
        this.expected = expected;
        this.actual = actual;
    }

    /** The shape that was expected, such as {@code [batch, 4]}. */
    public String expected() {
        return expected;
    }

    /** The shape that was found, such as {@code [32, 5]}. */
    public String actual() {
        return actual;
    }
}

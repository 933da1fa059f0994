package io.maas.error;

/** A computation came to NaN or an infinity, and its backend was asked to say where. */
public final class NonFiniteException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final String node;

    /**
     * @param node the first node that made such a number of others, as messages call it; or the input that brought it
     */
    public NonFiniteException(String node, String message) {
        super(message);
        this.node = node;
    }

    /** The first node that made such a number of others, such as {@code Log "loss/Log_1"}; or the input that brought it. */
    public String node() {
        return node;
    }
}

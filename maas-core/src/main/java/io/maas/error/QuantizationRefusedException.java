package io.maas.error;

/** A model with fewer bits answers further from the one it was made of than was allowed. Leave layers out, or take more bits. */
public final class QuantizationRefusedException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final String output;
    private final double measured;
    private final String worstLayer;

    /**
     * @param output the output that is too far off
     * @param measured the figure that was not good enough; the message says which one, and the bound
     * @param worstLayer the node that loses most, by its name or that of its first output
     */
    public QuantizationRefusedException(String output, double measured, String worstLayer, String message) {
        super(message);
        this.output = output;
        this.measured = measured;
        this.worstLayer = worstLayer;
    }

    /** The output that is too far off. */
    public String output() {
        return output;
    }

    /** The figure that was not good enough; the message says which one, and the bound. */
    public double measured() {
        return measured;
    }

    /** The node that loses most, by its name or that of its first output: the first one to leave out. */
    public String worstLayer() {
        return worstLayer;
    }
}

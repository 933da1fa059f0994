package io.maas.train;

import io.maas.error.Require;

/**
 * When {@link Schedule#onPlateau} goes down: a measured value is a gain if it is better than the best so far by more than the threshold;
 * after {@code patience} values in a row without gain the factor is multiplied once more. After that, so many values as {@code cooldown}
 * says do not count as without gain. The first number is always a gain, NaN never.
 *
 * <p>Patience is counted as Keras does it, and as early stopping does here; PyTorch waits for one value more.
 *
 * <p>Immutable and thread-safe.
 *
 * @param factor {@code 0 < factor < 1}
 * @param patience values without gain after which it goes down, {@code >= 1}
 * @param threshold how much better a value must be to be a gain, {@code >= 0}
 * @param relative whether the threshold is a share of the best value, {@code |best| · threshold}, and not an amount
 * @param cooldown values behind a fall that are not counted as without gain, {@code >= 0}
 * @param floor the factor that it never falls below, {@code 0 <= floor < 1}
 * @param higherIsBetter for values such as an accuracy, not a loss
 * @see "Keras, ReduceLROnPlateau; PyTorch, torch.optim.lr_scheduler.ReduceLROnPlateau"
 */
public record Plateau(
        double factor,
        int patience,
        double threshold,
        boolean relative,
        int cooldown,
        double floor,
        boolean higherIsBetter) {
    public Plateau {
        Require.that(factor > 0 && factor < 1, "factor", factor, "0 < factor < 1");
        Require.positive(patience, "patience");
        Require.that(threshold >= 0 && threshold < Double.POSITIVE_INFINITY, "threshold", threshold, "threshold >= 0");
        Require.that(cooldown >= 0, "cooldown", cooldown, "cooldown >= 0");
        Require.in(0, floor, 1, "floor");
    }

    /** To a tenth after ten values without gain, which is to be of 0.01 % at least; lower is better; no cooldown, no floor. */
    public static Plateau defaults() {
        return new Plateau(0.1, 10, 1e-4, true, 0, 0, false);
    }

    public Plateau withFactor(double other) {
        return new Plateau(other, patience, threshold, relative, cooldown, floor, higherIsBetter);
    }

    public Plateau withPatience(int other) {
        return new Plateau(factor, other, threshold, relative, cooldown, floor, higherIsBetter);
    }

    /** A gain is to be of more than this share of the best value. */
    public Plateau withRelativeThreshold(double other) {
        return new Plateau(factor, patience, other, true, cooldown, floor, higherIsBetter);
    }

    /** A gain is to be of more than this amount. */
    public Plateau withAbsoluteThreshold(double other) {
        return new Plateau(factor, patience, other, false, cooldown, floor, higherIsBetter);
    }

    public Plateau withCooldown(int other) {
        return new Plateau(factor, patience, threshold, relative, other, floor, higherIsBetter);
    }

    public Plateau withFloor(double other) {
        return new Plateau(factor, patience, threshold, relative, cooldown, other, higherIsBetter);
    }

    public Plateau withHigherIsBetter(boolean other) {
        return new Plateau(factor, patience, threshold, relative, cooldown, floor, other);
    }

    /** With its settings, for lineage. */
    String name() {
        return "onPlateau(factor=" + factor + ", patience=" + patience + ", threshold=" + threshold
                + (relative ? "" : " absolute") + (cooldown > 0 ? ", cooldown=" + cooldown : "")
                + (floor > 0 ? ", floor=" + floor : "") + (higherIsBetter ? ", higherIsBetter" : "") + ")";
    }

    /** The factor of a step: of what was measured before it. */
    double factor(Progress progress) {
        double reached = 1;
        double best = higherIsBetter ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        int waited = 0;
        int cooling = 0;
        for (Progress.Measured each : progress.measured()) {
            if (each.step() >= progress.step()) {
                break;
            }
            boolean cooled = cooling == 0;
            cooling = Math.max(0, cooling - 1);
            if (isGain(each.value(), best)) {
                best = each.value();
                waited = 0;
            } else if (cooled && ++waited >= patience) {
                reached *= factor;
                waited = 0;
                cooling = cooldown;
            }
        }
        return Math.max(floor, reached);
    }

    private boolean isGain(double value, double best) {
        if (Double.isInfinite(best)) {
            return higherIsBetter ? value > best : value < best;
        }
        double margin = relative ? threshold * Math.abs(best) : threshold;
        return higherIsBetter ? value > best + margin : value < best - margin;
    }
}

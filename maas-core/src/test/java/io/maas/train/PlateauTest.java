package io.maas.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.maas.train.Progress.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlateauTest {
    private static final Plateau HALF = Plateau.defaults().withFactor(0.5).withPatience(2);

    /** The factors of the step behind each value, one value every ten steps. */
    private static double[] factors(Schedule schedule, double... values) {
        List<Measured> measured = new ArrayList<>();
        double[] factors = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            measured.add(new Measured(10L * (i + 1), values[i]));
            factors[i] = schedule.factor(new Progress(10L * (i + 1) + 1, measured));
        }
        return factors;
    }

    private static double[] factors(Plateau plateau, double... values) {
        return factors(Schedule.onPlateau(plateau), values);
    }

    @Test
    void fallsAfterSoManyValuesWithoutGain() {
        assertThat(factors(HALF, 5, 4, 4, 4, 4, 4, 3, 3, 3))
                .containsExactly(1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125);
        assertThat(factors(HALF.withPatience(1), 5, 6, 7)).containsExactly(1, 0.5, 0.25);
        assertThat(factors(HALF.withFloor(0.3), 5, 5, 5, 5, 5, 5)).containsExactly(1, 1, 0.5, 0.5, 0.3, 0.3);
    }

    @Test
    void aSmallGainIsNone() {
        Plateau relative = HALF.withRelativeThreshold(0.1);
        assertThat(factors(relative, 10, 9.1, 9.1)).containsExactly(1, 1, 0.5);
        assertThat(factors(relative, 10, 8.9, 8.9, 8.0)).containsExactly(1, 1, 1, 1);
        assertThat(factors(relative, -10, -10.9, -10.9)).containsExactly(1, 1, 0.5);
        assertThat(factors(relative, -10, -11.1, -11.1)).containsExactly(1, 1, 1);
        Plateau absolute = HALF.withAbsoluteThreshold(0.5);
        assertThat(factors(absolute, 10, 9.6, 9.5)).containsExactly(1, 1, 0.5);
        assertThat(factors(absolute, 10, 9.6, 9.4)).containsExactly(1, 1, 1);
        // The margin is that of the best so far, which small gains do not move.
        assertThat(factors(absolute, 10, 9.7, 9.4)).containsExactly(1, 1, 1);
    }

    @Test
    void accuraciesRise() {
        Plateau plateau = HALF.withHigherIsBetter(true).withRelativeThreshold(0);
        assertThat(factors(plateau, 0.5, 0.6, 0.6, 0.55, 0.7)).containsExactly(1, 1, 1, 0.5, 0.5);
    }

    @Test
    void valuesAreNotCountedWhileItCools() {
        assertThat(factors(HALF.withPatience(1).withCooldown(2), 5, 5, 5, 5, 5, 5, 5, 5))
                .containsExactly(1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125);
        // A gain counts, also then.
        assertThat(factors(HALF.withPatience(2).withCooldown(1), 5, 5, 5, 4, 4.5, 4.5))
                .containsExactly(1, 1, 0.5, 0.5, 0.5, 0.25);
    }

    @Test
    void whatIsNoNumberIsNoGain() {
        assertThat(factors(HALF, Double.NaN, Double.NaN, 5, Double.NaN, 5)).containsExactly(1, 0.5, 0.5, 0.5, 0.25);
    }

    /** PyTorch's ReduceLROnPlateau as it is documented, with its patience one lower: there, one more value is waited for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void countsAsPyTorchDoes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int patience = 1 + random.nextInt(4);
        int cooldown = random.nextInt(3);
        double[] values = random.doubles(60, 1, 2).toArray();
        double[] expected = new double[values.length];
        double best = Double.POSITIVE_INFINITY;
        double rate = 1;
        int bad = 0;
        int cooling = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] < best * (1 - 0.01)) {
                best = values[i];
                bad = 0;
            } else {
                bad++;
            }
            if (cooling > 0) {
                cooling--;
                bad = 0;
            }
            if (bad > patience - 1) {
                rate = Math.max(rate * 0.7, 0.05);
                cooling = cooldown;
                bad = 0;
            }
            expected[i] = rate;
        }

        Plateau plateau = new Plateau(0.7, patience, 0.01, true, cooldown, 0.05, false);

        assertThat(factors(plateau, values)).containsExactly(expected, within(1e-12));
    }

    @Test
    void eachStepSeesWhatWasMeasuredBeforeIt() {
        List<Measured> all = List.of(new Measured(10, 5), new Measured(20, 5), new Measured(30, 5));
        Schedule schedule = Schedule.onPlateau(HALF.withPatience(1));

        assertThat(schedule.factor(new Progress(20, all))).isEqualTo(1);
        assertThat(schedule.factor(new Progress(21, all))).isEqualTo(0.5);
        assertThat(schedule.factor(new Progress(31, all))).isEqualTo(0.25);
        assertThat(schedule.factor(31)).isEqualTo(1);
    }

    @Test
    void composesWithOtherSchedules() {
        Schedule plateau = Schedule.onPlateau(HALF.withPatience(1));
        // What is measured in the first 15 steps is no concern of what follows them.
        assertThat(factors(Schedule.constant(2).lasting(15).then(plateau), 5, 6, 6, 5))
                .containsExactly(2, 1, 0.5, 0.5);
        // Its end keeps what was reached.
        assertThat(factors(plateau.lasting(25), 5, 5, 5, 5)).containsExactly(1, 0.5, 0.5, 0.5);
        assertThat(factors(plateau.times(Schedule.constant(4)).scaled(2), 5, 5)).containsExactly(8, 4);
    }

    @Test
    void isNamedAndChecked() {
        assertThat(Schedule.onPlateau(Plateau.defaults()).name())
                .isEqualTo("onPlateau(factor=0.1, patience=10, threshold=1.0E-4)");
        assertThat(new Plateau(0.5, 3, 0.01, false, 2, 0.1, true).name())
                .isEqualTo("onPlateau(factor=0.5, patience=3, threshold=0.01 absolute, cooldown=2, floor=0.1,"
                        + " higherIsBetter)");
        refused(() -> HALF.withFactor(1), "factor: 1.0 (expected: 0 < factor < 1)");
        refused(() -> HALF.withPatience(0), "patience: 0 (expected: patience > 0)");
        refused(() -> HALF.withRelativeThreshold(-1), "threshold: -1.0 (expected: threshold >= 0)");
        refused(() -> HALF.withCooldown(-1), "cooldown: -1 (expected: cooldown >= 0)");
        refused(() -> HALF.withFloor(1), "floor: 1.0 (expected: 0.0 <= floor < 1.0)");
    }

    private static void refused(Supplier<Plateau> wrong, String message) {
        assertThatIllegalArgumentException().isThrownBy(wrong::get).withMessage(message);
    }
}

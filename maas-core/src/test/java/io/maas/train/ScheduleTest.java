package io.maas.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static void follows(Schedule schedule, double... factors) {
        for (int i = 0; i < factors.length; i++) {
            assertThat(schedule.factor(i + 1))
                    .as("%s at step %d", schedule, i + 1)
                    .isCloseTo(factors[i], within(1e-12));
        }
    }

    private static double cos(double share) {
        return Math.cos(Math.PI * share);
    }

    @Test
    void thoseWithoutAnEnd() {
        follows(Schedule.constant(0.3), 0.3, 0.3, 0.3);
        follows(Schedule.step(3, 0.5), 1, 1, 1, 0.5, 0.5, 0.5, 0.25);
        follows(Schedule.exponential(0.9), 1, 0.9, 0.81, 0.729);
        follows(Schedule.of("reciprocal", step -> 1.0 / step), 1, 0.5, 1.0 / 3);
        assertThat(Schedule.step(10, 0.1).factor(10_001)).isEqualTo(0);
        assertThat(Schedule.exponential(0.999).factor(5001)).isCloseTo(Math.exp(5000 * Math.log(0.999)), within(1e-12));
    }

    @Test
    void polynomialsFallToTheirFloorAndStay() {
        follows(Schedule.linear(4), 1, 0.75, 0.5, 0.25, 0, 0, 0);
        follows(Schedule.polynomial(2, 2, 0.2), 1, 0.2 + 0.8 * 0.25, 0.2, 0.2);
        assertThat(Schedule.polynomial(10, 0.5, 0).factor(Long.MAX_VALUE)).isEqualTo(0);
    }

    @Test
    void cosinesFallToTheirFloorAndStay() {
        Schedule schedule = Schedule.cosine(1000, 0.1);
        for (int t = 0; t <= 1000; t++) {
            assertThat(schedule.factor(t + 1)).isCloseTo(0.1 + 0.45 * (1 + cos(t / 1000.0)), within(1e-12));
        }
        assertThat(schedule.factor(1)).isEqualTo(1);
        assertThat(schedule.factor(1001)).isEqualTo(0.1);
        assertThat(schedule.factor(5000)).isEqualTo(0.1);
        assertThat(Schedule.cosine(8).factor(5)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void restartsBeginAnew() {
        Schedule even = Schedule.cosineRestarts(4, 1, 0);
        double half = (1 + cos(0.25)) / 2;
        follows(even, 1, half, 0.5, 1 - half, 1, half, 0.5, 1 - half, 1);
        assertThat(even.factor(4_000_000_001L)).isEqualTo(1);

        Schedule growing = Schedule.cosineRestarts(2, 2, 0.2);
        // Lengths of 2, 4 and 8 steps.
        follows(growing, 1, 0.6, 1, 0.2 + 0.8 * half, 0.6, 0.2 + 0.8 * (1 - half), 1);
        assertThat(growing.factor(7 + 4)).isCloseTo(0.6, within(1e-12));
        assertThat(growing.factor(15)).isEqualTo(1);
    }

    @Test
    void warmUpRisesToOne() {
        follows(Schedule.warmUp(4), 0.25, 0.5, 0.75, 1, 1, 1);
        follows(Schedule.warmUp(1), 1, 1);
    }

    @Test
    void oneCycleRisesAndFalls() {
        Schedule schedule = Schedule.oneCycle(100, 0.25, 0.1, 0.01);
        for (int t = 0; t <= 100; t++) {
            double expected =
                    t < 25 ? 0.1 + 0.9 * (1 - cos(t / 25.0)) / 2 : 0.01 + 0.99 * (1 + cos((t - 25) / 75.0)) / 2;
            assertThat(schedule.factor(t + 1)).as("t=%d", t).isCloseTo(expected, within(1e-12));
        }
        assertThat(schedule.factor(26)).isEqualTo(1);
        assertThat(schedule.factor(200)).isCloseTo(0.01, within(1e-15));
        follows(Schedule.oneCycle(2, 0, 0.5, 0), 1, 0.5, 0, 0);
        assertThat(Schedule.oneCycle(1000).factor(1)).isCloseTo(0.04, within(1e-12));
        assertThat(Schedule.oneCycle(1000).factor(301)).isEqualTo(1);
        assertThat(Schedule.oneCycle(1000).factor(1001)).isCloseTo(4e-6, within(1e-12));
    }

    @Test
    void oneFollowsAnother() {
        Schedule schedule = Schedule.warmUp(100).then(Schedule.cosine(1000));
        assertThat(schedule.factor(1)).isEqualTo(0.01);
        assertThat(schedule.factor(99)).isEqualTo(0.99);
        assertThat(schedule.factor(100)).isEqualTo(1);
        assertThat(schedule.factor(101)).isEqualTo(1);
        assertThat(schedule.factor(102)).isCloseTo((1 + cos(0.001)) / 2, within(1e-12));
        assertThat(schedule.factor(601)).isCloseTo(0.5, within(1e-12));
        assertThat(schedule.factor(1101)).isEqualTo(0);

        Schedule three = schedule.then(Schedule.constant(0.5));
        assertThat(three.factor(1100)).isEqualTo(schedule.factor(1100));
        assertThat(three.factor(1101)).isEqualTo(0.5);
        follows(Schedule.constant(1).lasting(2).then(Schedule.linear(2)).scaled(3), 3, 3, 3, 1.5, 0);
        follows(Schedule.exponential(0.5).lasting(2), 1, 0.5, 0.25, 0.25);
        follows(Schedule.warmUp(2).times(Schedule.step(1, 0.5)), 0.5, 0.5, 0.25);
        assertThat(schedule.scaled(2).name()).isEqualTo("warmUp(100).then(cosine(steps=1000, floor=0.0)).scaled(2.0)");
    }

    @Test
    void settingsAreChecked() {
        refused(() -> Schedule.constant(-1), "factor: -1.0 (expected: 0 <= factor < Infinity)");
        refused(() -> Schedule.step(0, 0.5), "every: 0 (expected: every > 0)");
        refused(() -> Schedule.exponential(0), "factor: 0.0 (expected: factor > 0)");
        refused(() -> Schedule.polynomial(10, 0, 0), "power: 0.0 (expected: power > 0)");
        refused(() -> Schedule.cosine(10, 1), "floor: 1.0 (expected: 0.0 <= floor < 1.0)");
        refused(() -> Schedule.cosineRestarts(10, 0.5, 0), "growth: 0.5 (expected: 1 <= growth < Infinity)");
        refused(() -> Schedule.warmUp(0), "steps: 0 (expected: steps > 0)");
        refused(() -> Schedule.oneCycle(10, 1, 0, 0), "rise: 1.0 (expected: 0.0 <= rise < 1.0)");
        refused(() -> Schedule.cosine(10).scaled(Double.NaN), "by: NaN (expected: 0 <= by < Infinity)");
        refused(
                () -> Schedule.constant(1).then(Schedule.linear(10)),
                "schedule: constant(1.0) (expected: one with an end before another; give it one with lasting(steps))");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.linear(10).factor(0))
                .withMessage("step: 0 (expected: step > 0)");
    }

    private static void refused(Supplier<Schedule> wrong, String message) {
        assertThatIllegalArgumentException().isThrownBy(wrong::get).withMessage(message);
    }
}

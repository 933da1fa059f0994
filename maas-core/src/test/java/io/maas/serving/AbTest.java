package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.model.RequestOptions;
import org.junit.jupiter.api.Test;

class AbTest extends RolloutTestBase {
    @Test
    void outcomesCountForTheVersionThatAnsweredTheKey() {
        rollout(Rollout.ab(2));
        double[] sums = new double[3];
        long[] counts = new long[3];
        for (int i = 0; i < 1000; i++) {
            String key = "user-" + i;
            int version = ask(RequestOptions.none().withKey(key));
            double outcome = version == 2 ? i % 3 : i % 2;
            deployment().record(key, outcome);
            sums[version] += outcome;
            counts[version]++;
        }

        RolloutStatus.Outcomes a = status().stable().outcomes();
        RolloutStatus.Outcomes b = status().candidate().outcomes();
        assertThat(a.count()).isEqualTo(counts[1]).isBetween(450L, 550L);
        assertThat(b.count()).isEqualTo(counts[2]);
        assertThat(a.mean()).isCloseTo(sums[1] / counts[1], within(1e-12));
        assertThat(b.mean()).isCloseTo(sums[2] / counts[2], within(1e-12));
        assertThat(status().candidate().requests()).isEqualTo(counts[2]);
    }

    @Test
    void theIntervalIsThatOfTheNormalDistribution() {
        Arm arm = new Arm();
        for (double outcome : new double[] {1, 2, 3, 4, 5}) {
            arm.record(outcome);
        }

        // The variance is 2.5, so the standard error is sqrt(2.5 / 5).
        RolloutStatus.Outcomes outcomes = arm.status(1).outcomes();
        assertThat(outcomes.mean()).isEqualTo(3);
        assertThat(outcomes.low()).isCloseTo(3 - 1.959964 * Math.sqrt(0.5), within(1e-12));
        assertThat(outcomes.high()).isCloseTo(3 + 1.959964 * Math.sqrt(0.5), within(1e-12));
        assertThat(new Arm().status(1).outcomes().high()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void saysWhatCannotBe() {
        assertThatThrownBy(() -> Rollout.ab(2).step(0.5, 1))
                .hasMessageEndingWith("(expected: none in an A/B test, whose end is decided by hand)");
        assertThatThrownBy(() -> deployment().record("user", 1))
                .hasMessage("model m: no rollout is under way (expected: one); start one first");
        rollout(Rollout.ab(2));
        assertThatThrownBy(() -> deployment().record("user", Double.NaN))
                .hasMessage("outcome: NaN (expected: a finite number)");
    }
}

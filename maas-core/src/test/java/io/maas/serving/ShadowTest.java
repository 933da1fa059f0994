package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.maas.serving.DeploymentEvent.Action;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ShadowTest extends RolloutTestBase {
    private RolloutStatus.Comparison comparison() {
        return status().comparison();
    }

    private RolloutStatus.Difference differences() {
        return Objects.requireNonNull(comparison().outputs().get("y"));
    }

    /** Asks so many times and waits until each copy has come to an end, unless the rollout is over. */
    private void askAndCompare(int requests) {
        for (int i = 0; i < requests; i++) {
            assertThat(ask()).isEqualTo(1);
        }
        await(() -> deployment()
                .rollout()
                .map(now -> now.comparison().count()
                                + now.comparison().dropped()
                                + now.comparison().failures()
                        >= requests)
                .orElse(true));
        settle();
    }

    @Test
    void copiesAreComparedAndAnswerNobody() {
        rollout(Rollout.shadow(2));
        askAndCompare(50);
        // [2, 4] became [5, 4]: another column is the largest.
        backend.script(2).error = 3;
        for (int i = 0; i < 50; i++) {
            assertThat(ask()).isEqualTo(1);
        }
        await(() -> comparison().count() == 100);

        RolloutStatus.Difference y = differences();
        assertThat(y.mean()).isEqualTo(0.75);
        assertThat(y.meanOfMax()).isEqualTo(1.5);
        assertThat(y.p50()).isZero();
        assertThat(y.p99()).isCloseTo(3, within(0.1));
        assertThat(y.max()).isEqualTo(3);
        assertThat(y.labels()).isEqualTo(100);
        assertThat(y.disagreement()).isEqualTo(0.5);
        assertThat(status().candidate().requests()).isEqualTo(100);
        assertThat(status().stable().requests()).isEqualTo(100);
    }

    @Test
    void onlyAShareIsCopied() {
        rollout(Rollout.shadow(2).weight(0.25));
        for (int i = 0; i < 1000; i++) {
            ask();
        }
        // Waits for the copies.
        deployments.close();

        assertThat(backend.script(2).rows.get()).isBetween(245, 255);
    }

    @Test
    void aShadowThatFailsHarmsNobody() {
        backend.script(2).fails = true;
        rollout(Rollout.shadow(2));
        askAndCompare(100);

        assertThat(comparison().failures()).isEqualTo(100);
        assertThat(status().candidate().failures()).isEqualTo(100);
        assertThat(status().stable().failures()).isZero();
    }

    @Test
    void aShadowThatHangsIsNotWaitedForAndTakesHalfOfTheQueueAtMost() {
        deployments.deploy("m", "1", OPTIONS.withMaxQueue(8).withMaxRows(1));
        backend.script(2).held = true;
        rollout(Rollout.shadow(2));
        assertThat(count(1, 100)).isEqualTo(100);

        // Half of the queue: one runs, and three wait.
        assertThat(comparison().dropped()).isEqualTo(96);
        backend.script(2).held = false;
        backend.script(2).gate.release(1);
        await(() -> comparison().count() + comparison().dropped() == 100);
        assertThat(comparison().failures()).isZero();
    }

    @Test
    void aGuardEndsAShadow() {
        rollout(Rollout.shadow(2).window(MINUTE, 100, 20).guard(Guard.drift(0.1), Guard.disagreement(0.2)));
        askAndCompare(100);
        assertThat(deployment().rollout()).isPresent();

        backend.script(2).error = 3;
        while (deployment().rollout().isPresent()) {
            assertThat(ask()).isEqualTo(1);
        }
        assertThat(lastEvent().action()).isEqualTo(Action.AUTOMATIC_ROLLBACK);
        assertThat(lastEvent().why())
                .contains("mean absolute difference of outputs 1")
                .contains("(expected: at most 0.1); label disagreement");
        assertThat(deployment().version()).isEqualTo(1);
    }

    @Test
    void aCanaryWithADriftGuardIsComparedWithTheStableVersion() {
        backend.script(2).error = 0.5f;
        rollout(Rollout.canary(2).weight(0.5).window(MINUTE, 100, 20).guard(Guard.drift(1)));
        for (int i = 0; i < 100; i++) {
            long copies = comparison().count();
            if (ask() == 2) {
                await(() -> comparison().count() > copies);
            }
        }
        assertThat(comparison().count()).isEqualTo(status().candidate().requests());
        assertThat(differences().mean()).isEqualTo(0.25);
        assertThat(status().stable().requests())
                .as("copies are no requests of callers")
                .isLessThan(60);

        backend.script(2).error = 5;
        while (deployment().rollout().isPresent()) {
            assertThat(ask()).isPositive();
        }
        assertThat(lastEvent().why()).startsWith("mean absolute difference of outputs ");
    }

    @Test
    void aCanaryThatFailsIsNotSavedByAGuardThatCannotCompare() {
        backend.script(2).fails = true;
        rollout(Rollout.canary(2).weight(0.5).window(MINUTE, 100, 20).guard(Guard.drift(1), Guard.errorRate(0.01)));
        askCandidate(100);

        assertThat(lastEvent().why()).startsWith("error rate 1 ");
    }

    @Test
    void aShadowCanBePromoted() {
        rollout(Rollout.shadow(2).step(1, 1).window(MINUTE, 10, 10).guard(Guard.drift(0.1)));
        while (deployment().rollout().isPresent()) {
            ask();
        }

        assertThat(ask()).isEqualTo(2);
        assertThat(lastEvent().action()).isEqualTo(Action.PROMOTE);
    }
}

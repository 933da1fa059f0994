package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.RequestOptions;
import io.maas.registry.Version;
import io.maas.serving.DeploymentEvent.Action;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanaryTest extends RolloutTestBase {
    private static final Guard NO_ERRORS = Guard.errorRate(0.01);

    private static Rollout canary() {
        return Rollout.canary(2).weight(0.5).window(MINUTE, 100, 20);
    }

    // ---- shares

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.1, 0.25, 0.5, 0.9, 1})
    void theShareIsWithinAPoint(double weight) {
        rollout(Rollout.canary(2).weight(weight));

        assertThat(count(2, 10_000)).isCloseTo((int) (10_000 * weight), within(100));
    }

    private Set<String> keysOfTheCandidate() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String key = "user-" + i;
            if (ask(RequestOptions.none().withKey(key)) == 2) {
                keys.add(key);
            }
        }
        return keys;
    }

    @Test
    void aKeyKeepsItsVersionAndARisingWeightOnlyMovesKeysToTheCandidate() {
        rollout(Rollout.canary(2).weight(0.1));
        Set<String> few = keysOfTheCandidate();
        // Three standard deviations of so many draws.
        assertThat(few.size()).isBetween(910, 1090);
        assertThat(keysOfTheCandidate().equals(few)).isTrue();

        deployments.setWeight("m", 0.3, ANNA);
        Set<String> more = keysOfTheCandidate();
        assertThat(more.size()).isBetween(2862, 3138);
        assertThat(more.containsAll(few)).isTrue();
        deployments.setWeight("m", 0.1, ANNA);
        assertThat(keysOfTheCandidate().equals(few)).isTrue();
    }

    @Test
    void anotherRolloutTriesOtherKeys() {
        rollout(Rollout.canary(2).weight(0.1));
        Set<String> before = keysOfTheCandidate();
        deployments.abort("m", ANNA);
        registry.publish("m", ScriptedBackend.artifact(4));
        deployments.deploy("m", "2", OPTIONS);
        rollout(Rollout.canary(4).weight(0.1));

        Set<String> both = new HashSet<>();
        for (String key : before) {
            if (ask(RequestOptions.none().withKey(key)) == 4) {
                both.add(key);
            }
        }
        assertThat(both.size()).isBetween(50, 150);
    }

    @Test
    void asynchronousRequestsAreRoutedAndCountedToo() {
        rollout(canary());
        int candidate = 0;
        for (int i = 0; i < 100; i++) {
            candidate += deployments
                                    .model("m")
                                    .predictAsync(ScriptedBackend.row(1))
                                    .join()
                                    .version()
                            == 2
                    ? 1
                    : 0;
        }

        assertThat(status().candidate().requests()).isEqualTo(candidate).isBetween(48L, 52L);
        assertThat(status().stable().requests()).isEqualTo(100 - candidate);
    }

    // ---- guards

    @Test
    void aBreachRollsBackWithinOneWindowAndTheVersionStaysOut() {
        rollout(canary().guard(NO_ERRORS));
        askCandidate(200);
        backend.script(2).fails = true;

        assertThat(count(0, 400)).isEqualTo(100);
        settle();
        assertThat(deployment().rollout()).isEmpty();
        assertThat(lastEvent())
                .isEqualTo(new DeploymentEvent(
                        clock.instant(),
                        Action.AUTOMATIC_ROLLBACK,
                        2,
                        "maas",
                        "error rate 1 (expected: at most 0.01) in a window of 100 requests"));
        assertThat(backend.script(2).open).hasValue(0);

        backend.script(2).fails = false;
        for (int minute = 0; minute < 10; minute++) {
            backend.advance(MINUTE);
            assertThat(count(1, 100)).isEqualTo(100);
        }
        assertThat(actions()).endsWith(Action.ROLLOUT, Action.AUTOMATIC_ROLLBACK);
    }

    @Test
    void aWindowEndsWithItsTimeToo() {
        rollout(canary().guard(NO_ERRORS));
        backend.script(2).fails = true;
        askCandidate(49);
        assertThat(deployment().rollout()).isPresent();

        backend.advance(MINUTE);
        assertThat(count(0, 100)).isLessThanOrEqualTo(1);
        settle();
        assertThat(lastEvent().why())
                .matches("error rate 1 \\(expected: at most 0.01\\) in a window of (49|50) requests");
    }

    @Test
    void fewRequestsProveNothing() {
        rollout(canary().guard(NO_ERRORS));
        backend.script(2).fails = true;
        askCandidate(18);

        backend.advance(Duration.ofDays(3650));
        askCandidate(1);
        assertThat(deployment().rollout()).isPresent();
    }

    @Test
    void slowAnswersBreachALatencyGuard() {
        backend.script(2).nanos = Duration.ofMillis(15).toNanos();
        rollout(canary().guard(Guard.p99(Duration.ofMillis(20))));
        askCandidate(100);
        assertThat(status().candidate().p99().toNanos()).isBetween(14_500_000L, 15_000_000L);

        backend.script(2).nanos = Duration.ofMillis(50).toNanos();
        askCandidate(100);
        assertThat(lastEvent().action()).isEqualTo(Action.AUTOMATIC_ROLLBACK);
        assertThat(lastEvent().why())
                .matches("p99 latency 4[89][.0-9]* ms \\(expected: at most 20 ms\\) in a window of 100 requests");
    }

    @Test
    void relativeGuardsMeasureAgainstTheStableVersion() {
        backend.script(1).nanos = Duration.ofMillis(10).toNanos();
        backend.script(2).nanos = Duration.ofMillis(14).toNanos();
        backend.script(1).fails = true;
        backend.script(2).fails = true;
        rollout(canary().guard(Guard.latencyTimesStable(0.5, 1.5), Guard.errorRateAboveStable(0.01)));
        askCandidate(100);
        assertThat(deployment().rollout()).isPresent();

        backend.script(1).fails = false;
        backend.script(1).nanos = Duration.ofMillis(8).toNanos();
        askCandidate(100);
        assertThat(lastEvent().why())
                .matches(
                        "p50 latency 1[34][.0-9]* ms \\(expected: at most 1[12][.0-9]* ms, 1.5 times the stable version's"
                                + " [78][.0-9]* ms\\); error rate 1 \\(expected: at most 0.01, 0.01 above the stable version's 0\\)"
                                + " in a window of 100 requests");
    }

    @Test
    void inputsThatAreRefusedAreNoFailures() {
        rollout(canary().guard(NO_ERRORS));
        for (int i = 0; i < 400; i++) {
            assertThatThrownBy(() -> deployments.model("m").predict(Tensors.of("x", Tensor.of(new long[] {1}, 1, 1))))
                    .isInstanceOf(io.maas.error.InvalidInputException.class);
        }

        assertThat(status().candidate().requests()).isZero();
    }

    @Test
    void patienceToleratesSomeBreaches() {
        rollout(canary().guard(NO_ERRORS).patience(2, 3));
        backend.script(2).fails = true;
        askCandidate(100);
        backend.script(2).fails = false;
        askCandidate(200);
        backend.script(2).fails = true;
        askCandidate(100);
        assertThat(deployment().rollout())
                .as("the first breach is out of the last three windows")
                .isPresent();

        backend.script(2).fails = false;
        askCandidate(100);
        backend.script(2).fails = true;
        askCandidate(100);
        assertThat(deployment().rollout()).isEmpty();
    }

    // ---- plans

    @Test
    void aGoodCanaryIsPromotedStepByStep() {
        rollout(canary().step(0.25, 2).step(1, 1).guard(NO_ERRORS, Guard.p99(Duration.ofMillis(20))));
        askCandidate(100);
        assertThat(status().step()).isZero();
        askCandidate(100);
        assertThat(status().step()).isEqualTo(1);
        assertThat(status().rollout().weight()).isEqualTo(1);
        assertThat(deployment().version()).isEqualTo(1);

        assertThat(count(2, 100)).isEqualTo(100);
        settle();
        assertThat(deployment().rollout()).isEmpty();
        assertThat(deployment().version()).isEqualTo(2);
        assertThat(deployment().earlierVersions()).containsExactly(1);
        assertThat(actions()).containsExactly(Action.DEPLOY, Action.ROLLOUT, Action.WEIGHT, Action.PROMOTE);
        assertThat(lastEvent().why()).isEqualTo("step 2 of 2 held for 1 windows");
    }

    @Test
    void aBreachedWindowDoesNotCountForAStep() {
        rollout(canary().step(0.5, 2).guard(NO_ERRORS).patience(2, 2));
        askCandidate(100);
        backend.script(2).fails = true;
        askCandidate(100);
        backend.script(2).fails = false;
        assertThat(deployment().version()).isEqualTo(1);

        askCandidate(100);
        assertThat(deployment().version()).isEqualTo(2);
    }

    // ---- by hand

    @Test
    void weightPromotionAndAbortByHand() {
        rollout(canary().step(0.1, 1));
        deployments.setWeight("m", 0.8, ANNA);
        assertThat(count(2, 1000)).isCloseTo(800, within(5));
        settle();
        assertThat(status().rollout().weight())
                .as("a weight by hand ends the plan")
                .isEqualTo(0.8);
        assertThat(deployments.abort("m", ANNA).number()).isEqualTo(1);
        assertThat(count(1, 100)).isEqualTo(100);

        rollout(canary());
        rollout(canary().weight(0.2));
        assertThat(deployments.promote("m", ANNA).number()).isEqualTo(2);
        assertThat(count(2, 100)).isEqualTo(100);
        assertThat(deployments.rollback("m")).extracting(Version::number).isEqualTo(1);
        assertThat(deployments.history("m"))
                .extracting(event -> event.action() + " " + event.version() + " " + event.who())
                .containsExactly(
                        "DEPLOY 1 ",
                        "ROLLOUT 2 anna",
                        "WEIGHT 2 anna",
                        "ABORT 2 anna",
                        "ROLLOUT 2 anna",
                        "ROLLOUT 2 anna",
                        "PROMOTE 2 anna",
                        "ROLLBACK 2 ");
    }

    @Test
    void anotherWeightKeepsTheCountsOtherGuardsBeginAnew() {
        rollout(canary());
        askCandidate(50);
        rollout(canary().weight(0.7));
        assertThat(status().candidate().requests()).isEqualTo(50);
        rollout(canary().guard(NO_ERRORS));
        assertThat(status().candidate().requests()).isZero();
    }

    @Test
    void aRollbackDuringARolloutEndsIt() {
        deployments.deploy("m", "3", OPTIONS);
        rollout(canary());

        assertThat(deployments.rollback("m").number()).isEqualTo(3);
        assertThat(deployment().rollout()).isEmpty();
        assertThat(deployments.rollback("m").number()).isEqualTo(1);
    }

    @Test
    void aDeployDuringARolloutEndsIt() {
        rollout(canary());
        deployments.deploy("m", "3", OPTIONS);

        assertThat(deployment().rollout()).isEmpty();
        assertThat(count(3, 100)).isEqualTo(100);
        assertThat(backend.script(2).open).hasValue(0);
    }

    @Test
    void saysWhatCannotBe() {
        registry.publish("m", ScriptedBackend.artifact(4, "batch", 8));
        assertThatThrownBy(() -> rollout(Rollout.canary(4)))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessage("version m:4 cannot stand in for m:1: input is x: float32[batch, 8] instead of"
                        + " x: float32[batch, width]; output is y: float32[batch, 8] instead of"
                        + " y: float32[batch, width] (expected: the same inputs and outputs); deploy it under another"
                        + " name, or deploy it for all");
        assertThat(backend.script(4).open).hasValue(0);
        assertThatThrownBy(() -> rollout(Rollout.canary(9))).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> rollout(Rollout.canary(1)))
                .hasMessage("version: 1 (expected: another one than answers already)");
        assertThatThrownBy(() -> deployments.promote("m", ANNA))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("model m: no rollout is under way (expected: one); start one first");
        rollout(canary());
        assertThatThrownBy(() -> rollout(Rollout.canary(3)))
                .hasMessage("model m: a rollout of version 2 is under way (expected: none); promote or abort it first");
        assertThat(actions()).containsExactly(Action.DEPLOY, Action.ROLLOUT);
    }

    // ---- clocks

    @Test
    void aClockThatJumpsDoesNothing() {
        rollout(canary().step(0.5, 1).guard(NO_ERRORS, Guard.p99(Duration.ofMillis(1))));
        Instant start = clock.instant();
        RequestOptions patient = RequestOptions.timeout(Duration.ofSeconds(1));
        for (int i = 0; i < 150; i++) {
            clock.now = start.plus(Duration.ofDays(i % 2 == 0 ? 3650 : -3650));
            assertThat(ask(patient)).isPositive();
        }
        settle();

        assertThat(status().step()).isZero();
        assertThat(deployment().version()).isEqualTo(1);
        assertThat(actions()).containsExactly(Action.DEPLOY, Action.ROLLOUT);
    }

    @Test
    void theListenerHearsOfTheEndOfARolloutAndTheStatusNamesBothVersions() {
        rollout(Rollout.canary(2).weight(0.5));
        assertThat(deployments.status().rows())
                .extracting(row -> row.version() + " " + row.state())
                .containsExactly("1 serving", "2 serving");
        assertThat(meters.get("maas.requests")
                        .tag("version", "2")
                        .functionCounter()
                        .count())
                .isZero();
        deployments.abort("m", ANNA);
        rollout(Rollout.canary(2));
        deployments.promote("m", ANNA);
        deployments.rollback("m");

        assertThat(events)
                .filteredOn(event -> !(event instanceof ServingEvent.Loaded || event instanceof ServingEvent.Unloaded))
                .extracting(event ->
                        event.getClass().getSimpleName() + event.version().number())
                .containsExactly("Deployed1", "RolledBack1", "Swapped2", "RolledBack1");
    }

    @Test
    void aRequestThatItsCallerCancelsCountsForNoVersion() {
        rollout(Rollout.canary(2).weight(1));
        backend.script(2).held = true;
        var answer = deployments.model("m").predictAsync(ScriptedBackend.row(1, 2));
        await(() -> backend.script(2).rows.get() == 1);
        answer.cancel(false);

        assertThat(status().candidate().requests()).isZero();
    }
}

package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.registry.Journal;
import io.maas.registry.Version;
import io.maas.serving.DeploymentEvent.Action;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RestoreTest extends RolloutTestBase {
    private void restart() {
        deployments.close();
        deployments = start();
    }

    @Test
    void whatWasDeployedComesBack() {
        deployments.deploy("m", "3", OPTIONS.withMaxRows(7).withNanPolicy(NanPolicy.REJECT));
        deployments.setLoadPolicy("m", LoadPolicy.pinned(1), ANNA);
        Rollout plan = Rollout.canary(2)
                .window(MINUTE, 100, 20)
                .step(0.25, 1)
                .step(0.75, 1)
                .guard(Guard.errorRate(0.01));
        rollout(plan);
        askCandidate(100);
        List<DeploymentEvent> history = deployments.history("m");
        restart();
        assertThat(deployments.all()).isEmpty();

        assertThat(deployments.restore()).isEmpty();
        assertThat(deployment().version()).isEqualTo(3);
        assertThat(deployment().earlierVersions()).containsExactly(1);
        assertThat(deployment().loadedVersions()).containsExactly(1, 2, 3);
        assertThat(status().rollout()).isEqualTo(plan.at(1));
        assertThat(status().step()).isEqualTo(1);
        assertThat(deployments.history("m")).isEqualTo(history);

        askCandidate(100);
        assertThat(deployment().version()).isEqualTo(2);
        assertThat(deployments.rollback("m")).extracting(Version::number).isEqualTo(3);
        assertThat(deployments.rollback("m")).extracting(Version::number).isEqualTo(1);
    }

    @Test
    void whatWasTakenOutOfServiceStaysOut() {
        deployments.undeploy("m", ANNA);
        restart();

        assertThat(deployments.restore()).isEmpty();
        assertThat(deployments.all()).isEmpty();
        assertThat(actions()).containsExactly(Action.DEPLOY, Action.UNDEPLOY);
    }

    @Test
    void aVersionThatWasRolledBackStaysOut() {
        rollout(Rollout.canary(2).weight(0.5).window(MINUTE, 100, 20).guard(Guard.errorRate(0.01)));
        backend.script(2).fails = true;
        askCandidate(100);
        restart();
        deployments.restore();

        assertThat(deployment().rollout()).isEmpty();
        assertThat(count(1, 100)).isEqualTo(100);
    }

    @Test
    void whatIsInServiceOrOnTrialIsNotDeletedEvenAfterTheProcess() {
        rollout(Rollout.canary(2));
        restart();
        for (int number : new int[] {1, 2}) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> registry.delete("m", number))
                    .withMessageStartingWith("version m:" + number + " is in use: it is deployed");
        }
        deployments.restore();
        deployments.abort("m", ANNA);
        registry.delete("m", 2);
        deployments.undeploy("m", ANNA);
        registry.delete("m", 1);
    }

    @Test
    void restoringAgainChangesNothing() {
        restart();
        deployments.restore();
        deployments.deploy("m", "2", OPTIONS);
        deployments.restore();

        assertThat(deployment().version()).isEqualTo(2);
    }

    @Test
    void whatCannotBeLoadedKeepsNobodyOut() throws IOException {
        registry.publish("other", ScriptedBackend.artifact(5));
        registry.publish("third", ScriptedBackend.artifact(6));
        deployments.deploy("other", "1", OPTIONS);
        deployments.deploy("third", "1", OPTIONS);
        backend.script(1).isBroken = true;
        Path log = folder.resolve("models/deployments/third/log.jsonl");
        Files.writeString(log, Files.readString(log).replace("deploy", "dePloy"));
        restart();

        Map<String, String> failures = deployments.restore();
        assertThat(failures).containsOnlyKeys("m:1", "third").isEqualTo(deployments.failures());
        assertThat(failures.get("m:1")).contains("v1 does not load");
        assertThat(failures.get("third")).contains("is damaged");
        assertThat(deployments.all()).extracting(Deployment::name).containsExactly("other");

        backend.script(1).isBroken = false;
        assertThat(deployments.restore()).containsOnlyKeys("third");
        assertThat(ask()).isEqualTo(1);
    }

    @Test
    void aTrialThatCannotBeLoadedEndsAndTheStableVersionServes() {
        rollout(Rollout.canary(2));
        backend.script(2).isBroken = true;
        restart();

        assertThat(deployments.restore()).isEmpty();
        assertThat(count(1, 100)).isEqualTo(100);
        assertThat(deployment().rollout()).isEmpty();
        assertThat(lastEvent().action()).isEqualTo(Action.AUTOMATIC_ROLLBACK);
        assertThat(lastEvent().why()).contains("v2 does not load");
    }

    /** The end of the process at a record; nothing may catch it. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Ends the process or fails instead of recording, or right after it. */
    private final class MortalJournal implements Journal {
        private final boolean before;
        private final boolean isFailure;
        private boolean armed;

        MortalJournal(boolean before, boolean isFailure) {
            this.before = before;
            this.isFailure = isFailure;
        }

        @Override
        public List<String> models() {
            return registry.journal().models();
        }

        @Override
        public List<Entry> entries(String model) {
            return registry.journal().entries(model);
        }

        @Override
        public void append(String model, String event, Map<String, String> fields) {
            if (armed && before) {
                die();
            }
            registry.journal().append(model, event, fields);
            if (armed) {
                die();
            }
        }

        private void die() {
            if (isFailure) {
                throw new RegistryException("disk full");
            }
            throw new Killed();
        }
    }

    private static Stream<Consumer<Deployments>> changes() {
        return Stream.of(
                each -> each.deploy("m", "3", OPTIONS),
                each -> each.rollback("m"),
                each -> each.promote("m", ANNA),
                each -> each.abort("m", ANNA),
                each -> each.setWeight("m", 0.7, ANNA),
                each -> each.setLoadPolicy("m", LoadPolicy.all(), ANNA),
                each -> each.undeploy("m"));
    }

    private String state() {
        return deployments.all().stream()
                .map(each -> each.version() + " " + each.earlierVersions() + " " + each.loadPolicy()
                        + each.rollout().map(RolloutStatus::rollout))
                .toList()
                .toString();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aDeathAtARecordLeavesTheOldOrTheNewState(Consumer<Deployments> change) {
        rollout(Rollout.canary(2));
        for (boolean before : new boolean[] {true, false}) {
            String old = state();
            MortalJournal journal = new MortalJournal(before, false);
            deployments.close();
            deployments = start(journal);
            deployments.restore();
            assertThat(state()).isEqualTo(old);
            journal.armed = true;
            assertThatThrownBy(() -> change.accept(deployments)).isInstanceOf(Killed.class);
            restart();
            deployments.restore();

            if (before) {
                assertThat(state()).isEqualTo(old);
            } else {
                assertThat(state()).isNotEqualTo(old);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aChangeThatCannotBeRecordedDoesNotHappen(Consumer<Deployments> change) {
        rollout(Rollout.canary(2));
        String old = state();
        MortalJournal journal = new MortalJournal(true, true);
        deployments.close();
        deployments = start(journal);
        deployments.restore();
        journal.armed = true;
        assertThatThrownBy(() -> change.accept(deployments)).hasMessage("disk full");

        assertThat(state()).isEqualTo(old);
        assertThat(backend.script(3).open).hasValue(0);
        assertThat(ask()).isPositive();
    }

    @Test
    void anAutomaticRollbackHappensEvenIfItCannotBeRecorded() {
        MortalJournal journal = new MortalJournal(true, true);
        deployments.close();
        deployments = start(journal);
        deployments.restore();
        rollout(Rollout.canary(2).weight(0.5).window(MINUTE, 100, 20).guard(Guard.errorRate(0.01)));
        journal.armed = true;
        backend.script(2).fails = true;
        askCandidate(100);

        assertThat(deployment().rollout()).isEmpty();
        assertThat(count(1, 100)).isEqualTo(100);
        journal.armed = false;
        deployments.deploy("m", "3", OPTIONS);
        assertThat(actions()).containsExactly(Action.DEPLOY, Action.ROLLOUT, Action.DEPLOY);
    }
}

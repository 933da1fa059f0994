package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Backends;
import io.maas.model.Model;
import io.maas.model.RequestOptions;
import io.maas.registry.FileRegistryStore;
import io.maas.registry.Journal;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.DeploymentEvent.Action;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Model {@code m} with versions 1 to 3, of which 1 is deployed. */
@Timeout(60)
abstract class RolloutTestBase {
    static final DeployOptions OPTIONS = DeployOptions.defaults().withInstances(1);
    static final Change ANNA = new Change("anna", "a test");
    static final Duration MINUTE = Duration.ofMinutes(1);

    /** A wall clock that a test may set. */
    static final class SettableClock extends Clock {
        volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @TempDir
    Path folder;

    final SettableClock clock = new SettableClock();
    final ScriptedBackend backend = new ScriptedBackend();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final List<ServingEvent> events = new CopyOnWriteArrayList<>();
    StoredModelRegistry registry;
    Deployments deployments;

    @BeforeEach
    void open() {
        registry = StoredModelRegistry.on(FileRegistryStore.open(folder.resolve("models")), clock);
        deployments = start();
        for (int i = 1; i <= 3; i++) {
            registry.publish("m", ScriptedBackend.artifact(i));
        }
        deployments.deploy("m", "1", OPTIONS);
    }

    /** What a process does first. */
    Deployments start() {
        return start(registry.journal());
    }

    Deployments start(Journal journal) {
        return new Deployments(
                registry,
                Backends.of(backend),
                backend,
                ServingOptions.defaults().withMeters(meters).withListener(events::add),
                journal);
    }

    @AfterEach
    void close() {
        for (int i = 1; i <= 3; i++) {
            backend.script(i).held = false;
            backend.script(i).gate.release(1_000_000);
        }
        deployments.close();
    }

    Deployment deployment() {
        return deployments.deployment("m");
    }

    RolloutStatus status() {
        return deployment().rollout().orElseThrow();
    }

    void rollout(Rollout rollout) {
        deployments.rollout("m", rollout, ANNA);
    }

    /** The version that answers; 0 if the request failed. */
    int ask(RequestOptions options) {
        Model model = deployments.model("m");
        try {
            return model.predict(ScriptedBackend.row(1, 2), options).version();
        } catch (io.maas.error.BackendException e) {
            return 0;
        }
    }

    int ask() {
        return ask(RequestOptions.none());
    }

    /** How many of so many requests this version answered, 0 for none. */
    int count(int version, int requests) {
        int count = 0;
        for (int i = 0; i < requests; i++) {
            count += ask() == version ? 1 : 0;
        }
        return count;
    }

    /** Asks until the version on trial has ended so many more requests, or the rollout is over. */
    void askCandidate(int requests) {
        long end = status().candidate().requests() + requests;
        while (deployment()
                .rollout()
                .map(now -> now.candidate().requests() < end)
                .orElse(false)) {
            ask();
        }
        settle();
    }

    /** Waits for what a rollout has asked for. */
    void settle() {
        deployment().settled().join();
    }

    static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertThat(Thread.currentThread().isInterrupted())
                    .as("the test's time is over")
                    .isFalse();
            Thread.onSpinWait();
        }
    }

    List<Action> actions() {
        return deployments.history("m").stream().map(DeploymentEvent::action).toList();
    }

    DeploymentEvent lastEvent() {
        List<DeploymentEvent> all = deployments.history("m");
        return all.get(all.size() - 1);
    }
}

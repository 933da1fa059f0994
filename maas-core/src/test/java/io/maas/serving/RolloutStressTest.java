package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RolloutStressTest extends RolloutTestBase {
    private static final int THREADS = 8;
    private static final int REQUESTS = 10_000;
    private static final int CYCLES = 24;

    /** Answers are right, from whichever version. */
    private static void ask(Model model, int i) throws Exception {
        float value = i % 1000;
        RequestOptions options =
                i % 2 == 0 ? RequestOptions.none() : RequestOptions.none().withKey("user-" + i);
        Prediction prediction = i % 4 == 0
                ? model.predictAsync(ScriptedBackend.row(value, 1), options).get()
                : model.predict(ScriptedBackend.row(value, 1), options);
        assertThat(prediction.get("y").toFloatArray()).containsExactly(2 * value, 2);
        assertThat(prediction.version()).isBetween(1, 2);
    }

    @Test
    void noRequestFailsWhileRolloutsComeAndGo() throws Exception {
        Model model = deployments.model("m");
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService callers = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            all.add(callers.submit(() -> {
                for (int i = next.getAndIncrement(); i < REQUESTS || !over.get(); i = next.getAndIncrement()) {
                    ask(model, i);
                }
                return null;
            }));
        }
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            cycle(cycle);
        }
        over.set(true);
        for (Future<?> each : all) {
            each.get();
        }
        callers.shutdown();

        assertThat(next.get()).isGreaterThanOrEqualTo(REQUESTS);
        deployments.undeploy("m");
        deployments.close();
        assertThat(backend.script(1).open).hasValue(0);
        assertThat(backend.script(2).open).hasValue(0);
    }

    private void cycle(int number) {
        Rollout canary =
                Rollout.canary(2).weight(0.3).window(MINUTE, 50, 20).guard(Guard.errorRate(0.01), Guard.drift(0.1));
        switch (number % 4) {
            case 0 -> {
                rollout(canary);
                deployments.setWeight("m", 0.9, ANNA);
                deployments.abort("m", ANNA);
            }
            case 1 -> {
                rollout(canary);
                deployments.promote("m", ANNA);
                deployments.rollback("m");
            }
            case 2 -> {
                rollout(Rollout.shadow(2));
                deployments.promote("m", ANNA);
                deployments.deploy("m", "1", OPTIONS);
            }
            default -> {
                rollout(Rollout.ab(2));
                deployments.rollback("m");
            }
        }
    }
}

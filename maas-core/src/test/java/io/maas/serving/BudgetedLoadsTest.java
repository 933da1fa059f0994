package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Program;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.BackendException;
import io.maas.error.OverloadedException;
import io.maas.error.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BudgetedLoadsTest {
    private static final LoadBudget SHORT =
            LoadBudget.defaults().withTime(Duration.ofMillis(5)).withSlots(2);

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final DoublingProgram made = new DoublingProgram();

    @AfterEach
    void stop() {
        gate.countDown();
        executor.shutdown();
        timer.shutdown();
    }

    /** As a native load: not to be interrupted. */
    private Program stuck() {
        boolean waiting = true;
        while (waiting) {
            try {
                gate.await();
                waiting = false;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return made;
    }

    private static void assertGivenUp(BudgetedLoads loads, Supplier<Program> loader) {
        assertThatThrownBy(() -> loads.load("bomb:1", loader))
                .isInstanceOfSatisfying(
                        ArtifactRejectedException.class,
                        e -> assertThat(e.rule()).isEqualTo(Rule.LOAD_TIME))
                .hasMessageStartingWith("load of bomb:1: not done after PT0.005S (expected: less)");
    }

    @Test
    void aLoadThatEndsInTimeGivesItsProgramOrItsError() {
        BudgetedLoads loads = new BudgetedLoads(LoadBudget.defaults(), executor, timer);
        assertThat(loads.load("good:1", () -> made)).isSameAs(made);
        BackendException failure = new BackendException("onnxruntime", "no such operator");
        assertThatThrownBy(() -> loads.load("bad:1", () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(made.closes).hasValue(0);
    }

    @Test
    void aLoadThatDoesNotEndIsGivenUpAndFreedWhenItDoes() throws InterruptedException {
        BudgetedLoads loads = new BudgetedLoads(SHORT, executor, timer);
        assertGivenUp(loads, this::stuck);
        assertThat(made.closes).hasValue(0);
        gate.countDown();
        awaitThreads();
        assertThat(made.closes).hasValue(1);
    }

    @Test
    void loadsThatWereGivenUpTakeNoMoreThreadsThanThereAreSlots() throws InterruptedException {
        BudgetedLoads loads = new BudgetedLoads(SHORT, executor, timer);
        List<Thread> threads = new ArrayList<>();
        Supplier<Program> bomb = () -> {
            synchronized (threads) {
                threads.add(Thread.currentThread());
            }
            return stuck();
        };
        assertGivenUp(loads, bomb);
        assertGivenUp(loads, bomb);
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> loads.load("bomb:1", bomb))
                    .isInstanceOfSatisfying(
                            OverloadedException.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(SHORT.time()))
                    .hasMessageStartingWith("load of bomb:1: all 2 slots were taken for PT0.005S");
        }
        gate.countDown();
        awaitThreads();
        assertThat(threads).hasSize(2);
        assertThat(made.closes).hasValue(2);
    }

    private void awaitThreads() throws InterruptedException {
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theSlotOfALoadThatWasGivenUpIsFreeWhenItEnds() {
        BudgetedLoads loads = new BudgetedLoads(SHORT.withSlots(1), executor, timer);
        assertGivenUp(loads, this::stuck);
        gate.countDown();
        Program next = null;
        while (next == null) {
            try {
                next = loads.load("good:1", DoublingProgram::new);
            } catch (OverloadedException | ArtifactRejectedException e) {
                // The thread of the load before is not through yet, or this one had to wait for its own.
                assertThat(e).hasMessageContaining("good:1");
            }
        }
        assertThat(next).isNotSameAs(made);
    }

    @Test
    void aSlotIsFreeAgainAfterEachLoad() {
        BudgetedLoads loads = new BudgetedLoads(LoadBudget.defaults().withSlots(1), executor, timer);
        for (int i = 0; i < 100; i++) {
            assertThat(loads.load("good:1", () -> made)).isSameAs(made);
        }
    }

    @Test
    void withoutAThreadToGiveTheCallersLoads() {
        BudgetedLoads loads = new BudgetedLoads(
                LoadBudget.defaults(),
                task -> {
                    throw new RejectedExecutionException("none left");
                },
                timer);
        assertThat(loads.load("good:1", () -> made)).isSameAs(made);
    }
}

package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.error.DeadlineExceededException;
import io.maas.error.MaasException;
import io.maas.error.OverloadedException;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatcherTest {
    private static final RequestOptions NONE = RequestOptions.none();

    private final DoublingProgram program = new DoublingProgram();
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong now = new AtomicLong();
    private final Ticker clock = new Ticker() {
        @Override
        public long read() {
            return now.get();
        }
    };

    @AfterEach
    void stop() {
        callers.shutdownNow();
        workers.shutdownNow();
        timer.shutdownNow();
    }

    private Batcher batcher(DeployOptions options) {
        return new Batcher(program, DoublingProgram.watch(), null, options, workers, timer, clock);
    }

    private static DeployOptions oneInstance() {
        return DeployOptions.defaults().withInstances(1);
    }

    /** Starts calls one after the other, each queued before the next one starts. */
    private List<Future<Tensors>> queueUp(Batcher batcher, int number) throws Exception {
        List<Future<Tensors>> calls = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            float value = i;
            calls.add(call(batcher, DoublingProgram.row(value, value), NONE));
        }
        return calls;
    }

    private Future<Tensors> call(Batcher batcher, Tensors inputs, RequestOptions wishes) {
        int before = batcher.waiting();
        Future<Tensors> future = callers.submit(() -> batcher.run(inputs, wishes));
        while (batcher.waiting() == before && !future.isDone()) {
            Thread.onSpinWait();
        }
        return future;
    }

    /** A call that holds the only instance until the gate opens. */
    private Future<Tensors> occupy(Batcher batcher) {
        program.entered.drainPermits();
        program.held = true;
        Future<Tensors> busy = callers.submit(() -> batcher.run(DoublingProgram.row(7), NONE));
        program.entered.acquireUninterruptibly();
        return busy;
    }

    private void open() {
        program.held = false;
        program.gate.release();
    }

    @Test
    void anIdleModelRunsOnTheCallersThread() {
        Tensors outputs = batcher(oneInstance()).run(DoublingProgram.row(1, 2), NONE);

        assertThat(DoublingProgram.doubled(outputs)).containsExactly(2, 4);
        assertThat(program.threads).containsExactly(Thread.currentThread());
    }

    @Test
    void whatWaitsWhileTheModelIsBusyBecomesOneBatch() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        List<Future<Tensors>> calls = queueUp(batcher, 5);
        open();

        assertThat(DoublingProgram.doubled(busy.get())).containsExactly(14);
        for (int i = 0; i < 5; i++) {
            assertThat(DoublingProgram.doubled(calls.get(i).get())).containsExactly(2 * i, 2 * i);
        }
        assertThat(program.batches).containsExactly(1, 5);
        assertThat(batcher.counts().requests.sum()).isEqualTo(6);
        assertThat(batcher.counts().executions.sum()).isEqualTo(2);
    }

    @Test
    void aBatchHoldsAtMostMaxRows() throws Exception {
        Batcher batcher = batcher(oneInstance().withMaxRows(3));
        Future<Tensors> busy = occupy(batcher);
        List<Future<Tensors>> calls = queueUp(batcher, 7);
        open();

        busy.get();
        for (Future<Tensors> call : calls) {
            call.get();
        }
        assertThat(program.batches).containsExactly(1, 3, 3, 1);
    }

    @Test
    void requestsOfOtherRowShapesWaitForTheirOwnBatch() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        Future<Tensors> narrow = call(batcher, DoublingProgram.row(1), NONE);
        Future<Tensors> wide = call(batcher, DoublingProgram.row(1, 2, 3), NONE);
        Future<Tensors> narrowToo = call(batcher, DoublingProgram.row(4), NONE);
        open();

        busy.get();
        assertThat(DoublingProgram.doubled(narrow.get())).containsExactly(2);
        assertThat(DoublingProgram.doubled(wide.get())).containsExactly(2, 4, 6);
        assertThat(DoublingProgram.doubled(narrowToo.get())).containsExactly(8);
        assertThat(program.batches).containsExactly(1, 2, 1);
    }

    @Test
    void aCallerThatFillsTheQueueGivesWayToAnother() throws Exception {
        Batcher batcher = batcher(oneInstance().withMaxQueue(3));
        Future<Tensors> busy = occupy(batcher);
        RequestOptions greedy = NONE.withCaller("greedy");
        List<CompletableFuture<Tensors>> many = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            many.add(batcher.submit(DoublingProgram.row(i), greedy.withPriority(-1000)));
        }

        CompletableFuture<Tensors> few = batcher.submit(DoublingProgram.row(9), NONE.withCaller("modest"));

        assertThat(many.get(2))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(OverloadedException.class);
        assertThat(batcher.waiting()).isEqualTo(3);
        open();
        busy.get();
        assertThat(DoublingProgram.doubled(few.get())).containsExactly(18);
        assertThat(DoublingProgram.doubled(many.get(0).get())).containsExactly(0);
        assertThat(DoublingProgram.doubled(many.get(1).get())).containsExactly(2);
    }

    @Test
    void aFullQueueRefusesAndLosesNothing() throws Exception {
        Batcher batcher = batcher(oneInstance().withMaxQueue(2));
        Future<Tensors> busy = occupy(batcher);
        List<Future<Tensors>> calls = queueUp(batcher, 2);

        assertThatThrownBy(() -> batcher.run(DoublingProgram.row(9), NONE))
                .isInstanceOf(OverloadedException.class)
                .hasMessage(
                        "model doubling:1 has 2 requests waiting, 2 rows of 16 bytes (expected: at most 2 rows of 67108864"
                                + " bytes); try again in 1 ms, or deploy with a larger maxQueue");
        open();

        busy.get();
        for (Future<Tensors> call : calls) {
            assertThat(call.get().names()).containsExactly("y");
        }
        assertThat(DoublingProgram.doubled(batcher.run(DoublingProgram.row(9), NONE)))
                .containsExactly(18);
    }

    @Test
    void expiredWorkIsNeverRun() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        Future<Tensors> patient = call(batcher, DoublingProgram.row(1), NONE);
        Future<Tensors> hasty = call(batcher, DoublingProgram.row(2), RequestOptions.timeout(Duration.ofHours(1)));
        CompletableFuture<Tensors> hastyToo =
                batcher.submit(DoublingProgram.row(3), RequestOptions.timeout(Duration.ofHours(1)));
        now.set(TimeUnit.HOURS.toNanos(2));
        open();

        busy.get();
        assertThat(DoublingProgram.doubled(patient.get())).containsExactly(2);
        assertThatThrownBy(hasty::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageStartingWith("deadline of a request to model doubling:1 passed before it was answered");
        assertThatThrownBy(hastyToo::get).hasCauseInstanceOf(DeadlineExceededException.class);
        assertThat(program.batches).containsExactly(1, 1);
    }

    @Test
    void aWaiterIsAnsweredAtItsDeadlineWhileTheModelIsStillBusy() throws Exception {
        Batcher batcher = new Batcher(
                program, DoublingProgram.watch(), null, oneInstance(), workers, timer, Ticker.systemTicker());
        Future<Tensors> busy = occupy(batcher);
        RequestOptions soon = RequestOptions.timeout(Duration.ofMillis(20));

        assertThatThrownBy(() -> batcher.run(DoublingProgram.row(1), soon))
                .isInstanceOf(DeadlineExceededException.class);
        CompletableFuture<Tensors> later =
                batcher.submit(DoublingProgram.row(1), RequestOptions.timeout(Duration.ofMillis(20)));
        assertThatThrownBy(later::get).hasCauseInstanceOf(DeadlineExceededException.class);
        assertThat(busy).isNotDone();
        open();
        busy.get();
        assertThat(program.batches).containsExactly(1);
    }

    @Test
    void aPoisonedRequestFailsAlone() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        List<Future<Tensors>> calls = queueUp(batcher, 4);
        Future<Tensors> poisoned = call(batcher, DoublingProgram.row(-1, -1), NONE);
        calls.addAll(queueUp(batcher, 3));
        open();

        busy.get();
        for (Future<Tensors> call : calls) {
            assertThat(call.get().names()).containsExactly("y");
        }
        assertThatThrownBy(poisoned::get).hasRootCauseMessage("poison");
        assertThat(batcher.counts().failures.sum()).isEqualTo(1);
    }

    /** At most 2 k log₂ B + 1 runs for k poisoned requests in a batch of B, and nobody else fails. */
    @Test
    void poisonCostsFewRunsAndNoVictims() throws Exception {
        Random random = new Random(3);
        for (int size : new int[] {8, 32}) {
            for (int poisoned = 0; poisoned <= 3; poisoned++) {
                Batcher batcher = batcher(oneInstance());
                Future<Tensors> busy = occupy(batcher);
                List<Integer> bad =
                        random.ints(0, size).distinct().limit(poisoned).boxed().toList();
                List<Future<Tensors>> calls = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    calls.add(call(batcher, DoublingProgram.row(bad.contains(i) ? -1 : i), NONE));
                }
                program.batches.clear();
                open();

                busy.get();
                for (int i = 0; i < size; i++) {
                    if (bad.contains(i)) {
                        assertThatThrownBy(calls.get(i)::get).hasRootCauseMessage("poison");
                    } else {
                        assertThat(DoublingProgram.doubled(calls.get(i).get())).containsExactly(2 * i);
                    }
                }
                double log = Math.log(size) / Math.log(2);
                assertThat(program.batches.size()).isLessThanOrEqualTo((int) (2 * poisoned * log) + 1);
            }
        }
    }

    @Test
    void equalRequestsAreAnsweredFromTheCacheOnceItIsAskedFor() throws Exception {
        Batcher batcher = batcher(oneInstance().withCacheBytes(1 << 20));
        Tensors once = batcher.run(DoublingProgram.row(1, 2), NONE);

        assertThat(batcher.run(DoublingProgram.row(1, 2), NONE)).isEqualTo(once);
        assertThat(batcher.submit(DoublingProgram.row(1, 2), NONE).get()).isEqualTo(once);
        assertThat(program.batches).hasSize(1);
        assertThat(batcher.counts().cacheHits.sum()).isEqualTo(2);
        batcher.run(DoublingProgram.row(1, 3), NONE);
        assertThat(program.batches).hasSize(2);
    }

    @Test
    void whatIsLargerThanTheCacheIsNotRememberedAndFailuresAreNotEither() {
        Batcher batcher = batcher(oneInstance().withCacheBytes(2048));

        batcher.run(DoublingProgram.row(new float[1000]), NONE);
        batcher.run(DoublingProgram.row(new float[1000]), NONE);
        assertThatThrownBy(() -> batcher.run(DoublingProgram.row(-1), NONE)).hasMessage("poison");
        assertThatThrownBy(() -> batcher.run(DoublingProgram.row(-1), NONE)).hasMessage("poison");

        assertThat(batcher.counts().cacheHits.sum()).isZero();
    }

    @Test
    void anExecutorWithoutThreadsDoesNotLosePermits() throws Exception {
        Batcher batcher = new Batcher(
                program,
                DoublingProgram.watch(),
                null,
                oneInstance(),
                command -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                timer,
                clock);

        assertThat(DoublingProgram.doubled(
                        batcher.submit(DoublingProgram.row(2), NONE).get()))
                .containsExactly(4);
        assertThat(batcher.idleInstances()).isEqualTo(1);
    }

    @Test
    void aThreadOfTheExecutorRunsBatchAfterBatchAndLetsOthersHaveIt() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        Batcher batcher = new Batcher(
                program,
                DoublingProgram.watch(),
                null,
                oneInstance().withMaxRows(1).withMaxQueue(200),
                task -> {
                    tasks.incrementAndGet();
                    workers.execute(task);
                },
                timer,
                clock);
        program.held = true;
        CompletableFuture<Tensors> first = batcher.submit(DoublingProgram.row(0), NONE);
        program.entered.acquireUninterruptibly();
        List<CompletableFuture<Tensors>> others = new ArrayList<>();
        for (int i = 1; i < 150; i++) {
            others.add(batcher.submit(DoublingProgram.row(i), NONE));
        }
        open();

        first.get();
        for (int i = 1; i < 150; i++) {
            assertThat(DoublingProgram.doubled(others.get(i - 1).get())).containsExactly(2 * i);
        }
        assertThat(tasks).hasValue(3); // Of at most 64 batches each.
    }

    @Test
    void anErrorReachesEveryoneInTheBatchAndTheNextOneRuns() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        List<Future<Tensors>> calls = queueUp(batcher, 3);
        program.error = new OutOfMemoryError("planted");
        open();

        for (Future<Tensors> call : calls) {
            assertThatThrownBy(call::get).hasCauseInstanceOf(OutOfMemoryError.class);
        }
        assertThatThrownBy(busy::get).hasCauseInstanceOf(OutOfMemoryError.class);
        program.error = null;
        assertThat(DoublingProgram.doubled(batcher.run(DoublingProgram.row(3), NONE)))
                .containsExactly(6);
    }

    @Test
    void requestsWithoutAThreadRunOnTheExecutor() throws Exception {
        Tensors outputs =
                batcher(oneInstance()).submit(DoublingProgram.row(1), NONE).get();

        assertThat(DoublingProgram.doubled(outputs)).containsExactly(2);
        assertThat(program.threads).doesNotContain(Thread.currentThread());
    }

    @Test
    void anInterruptedWaiterLeavesTheQueue() throws Exception {
        Batcher batcher = batcher(oneInstance());
        Future<Tensors> busy = occupy(batcher);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> batcher.run(DoublingProgram.row(1), NONE))
                .isInstanceOf(MaasException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        open();
        busy.get();
        assertThat(program.batches).containsExactly(1);
    }

    @Test
    void aModelThatRunsFasterThanAThreadWakesIsNotWaitedFor() throws Exception {
        Batcher batcher = batcher(oneInstance());
        batcher.run(DoublingProgram.row(1), NONE);
        Future<Tensors> busy = occupy(batcher);
        program.held = false;

        assertThat(DoublingProgram.doubled(batcher.run(DoublingProgram.row(2), NONE)))
                .containsExactly(4);
        assertThat(busy).isNotDone();
        open();
        busy.get();
    }

    @Test
    void aModelThatRunsFasterThanAThreadWakesIsRunByWhoAsks() throws Exception {
        Batcher batcher = batcher(oneInstance());
        batcher.run(DoublingProgram.row(1, 2), NONE);

        CompletableFuture<Tensors> answer = batcher.submit(DoublingProgram.row(3, 4), NONE);
        assertThat(answer).isCompleted();
        assertThat(DoublingProgram.doubled(answer.get())).containsExactly(6, 8);
        assertThat(program.threads).containsOnly(Thread.currentThread());
        // Of this size nothing is known.
        batcher.submit(DoublingProgram.row(1, 2, 3), NONE).get();
        assertThat(program.threads.get(2)).isNotEqualTo(Thread.currentThread());
        assertThat(batcher.submit(DoublingProgram.row(-1), NONE)).isCompletedExceptionally();
        assertThat(batcher.counts().failures.sum()).isEqualTo(1);
    }

    @Test
    void afterARunThatTookLongWhoAsksIsSparedTheNextOnes() throws Exception {
        program.clock = now;
        Batcher batcher = batcher(oneInstance());
        batcher.run(DoublingProgram.row(1), NONE);
        program.virtualNanos = 60_000_000;
        batcher.submit(DoublingProgram.row(2), NONE).get();
        program.virtualNanos = 0;
        batcher.submit(DoublingProgram.row(3), NONE).get();
        assertThat(program.threads.subList(0, 2)).containsOnly(Thread.currentThread());
        assertThat(program.threads.get(2)).isNotEqualTo(Thread.currentThread());

        now.addAndGet(6_000_000_000L);
        batcher.submit(DoublingProgram.row(4), NONE).get();
        assertThat(program.threads.get(3)).isEqualTo(Thread.currentThread());
    }

    @Test
    void aModelThatHasBecomeSlowIsWaitedForAgain() {
        Batcher batcher = batcher(oneInstance());
        batcher.run(DoublingProgram.row(1), NONE);
        assertThat(batcher.isWaitedFor()).isFalse();
        program.clock = now;
        program.virtualNanos = 64_000;
        for (int i = 0; i < 200; i++) {
            batcher.run(DoublingProgram.row(1), NONE);
        }
        assertThat(batcher.isWaitedFor()).isTrue();
    }

    @Test
    void underMixedLoadEveryRequestIsAnsweredOnceAndPermitsComeBack() throws Exception {
        Batcher batcher = new Batcher(
                program,
                DoublingProgram.watch(),
                null,
                DeployOptions.defaults().withInstances(2).withMaxRows(8).withMaxQueue(64),
                workers,
                timer,
                Ticker.systemTicker());
        List<Future<Integer>> clients = new ArrayList<>();
        for (int client = 0; client < 16; client++) {
            int seed = client;
            clients.add(callers.submit(() -> mixedLoad(batcher, new Random(seed))));
        }
        int answered = 0;
        for (Future<Integer> client : clients) {
            answered += client.get();
        }
        assertThat(answered).isPositive();
        assertThat(batcher.waiting()).isZero();
        // The last permits come back a moment after the last answers; the timeout of the test is the limit.
        while (batcher.idleInstances() < 2) {
            Thread.onSpinWait();
        }
        assertThat(batcher.idleInstances()).isEqualTo(2);
    }

    private static int mixedLoad(Batcher batcher, Random random) {
        int answered = 0;
        for (int i = 0; i < 2_000; i++) {
            float value = random.nextInt(100) - 1;
            RequestOptions wishes = random.nextInt(4) == 0
                    ? RequestOptions.timeout(Duration.ofNanos(1 + random.nextInt(200_000)))
                    : NONE;
            Tensors inputs = DoublingProgram.row(value);
            try {
                Tensors outputs = random.nextBoolean()
                        ? batcher.run(inputs, wishes)
                        : batcher.submit(inputs, wishes).join();
                assertThat(DoublingProgram.doubled(outputs)).containsExactly(2 * value);
                answered++;
            } catch (RuntimeException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                boolean poison = value == -1 && "poison".equals(cause.getMessage());
                boolean late = wishes.timeout() != null && cause instanceof DeadlineExceededException;
                assertThat(poison || late || cause instanceof OverloadedException)
                        .as("value %s, failure %s", value, cause)
                        .isTrue();
            }
        }
        return answered;
    }
}

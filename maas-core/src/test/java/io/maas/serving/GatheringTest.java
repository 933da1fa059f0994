package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.error.DeadlineExceededException;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is quick runs on the executor of who asks, with all that came to it by then. */
@Timeout(60)
class GatheringTest {
    private final DoublingProgram program = new DoublingProgram();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong now = new AtomicLong();
    private final Deque<Runnable> loop = new ArrayDeque<>();
    private final RequestOptions own = RequestOptions.none().withExecutor(loop::add);
    private Batcher batcher;

    @BeforeEach
    void learnThatItIsQuick() {
        program.clock = now;
        Ticker ticker = new Ticker() {
            @Override
            public long read() {
                return now.get();
            }
        };
        DeployOptions options = DeployOptions.defaults().withInstances(1);
        batcher = new Batcher(program, DoublingProgram.watch(), null, options, workers, timer, ticker);
        batcher.run(DoublingProgram.row(1, 2), RequestOptions.none());
        program.batches.clear();
        program.threads.clear();
        program.cancellations.clear();
    }

    @AfterEach
    void stop() {
        workers.shutdownNow();
        timer.shutdownNow();
    }

    private List<CompletableFuture<Tensors>> submit(int number, RequestOptions options) {
        List<CompletableFuture<Tensors>> answers = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            answers.add(batcher.submit(DoublingProgram.row(i), options));
        }
        return answers;
    }

    private static void assertDoubled(List<CompletableFuture<Tensors>> answers) throws Exception {
        for (int i = 0; i < answers.size(); i++) {
            assertThat(DoublingProgram.doubled(answers.get(i).get())).containsExactly(2 * i);
        }
    }

    @Test
    void whatCameUntilTheExecutorGetsToItRunsTogetherOnItsThread() throws Exception {
        List<CompletableFuture<Tensors>> answers = submit(5, own);

        assertThat(answers).noneMatch(CompletableFuture::isDone);
        assertThat(loop).hasSize(1);
        loop.remove().run();

        assertThat(answers).allMatch(CompletableFuture::isDone);
        assertDoubled(answers);
        assertThat(program.batches).containsExactly(5);
        assertThat(program.threads).containsExactly(Thread.currentThread());
        assertThat(batcher.counts().requests.sum()).isEqualTo(6);
        assertDoubledAnew();
    }

    private void assertDoubledAnew() throws Exception {
        List<CompletableFuture<Tensors>> answers = submit(2, own);
        assertThat(loop).hasSize(1);
        loop.remove().run();
        assertDoubled(answers);
    }

    @Test
    void eachExecutorHasItsOwnAndShapesThatDoNotStackRunApart() throws Exception {
        Deque<Runnable> other = new ArrayDeque<>();
        CompletableFuture<Tensors> first = batcher.submit(DoublingProgram.row(1), own);
        CompletableFuture<Tensors> wide = batcher.submit(DoublingProgram.row(1, 2), own);
        CompletableFuture<Tensors> second = batcher.submit(DoublingProgram.row(3), own);
        CompletableFuture<Tensors> elsewhere =
                batcher.submit(DoublingProgram.row(4), RequestOptions.none().withExecutor(other::add));

        loop.remove().run();

        assertThat(program.batches).containsExactly(2, 1);
        assertThat(DoublingProgram.doubled(first.get())).containsExactly(2);
        assertThat(DoublingProgram.doubled(wide.get())).containsExactly(2, 4);
        assertThat(DoublingProgram.doubled(second.get())).containsExactly(6);
        assertThat(elsewhere).isNotDone();
        other.remove().run();
        assertThat(DoublingProgram.doubled(elsewhere.get())).containsExactly(8);
    }

    @Test
    void noMoreRunTogetherThanMay() throws Exception {
        int most = DeployOptions.defaults().batching().maxRows();

        List<CompletableFuture<Tensors>> answers = submit(most + 1, own);
        loop.remove().run();

        assertDoubled(answers);
        assertThat(program.batches).containsExactly(most, 1);
    }

    @Test
    void oneThatFailsFailsAlone() throws Exception {
        CompletableFuture<Tensors> good = batcher.submit(DoublingProgram.row(1), own);
        CompletableFuture<Tensors> poison = batcher.submit(DoublingProgram.row(-1), own);
        CompletableFuture<Tensors> better = batcher.submit(DoublingProgram.row(2), own);

        loop.remove().run();

        assertThat(DoublingProgram.doubled(good.get())).containsExactly(2);
        assertThat(DoublingProgram.doubled(better.get())).containsExactly(4);
        assertThatThrownBy(poison::get).hasRootCauseMessage("poison");
        assertThat(batcher.counts().failures.sum()).isEqualTo(1);
    }

    @Test
    void whoGaveUpOrIsLateIsNotRun() throws Exception {
        CompletableFuture<Tensors> cancelled = batcher.submit(DoublingProgram.row(1), own);
        CompletableFuture<Tensors> late = batcher.submit(DoublingProgram.row(2), own.withTimeout(Duration.ofHours(1)));
        CompletableFuture<Tensors> patient = batcher.submit(DoublingProgram.row(3), own);
        cancelled.cancel(false);
        now.addAndGet(Duration.ofHours(2).toNanos());

        loop.remove().run();

        assertThat(DoublingProgram.doubled(patient.get())).containsExactly(6);
        assertThatThrownBy(late::get).hasCauseInstanceOf(DeadlineExceededException.class);
        assertThat(program.batches).containsExactly(1);
        assertThat(batcher.counts().failures.sum()).isEqualTo(2);
    }

    @Test
    void aRunThatIsSlowForOnceEndsWithTheDeadlinesOfAllInIt() throws Exception {
        program.held = true;
        List<CompletableFuture<Tensors>> answers = submit(2, own.withTimeout(Duration.ofSeconds(1)));
        CountDownLatch over = new CountDownLatch(1);
        workers.execute(() -> {
            loop.remove().run();
            over.countDown();
        });

        for (CompletableFuture<Tensors> answer : answers) {
            assertThatThrownBy(answer::get).hasCauseInstanceOf(DeadlineExceededException.class);
        }
        assertThat(program.cancellations).hasSize(1);
        while (!program.cancellations.get(0).isCancelled()) { // Right after the last one has heard.
            Thread.onSpinWait();
        }
        program.held = false;
        program.gate.release();
        over.await();
    }

    @Test
    void anExecutorThatTakesNothingMoreCostsNoAnswer() throws Exception {
        CompletableFuture<Tensors> answer =
                batcher.submit(DoublingProgram.row(2), RequestOptions.none().withExecutor(task -> {
                    throw new RejectedExecutionException("stopped");
                }));

        assertThat(DoublingProgram.doubled(answer.get())).containsExactly(4);
    }

    @Test
    void whatIsNotKnownToBeQuickGoesWhereAllElseGoes() throws Exception {
        CompletableFuture<Tensors> answer = batcher.submit(DoublingProgram.row(1, 2, 3), own);

        assertThat(DoublingProgram.doubled(answer.get())).containsExactly(2, 4, 6);
        assertThat(loop).isEmpty();
        assertThat(program.threads).doesNotContain(Thread.currentThread());
    }

    @Test
    void whatIsQuickDoesNotJoinThoseThatWait() throws Exception {
        program.held = true;
        CompletableFuture<Tensors> running = batcher.submit(DoublingProgram.row(1, 2, 3), own);
        program.entered.acquire(2); // With the run at the beginning.
        CompletableFuture<Tensors> waiting = batcher.submit(DoublingProgram.row(1, 2, 4), own);
        program.held = false;

        List<CompletableFuture<Tensors>> answers = submit(2, own);
        loop.remove().run();

        assertDoubled(answers);
        assertThat(running).isNotDone();
        assertThat(waiting).isNotDone();
        program.gate.release();
        running.get();
        waiting.get();
    }

    @Test
    void batchesThatTakeLongerThanOneRequestLeaveItQuick() {
        program.virtualNanos = 64_000;
        for (int i = 0; i < 200; i++) {
            submit(8, own);
            loop.remove().run();
        }
        assertThat(batcher.isWaitedFor()).isFalse();
        assertThat(program.batches).hasSize(200).containsOnly(8);
    }

    @Test
    void afterABatchThatTookLongTheLoopIsSparedTheNextOnes() throws Exception {
        program.virtualNanos = 60_000_000;
        submit(3, own);
        loop.remove().run();
        program.virtualNanos = 0;

        assertDoubled(submit(1, own));
        assertThat(loop).isEmpty();
        now.addAndGet(6_000_000_000L);
        submit(1, own);
        assertThat(loop).hasSize(1);
    }

    @Test
    void manyThreadsAndManyExecutorsLoseNothing() throws Exception {
        program.busyNanos = 0;
        List<ExecutorService> loops = List.of(Executors.newSingleThreadExecutor(), Executors.newFixedThreadPool(2));
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(CompletableFuture.runAsync(() -> ask(loops), workers));
        }
        for (CompletableFuture<Void> caller : callers) {
            caller.get();
        }
        loops.forEach(ExecutorService::shutdown);
        assertThat(batcher.waiting()).isZero();
    }

    /** Gives up a seventh of what it asks for. */
    private void ask(List<ExecutorService> loops) {
        List<CompletableFuture<Tensors>> answers = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            RequestOptions to = RequestOptions.none().withExecutor(loops.get(i % 2));
            CompletableFuture<Tensors> answer = batcher.submit(DoublingProgram.row(i), to);
            answers.add(answer);
            if (i % 7 == 0) {
                answer.cancel(false);
            } else if (i % 16 == 0) {
                answer.join();
            }
        }
        for (int i = 0; i < answers.size(); i++) {
            if (i % 7 != 0) {
                assertThat(DoublingProgram.doubled(answers.get(i).join())).containsExactly(2 * i);
            }
        }
    }
}

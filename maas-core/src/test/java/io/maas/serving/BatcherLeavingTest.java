package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.DeadlineExceededException;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that nobody waits for any more: in the line, in a batch, and inside of the engine. */
@Timeout(60)
class BatcherLeavingTest {
    /** Long enough for a busy machine to begin the run. */
    private static final RequestOptions SOON = RequestOptions.timeout(Duration.ofMillis(500));

    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Endless program = new Endless();
    private final Batcher batcher = new Batcher(
            program,
            DoublingProgram.watch(),
            null,
            DeployOptions.defaults().withInstances(1),
            workers,
            timer,
            Ticker.systemTicker());

    /** Runs until it is cancelled, or let go. */
    private static final class Endless implements Program {
        final Semaphore entered = new Semaphore(0);
        final Semaphore stopped = new Semaphore(0);
        volatile boolean endless = true;
        volatile CountDownLatch letGo = new CountDownLatch(1);

        @Override
        public Signature signature() {
            return DoublingProgram.SIGNATURE;
        }

        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            return runBatch(List.of(inputs), cancellation).get(0);
        }

        @Override
        public List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
            // First, so that whoever saw the run enter may put another latch in place for the next one.
            CountDownLatch latch = letGo;
            entered.release();
            Cancellation.Registration registration = cancellation.onCancel(latch::countDown);
            try {
                if (endless) {
                    latch.await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                registration.close();
            }
            if (cancellation.isCancelled()) {
                stopped.release();
                cancellation.check();
            }
            return requests;
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            throw new IllegalStateException("not used here");
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void stop() {
        program.letGo.countDown();
        callers.shutdownNow();
        workers.shutdownNow();
        timer.shutdownNow();
    }

    private Tensors row(float value) {
        return DoublingProgram.row(value);
    }

    @Test
    void aDeadlineStopsTheEngineUnderItsOwnCaller() {
        assertThatThrownBy(() -> batcher.run(row(1), SOON)).isInstanceOf(DeadlineExceededException.class);

        assertThat(program.stopped.availablePermits()).isEqualTo(1);
        assertThat(batcher.idleInstances()).isEqualTo(1);
    }

    @Test
    void aDeadlineStopsTheEngineOnTheExecutor() throws Exception {
        CompletableFuture<Tensors> answer = batcher.submit(row(1), SOON);

        assertThatThrownBy(answer::get).hasCauseInstanceOf(DeadlineExceededException.class);
        program.stopped.acquire();
        program.endless = false;
        assertThat(batcher.run(row(2), RequestOptions.none())).isEqualTo(row(2));
    }

    @Test
    void cancellingTheFutureStopsTheEngine() throws Exception {
        CompletableFuture<Tensors> answer = batcher.submit(row(1), RequestOptions.none());
        program.entered.acquire();

        answer.cancel(false);

        program.stopped.acquire();
        assertThatThrownBy(answer::get).isInstanceOf(CancellationException.class);
    }

    @Test
    void cancellingAWaitingFutureTakesItOutOfTheLine() throws Exception {
        CompletableFuture<Tensors> busy = batcher.submit(row(1), RequestOptions.none());
        program.entered.acquire();
        CompletableFuture<Tensors> waiting = batcher.submit(row(2), RequestOptions.none());
        assertThat(batcher.waiting()).isEqualTo(1);

        waiting.cancel(false);

        assertThat(batcher.waiting()).isZero();
        program.letGo.countDown();
        assertThat(busy.get()).isEqualTo(row(1));
        assertThat(program.entered.tryAcquire()).isFalse();
    }

    /** The engine goes on for the one that waits; the one whose time is over has its answer at once. */
    @Test
    void aBatchGoesOnAsLongAsSomebodyWaits() throws Exception {
        Future<Tensors> busy = callers.submit(() -> batcher.run(row(1), RequestOptions.none()));
        program.entered.acquire();
        Future<Tensors> hasty =
                callers.submit(() -> batcher.run(row(2), RequestOptions.timeout(Duration.ofSeconds(2))));
        awaitWaiting(1);
        Future<Tensors> patient = callers.submit(() -> batcher.run(row(3), RequestOptions.none()));
        awaitWaiting(2);
        CountDownLatch first = program.letGo;
        program.letGo = new CountDownLatch(1);
        first.countDown();
        busy.get();
        program.entered.acquire();

        assertThatThrownBy(hasty::get).hasCauseInstanceOf(DeadlineExceededException.class);
        assertThat(patient).isNotDone();
        assertThat(program.stopped.availablePermits()).isZero();
        program.letGo.countDown();
        assertThat(patient.get()).isEqualTo(row(3));
    }

    @Test
    void aBatchThatEverybodyLeavesIsStopped() throws Exception {
        CompletableFuture<Tensors> busy = batcher.submit(row(1), RequestOptions.none());
        program.entered.acquire();
        CompletableFuture<Tensors> two = batcher.submit(row(2), RequestOptions.none());
        CompletableFuture<Tensors> three = batcher.submit(row(3), RequestOptions.none());
        CountDownLatch first = program.letGo;
        program.letGo = new CountDownLatch(1);
        first.countDown();
        busy.get();
        program.entered.acquire();

        two.cancel(false);
        assertThat(program.stopped.availablePermits()).isZero();
        three.cancel(false);

        program.stopped.acquire();
        assertThat(program.entered.availablePermits())
                .as("nothing is run again")
                .isZero();
    }

    private void awaitWaiting(int number) {
        while (batcher.waiting() < number) {
            Thread.onSpinWait();
        }
    }
}

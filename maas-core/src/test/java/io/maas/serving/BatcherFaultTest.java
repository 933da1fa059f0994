package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes out of an engine, nobody waits for ever and the next request runs. */
@Timeout(60)
class BatcherFaultTest {
    private static final int REQUESTS = 800;
    private static final int INSTANCES = 2;

    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final DoublingProgram program = new DoublingProgram();
    private final Batcher batcher = new Batcher(
            program,
            DoublingProgram.watch(),
            null,
            DeployOptions.defaults().withInstances(INSTANCES),
            workers,
            timer,
            Ticker.systemTicker());

    static Stream<Error> faults() {
        return Stream.of(
                new OutOfMemoryError("planted"),
                new StackOverflowError("planted"),
                new NoClassDefFoundError("planted"),
                new UnsatisfiedLinkError("planted"),
                new AssertionError("planted"));
    }

    @AfterEach
    void stop() {
        workers.shutdownNow();
        timer.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void oneFaultAmongManyRequestsLeavesNoneWithoutAnAnswer(Error fault) throws Exception {
        program.held = true;
        List<CompletableFuture<Tensors>> answers = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            answers.add(batcher.submit(DoublingProgram.row(1), RequestOptions.none()));
            program.entered.acquire();
        }
        for (int i = INSTANCES; i < REQUESTS; i++) {
            answers.add(batcher.submit(DoublingProgram.row(1), RequestOptions.none()));
        }
        program.error = fault;
        program.held = false;
        program.gate.release(INSTANCES);

        for (CompletableFuture<Tensors> answer : answers) {
            assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(fault);
        }
        program.error = null;
        assertThat(DoublingProgram.doubled(batcher.run(DoublingProgram.row(3), RequestOptions.none())))
                .containsExactly(6);
        assertThat(DoublingProgram.doubled(batcher.submit(DoublingProgram.row(4), RequestOptions.none())
                        .get(30, TimeUnit.SECONDS)))
                .containsExactly(8);
        assertThat(batcher.counts().failures.sum()).isEqualTo(REQUESTS);
    }
}

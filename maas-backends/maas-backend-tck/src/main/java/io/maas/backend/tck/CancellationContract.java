package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Cancellation;
import io.maas.backend.Program;
import io.maas.backend.Session;
import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

/** Runs end when they are cancelled or their time is over, with the right exception, and the program works on. */
public abstract class CancellationContract extends BackendContract {
    /** A run of so many products of 256 rows takes seconds with every engine; of one row, milliseconds. */
    private static final int PRODUCTS = 4000;

    private static final int WIDTH = 256;

    /** For subclasses, which are test classes. */
    protected CancellationContract() {}

    /** Turns the columns by one, so often; values stay as they are, and nothing can be computed ahead. */
    private static Graph turning(int products) {
        GraphBuilder builder = new GraphBuilder("turning");
        Value x = builder.input("x", DataType.FLOAT32, Shape.symbolic("rows", WIDTH));
        float[] turn = new float[WIDTH * WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            turn[i * WIDTH + (i + 1) % WIDTH] = 1;
        }
        Value matrix = builder.constant("turn", Tensor.of(turn, WIDTH, WIDTH));
        Value turned = x;
        for (int i = 0; i < products; i++) {
            turned = builder.matmul(turned, matrix);
        }
        builder.output("y", turned);
        return builder.build();
    }

    private static Tensors rows(int rows) {
        return Tensors.of("x", new Samples(rows).any(DataType.FLOAT32, rows, WIDTH));
    }

    @Test
    void whatIsCancelledBeforeItStartsDoesNotRun() {
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();
        try (Program program = compile(turning(3))) {
            assertThatThrownBy(() -> program.run(rows(2), cancelled)).isInstanceOf(CancelledException.class);
            assertThatThrownBy(() -> program.runBatch(List.of(rows(1), rows(2)), cancelled))
                    .isInstanceOf(CancelledException.class);
        }
    }

    @Test
    void whatIsNotCancelledRunsToTheEnd() {
        Graph graph = turning(3);
        Cancellation idle = new Cancellation();
        try (Program program = compile(graph)) {
            Tolerance.assertClose("not cancelled", program.run(rows(2), idle), expected(graph, rows(2)));
            idle.cancel();
            Tolerance.assertClose("other run", program.run(rows(2)), expected(graph, rows(2)));
        }
    }

    @Test
    void aRunThatIsUnderWayEndsWhenItIsCancelledAndTheProgramWorksOn() throws Exception {
        Graph graph = turning(PRODUCTS);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Program program = compile(graph)) {
            Cancellation cancellation = new Cancellation();
            CountDownLatch starting = new CountDownLatch(1);
            Future<Tensors> run = executor.submit(() -> {
                starting.countDown();
                return program.run(rows(WIDTH), cancellation);
            });
            starting.await();
            cancellation.cancel();
            assertThatThrownBy(run::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(CancelledException.class);
            assertThat(program.run(rows(1)).only().shape()).isEqualTo(Shape.of(1, WIDTH));
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void aRunEndsWhenItsTimeIsOver() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (Program program = compile(turning(PRODUCTS))) {
            Cancellation deadline = Cancellation.after(Duration.ofMillis(20), timer);
            assertThatThrownBy(() -> program.run(rows(WIDTH), deadline)).isInstanceOf(DeadlineExceededException.class);
            assertThat(deadline.isCancelled()).isTrue();
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void aCancelledStepKeepsTheState() {
        if (refusesState()) {
            return;
        }
        GraphBuilder builder = new GraphBuilder("counting");
        Value state = builder.input("state", DataType.FLOAT32, Shape.of(2));
        Value by = builder.input("by", DataType.FLOAT32, Shape.of(2));
        builder.output("next", builder.add(state, by));
        builder.output("seen", builder.mul(state, by));
        Tensor one = Tensor.of(new float[] {1, 1});
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();
        try (Program program = compile(builder.build());
                Session session = program.newSession(Map.of("state", "next"), Tensors.of("state", one))) {
            session.step(Tensors.of("by", one));
            assertThatThrownBy(() -> session.step(Tensors.of("by", one), cancelled))
                    .isInstanceOf(CancelledException.class);
            assertThat(session.read("state").toFloatArray()).containsExactly(2, 2);
            session.step(Tensors.of("by", one));
            assertThat(session.read("state").toFloatArray()).containsExactly(3, 3);
        }
    }
}

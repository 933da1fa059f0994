package io.maas.backend.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Program;
import io.maas.graph.Graph;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One program is run by many threads at once, and each gets the answer to its own question. */
public abstract class ConcurrencyContract extends BackendContract {
    private static final int THREADS = 8;
    private static final int RUNS = 200;

    /** For subclasses, which are test classes. */
    protected ConcurrencyContract() {}

    @Test
    void threadsThatRunOneProgramGetTheirOwnAnswers() throws Exception {
        Graph graph = SampleGraphs.network();
        try (Program program = compile(graph)) {
            inParallel(seed -> {
                // Distinct sizes too, so that no thread can be given the memory of another.
                Tensors inputs = SampleGraphs.networkInput(1 + (int) (seed % 7), seed);
                Tolerance.assertClose("run " + seed, program.run(inputs), expected(graph, inputs));
            });
        }
    }

    @Test
    void threadsThatBatchOnOneProgramGetTheirOwnAnswers() throws Exception {
        Graph graph = SampleGraphs.batchable();
        try (Program program = compile(graph)) {
            inParallel(seed -> {
                List<Tensors> requests =
                        List.of(SampleGraphs.batchInput(1 + (int) (seed % 3), seed), SampleGraphs.batchInput(2, -seed));
                List<Tensors> answers = program.runBatch(requests);
                assertThat(answers).hasSize(2);
                for (int i = 0; i < 2; i++) {
                    Tolerance.assertClose("batch " + seed, answers.get(i), expected(graph, requests.get(i)));
                }
            });
        }
    }

    /** One task for each thread and run, told apart by a number. */
    private interface Task {
        void run(long seed);
    }

    private static void inParallel(Task task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Callable<Integer>> threads = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                long first = 1 + (long) thread * RUNS;
                threads.add(() -> {
                    start.await();
                    int done = 0;
                    for (long seed = first; seed < first + RUNS; seed++) {
                        task.run(seed);
                        done++;
                    }
                    return done;
                });
            }
            for (Future<Integer> thread : executor.invokeAll(threads)) {
                assertThat(thread.get()).isEqualTo(RUNS);
            }
        } finally {
            executor.shutdownNow();
        }
    }
}

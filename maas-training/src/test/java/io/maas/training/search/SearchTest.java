package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Cancellation;
import io.maas.error.CancelledException;
import io.maas.error.MaasException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SearchTest {
    private static final Space SPACE =
            Space.of(Setting.uniform("x", -2, 2).points(5), Setting.choice("shape", "bowl", "tilted"));
    private static final Search RANDOM = Search.over(SPACE, Strategy.random(20)).withThreads(4);

    private static double bowl(TrialRun run) {
        double x = run.settings().real("x");
        return (x - 1) * (x - 1) + (run.settings().choice("shape").equals("tilted") ? 0.5 : 0);
    }

    @Test
    void gridTriesAllInOrderAndFindsTheLowest() {
        List<String> seen = new ArrayList<>();

        SearchReport report = Search.over(SPACE, Strategy.grid()).run(run -> {
            seen.add(run.number() + " " + run.settings());
            assertThat(run.budget()).isEqualTo(1);
            assertThat(run.folder()).isNull();
            return bowl(run);
        });

        assertThat(seen)
                .hasSize(10)
                .startsWith("0 {x=-2.0, shape=bowl}", "1 {x=-2.0, shape=tilted}", "2 {x=-1.0, shape=bowl}");
        assertThat(report.isComplete()).isTrue();
        assertThat(report.best().settings()).hasToString("{x=1.0, shape=bowl}");
        assertThat(report.best().score()).isZero();
        assertThat(report.best().number()).isEqualTo(6);
        assertThat(report.best().state()).isEqualTo(Trial.State.COMPLETED);
        assertThat(report.trials())
                .hasSize(10)
                .isSortedAccordingTo(Comparator.comparing(trial -> Objects.requireNonNull(trial.score())));
    }

    @Test
    void goalTurnsTheOrderAround() {
        SearchReport report =
                Search.over(SPACE, Strategy.grid()).withGoal(Goal.MAXIMIZE).run(SearchTest::bowl);

        assertThat(report.best().settings()).hasToString("{x=-2.0, shape=tilted}");
    }

    @Test
    void resultsDoNotDependOnHowManyRunAtOnce() {
        SearchReport alone = RANDOM.run(SearchTest::noisy);

        for (int parallel = 2; parallel <= 4; parallel++) {
            SearchReport together = RANDOM.withParallel(parallel).run(SearchTest::noisy);
            assertThat(scores(together)).isEqualTo(scores(alone)).hasSize(20);
        }
        assertThat(scores(RANDOM.withSeed(1).run(SearchTest::noisy))).isNotEqualTo(scores(alone));
    }

    private static double noisy(TrialRun run) {
        return bowl(run) + (run.seed() >>> 40) * 1e-9;
    }

    private static List<String> scores(SearchReport report) {
        return report.trials().stream()
                .map(trial -> trial.number() + " " + trial.settings() + " " + trial.score())
                .toList();
    }

    /** Every trial waits for another one: this ends only if two run at once. */
    @Test
    void trialsRunAtOnceAndShareTheThreads() {
        CyclicBarrier pair = new CyclicBarrier(2);
        Set<String> threads = Collections.synchronizedSet(new HashSet<>());

        SearchReport report = RANDOM.withParallel(2).run(run -> {
            pair.await(20, TimeUnit.SECONDS);
            assertThat(run.options().threads()).isEqualTo(2);
            threads.add(Thread.currentThread().getName());
            return bowl(run);
        });

        assertThat(report.trials()).hasSize(20).allMatch(trial -> trial.state() == Trial.State.COMPLETED);
        assertThat(threads).containsExactlyInAnyOrder(Thread.currentThread().getName(), "maas-search-1");
        assertThatThrownBy(() -> RANDOM.withParallel(5))
                .hasMessage("parallel: 5 (expected: 1 <= parallel <= threads 4, so that each trial has one)");
    }

    @Test
    void givenExecutorStaysOpenAndMayRefuse() {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            assertThat(RANDOM.withParallel(4)
                            .withExecutor(executor)
                            .run(SearchTest::bowl)
                            .trials())
                    .hasSize(20);
            assertThat(executor.isShutdown()).isFalse();
        } finally {
            executor.shutdownNow();
        }
        for (java.util.concurrent.Executor odd :
                List.<java.util.concurrent.Executor>of(executor, Runnable::run, task -> {}, task -> {
                    throw new RejectedExecutionException();
                })) {
            assertThat(RANDOM.withParallel(4)
                            .withExecutor(odd)
                            .run(SearchTest::bowl)
                            .trials())
                    .hasSize(20);
        }
    }

    @Test
    void failuresAreNotedAndTheSearchGoesOn() {
        SearchReport report = RANDOM.run(run -> {
            return switch (run.number()) {
                case 0 -> throw new IllegalStateException("no\nluck");
                case 1 -> Double.NaN;
                case 2 -> {
                    run.report(1, 3);
                    run.report(2, Double.POSITIVE_INFINITY);
                    yield 0;
                }
                case 3 -> throw new java.io.IOException("x".repeat(1000));
                default -> bowl(run);
            };
        });

        List<Trial> failed = report.trials().subList(16, 20);
        assertThat(report.trials().subList(0, 16)).allMatch(trial -> trial.score() != null);
        assertThat(failed).allMatch(trial -> trial.state() == Trial.State.FAILED && trial.score() == null);
        assertThat(failed).extracting(Trial::number).containsExactly(0, 1, 2, 3);
        assertThat(failed.get(0).reason()).isEqualTo("IllegalStateException: no luck");
        assertThat(failed.get(1).reason())
                .isEqualTo("IllegalArgumentException: score: NaN (expected: a finite number)");
        assertThat(failed.get(2).reason()).contains("score: Infinity (expected: a finite number)");
        assertThat(failed.get(2).marks()).containsExactly(new Mark(1, 3));
        assertThat(failed.get(3).reason()).hasSize(401).endsWith("x…");
    }

    @Test
    void onlyIfAllFailThereIsNothingToReport() {
        assertThatThrownBy(() -> RANDOM.run(run -> {
                    throw new IllegalStateException("broken " + run.number());
                }))
                .isInstanceOf(MaasException.class)
                .hasMessage("search: all 20 trials failed (expected: at least one score); trial 0:"
                        + " IllegalStateException: broken 0; mend it and search in another folder")
                .hasRootCauseMessage("broken 0");
    }

    @Test
    void errorsEndTheSearch() {
        AtomicInteger count = new AtomicInteger();
        OutOfMemoryError error = new OutOfMemoryError("test");

        assertThatThrownBy(() -> RANDOM.withParallel(2).run(run -> {
                    if (count.incrementAndGet() == 5) {
                        throw error;
                    }
                    return bowl(run);
                }))
                .isSameAs(error);
        assertThat(count).hasValueLessThanOrEqualTo(6);
    }

    @Test
    void listenersSeeEachTrialAndMayEndTheSearch() {
        List<Integer> first = new ArrayList<>();
        List<Integer> second = new ArrayList<>();

        SearchReport report = RANDOM.withParallel(3)
                .listen(trial -> first.add(trial.number()))
                .listen(trial -> second.add(trial.number()))
                .run(SearchTest::bowl);

        assertThat(report.trials()).hasSize(20);
        assertThat(first).hasSize(20).doesNotHaveDuplicates().isEqualTo(second);
        assertThatThrownBy(() -> RANDOM.listen(trial -> {
                            throw new IllegalStateException("enough");
                        })
                        .run(SearchTest::bowl))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough");
    }

    @Test
    void cancellationKeepsWhatIsDone() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger after = new AtomicInteger();

        SearchReport report = RANDOM.withCancellation(cancellation).run(run -> {
            if (run.number() == 5) {
                cancellation.cancel();
                run.report(1, 1);
                after.incrementAndGet();
            }
            return bowl(run);
        });

        assertThat(report.isComplete()).isFalse();
        assertThat(report.trials()).hasSize(5).allMatch(trial -> trial.number() < 5);
        assertThat(after).hasValue(0);
        assertThatThrownBy(() -> RANDOM.withCancellation(cancellation).run(SearchTest::bowl))
                .isInstanceOf(CancelledException.class)
                .hasMessage("search stopped before any trial had a score");
    }

    @Test
    void interruptionEndsTheSearchAndIsKept() {
        SearchReport report = RANDOM.run(run -> {
            if (run.number() == 3) {
                Thread.currentThread().interrupt();
            }
            return bowl(run);
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(report.isComplete()).isFalse();
        assertThat(report.trials()).hasSize(4);
        SearchReport waiting = RANDOM.run(run -> {
            if (run.number() == 2) {
                throw new InterruptedException();
            }
            return bowl(run);
        });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(waiting.trials()).hasSize(2);
    }

    /** What is best after one epoch is not best after nine: the winner is chosen by those that got farthest. */
    @Test
    void halvingSpendsOnTheBest() {
        Search search = Search.over(Space.of(Setting.whole("n", 0, 999)), Strategy.halving(27, 1, 9));
        Map<Integer, Integer> spent = new java.util.TreeMap<>();

        SearchReport report = search.run(run -> {
            spent.merge(run.budget(), 1, Integer::sum);
            run.report(run.budget(), run.settings().whole("n"));
            return run.settings().whole("n") / (double) run.budget();
        });

        assertThat(spent.get(1)).isEqualTo(27);
        assertThat(spent.get(3)).isBetween(9, 14);
        assertThat(spent.get(9)).isBetween(3, 6);
        int lowest = report.trials().stream()
                .mapToInt(trial -> trial.settings().whole("n"))
                .min()
                .orElseThrow();
        Trial best = report.best();
        assertThat(best.settings().whole("n")).isEqualTo(lowest);
        assertThat(best.budget()).isEqualTo(9);
        assertThat(best.state()).isEqualTo(Trial.State.COMPLETED);
        assertThat(best.marks()).extracting(Mark::budget).containsExactly(1, 3, 9);
        assertThat(report.trials())
                .hasSize(27)
                .filteredOn(trial -> trial.state() == Trial.State.STOPPED)
                .isNotEmpty();
        assertThat(scores(search.run(run -> run.settings().whole("n") / (double) run.budget())))
                .isEqualTo(scores(report));
    }

    @Test
    void halvingWithManyAtOnceEndsWithAWholeTrial() {
        Search search = Search.over(Space.of(Setting.whole("n", 0, 99_999)), Strategy.halving(81, 1, 27))
                .withThreads(4)
                .withParallel(4);

        for (long seed = 0; seed < 20; seed++) {
            SearchReport report =
                    search.withSeed(seed).run(run -> run.settings().whole("n"));
            assertThat(report.trials()).as("seed %d", seed).hasSize(81);
            assertThat(report.best().budget()).as("seed %d", seed).isEqualTo(27);
        }
    }

    @Test
    void durationsAreThoseOfTheClock() {
        AtomicLong clock = new AtomicLong();
        Search search = RANDOM.withTicker(new com.google.common.base.Ticker() {
            @Override
            public long read() {
                return clock.get();
            }
        });

        SearchReport report = search.run(run -> {
            clock.addAndGet(TimeUnit.SECONDS.toNanos(90));
            return bowl(run);
        });

        assertThat(report.best().duration()).isEqualTo(Duration.ofSeconds(90));
        assertThat(report.table()).contains("1 min 30 s");
    }

    @Test
    void tableIsAligned() {
        Space space = Space.of(
                Setting.choice("rate", 1e-5, 0.25),
                Setting.choice("optimizer", "adam", "sgd"),
                Setting.choice("momentum", 0.9).when("optimizer", "sgd"));
        Search search = Search.over(space, Strategy.grid()).withTicker(new com.google.common.base.Ticker() {
            @Override
            public long read() {
                return 0;
            }
        });

        SearchReport report = search.run(run -> {
            run.measure("spread", 0.125);
            if (run.number() == 0) {
                throw new IllegalStateException("diverged");
            }
            return run.number() * 1234.5678;
        });

        assertThat(report.table()).isEqualTo("""
                trial  rate  optimizer  momentum   score  spread  budget    time  state
                    1  1e-5  sgd             0.9  1234.6   0.125       1  0.00 s  completed
                    2  0.25  adam                 2469.1   0.125       1  0.00 s  completed
                    3  0.25  sgd             0.9  3703.7   0.125       1  0.00 s  completed
                    0  1e-5  adam                          0.125          0.00 s  failed: IllegalStateException: diverged
                """);
        assertThat(report.table(1)).hasLineCount(2);
        assertThat(report).hasToString(report.table());
    }
}

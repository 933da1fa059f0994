package io.maas.training.search;

import com.google.common.base.Throwables;
import io.maas.backend.Cancellation;
import io.maas.backend.ProgramOptions;
import io.maas.error.CancelledException;
import io.maas.error.MaasException;
import io.maas.training.search.Ladder.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One search from its first trial to its last; the state that a {@link Search} does not have. The calling thread and those of
 * the executor do the same: take a job, run it, give back what came of it.
 *
 * <p>All mutable state is guarded by {@code this}.
 */
final class Course {
    private static final int REASON = 400;

    private record Task(Job job, Settings settings) {}

    private final Search recipe;
    private final Experiment experiment;
    private final @Nullable TrialLog log;
    private final List<Integer> budgets;
    private final Candidates candidates;
    private final Ladder ladder;
    private final TrialRun.Frame frame;
    private final Map<Integer, List<Entry>> trials = new TreeMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final long start;
    private double before;
    private int running;
    private boolean stopped;
    private @Nullable Throwable failure;
    private @Nullable Exception firstReason;

    Course(Search recipe, Experiment experiment, @Nullable TrialLog log) {
        this.recipe = recipe;
        this.experiment = experiment;
        this.log = log;
        if (recipe.strategy() instanceof Strategy.Halving halving) {
            this.budgets = halving.budgets();
            this.candidates = Candidates.random(recipe.space(), halving.trials(), recipe.seed());
            this.ladder = new Ladder(budgets.size(), halving.eta(), recipe.goal());
        } else {
            this.budgets = List.of(experiment.budget());
            this.candidates = recipe.strategy() instanceof Strategy.Random random
                    ? Candidates.random(recipe.space(), random.trials(), recipe.seed())
                    : Candidates.grid(recipe.space());
            this.ladder = new Ladder(1, 2, recipe.goal());
        }
        ProgramOptions options = ProgramOptions.training().withThreads(recipe.threads() / recipe.parallel());
        this.frame = new TrialRun.Frame(recipe.seed(), options, recipe.folder(), new Cancellation());
        this.start = recipe.ticker().read();
        if (log != null) {
            log.entries().forEach(this::replay);
        }
    }

    private void replay(Entry entry) {
        Job job = entry.job();
        Settings drawn = candidates.find(job.trial());
        if (!entry.settings().equals(drawn) || job.rung() >= budgets.size()) {
            throw new MaasException(
                    "search log: trial " + job.trial() + " had " + entry.settings() + " on rung " + job.rung()
                            + ", but this version draws " + drawn + " and has rungs " + budgets
                            + "; finish with the version of the library that began, or use another folder");
        }
        before = Math.max(before, entry.at());
        note(entry);
    }

    private void note(Entry entry) {
        ladder.ended(entry.job(), entry.outcome().score());
        trials.computeIfAbsent(entry.job().trial(), number -> new ArrayList<>()).add(entry);
        entries.add(entry);
    }

    // ---- the work

    SearchReport run() {
        Cancellation.Registration passedOn =
                recipe.cancellation().onCancel(() -> frame.cancellation().cancel());
        try {
            runAll();
        } finally {
            passedOn.close();
        }
        return end();
    }

    private void runAll() {
        if (recipe.parallel() == 1) {
            work();
        } else if (recipe.executor() != null) {
            share(recipe.executor());
        } else {
            AtomicInteger count = new AtomicInteger();
            ExecutorService own = Executors.newFixedThreadPool(recipe.parallel() - 1, task -> {
                Thread thread = new Thread(task, "maas-search-" + count.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            });
            try {
                share(own);
            } finally {
                own.shutdown();
            }
        }
    }

    private void share(Executor executor) {
        for (int i = 1; i < recipe.parallel(); i++) {
            try {
                executor.execute(this::work);
            } catch (RejectedExecutionException e) {
                // The calling thread does all that is left.
                break;
            }
        }
        work();
        awaitOthers();
    }

    private void work() {
        for (Task task = take(); task != null; task = take()) {
            Entry entry = null;
            try {
                entry = perform(task);
            } catch (RuntimeException | Error e) {
                fail(e);
            } finally {
                give(task.job(), entry);
            }
        }
    }

    /** The next job; null if there is none left or the search is to end. */
    private synchronized @Nullable Task take() {
        while (true) {
            Job job = ladder.next(candidates);
            if (job == null && running == 0) {
                return null;
            }
            if (mustStop()) {
                if (job != null) {
                    ladder.abandoned(job);
                }
                return null;
            }
            if (job != null) {
                running++;
                return new Task(job, Objects.requireNonNull(candidates.find(job.trial())));
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean mustStop() {
        if (frame.cancellation().isCancelled() || Thread.currentThread().isInterrupted()) {
            stop();
        }
        return stopped;
    }

    /** Ends the trials that are running too. */
    private void stop() {
        stopped = true;
        frame.cancellation().cancel();
    }

    private @Nullable Entry perform(Task task) {
        int budget = budgets.get(task.job().rung());
        boolean last = task.job().rung() == budgets.size() - 1;
        TrialRun run = new TrialRun(task.job().trial(), task.settings(), budget, last, frame);
        long began = recipe.ticker().read();
        Outcome outcome;
        try {
            outcome = run.outcome(TrialRun.finite(experiment.score(run)), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (Exception e) {
            if (frame.cancellation().isCancelled() || Thread.currentThread().isInterrupted()) {
                return null;
            }
            noteReason(e);
            outcome = run.outcome(null, reason(e));
        }
        long ended = recipe.ticker().read();
        return new Entry(
                task.job(), task.settings(), budget, outcome, (ended - began) / 1e9, before + (ended - start) / 1e9);
    }

    private synchronized void noteReason(Exception e) {
        firstReason = firstReason == null ? e : firstReason;
    }

    private static String reason(Exception e) {
        String text = (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("\\s+", " ");
        return text.length() <= REASON ? text : text.substring(0, REASON) + "…";
    }

    private synchronized void fail(Throwable e) {
        stop();
        if (failure == null) {
            failure = e;
        } else {
            failure.addSuppressed(e);
        }
    }

    /** @param entry null if the job was given up */
    private synchronized void give(Job job, @Nullable Entry entry) {
        try {
            if (entry == null) {
                ladder.abandoned(job);
                stop();
                return;
            }
            if (log != null) {
                log.append(entry);
            }
            note(entry);
            recipe.listener().accept(Trial.of(entriesOf(job.trial()), budgets.size()));
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            running--;
            notifyAll();
        }
    }

    private synchronized void awaitOthers() {
        boolean interrupted = false;
        while (running > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                stop();
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the result

    private List<Entry> entriesOf(int trial) {
        return Objects.requireNonNull(trials.get(trial));
    }

    private synchronized SearchReport end() {
        if (failure != null) {
            Throwables.throwIfUnchecked(failure);
        }
        List<Trial> results = trials.values().stream()
                .map(each -> Trial.of(each, budgets.size()))
                .toList();
        boolean scored = results.stream().anyMatch(trial -> trial.state() != Trial.State.FAILED);
        if (!scored && stopped) {
            throw new CancelledException("search stopped before any trial had a score");
        }
        if (!scored) {
            throw new MaasException(
                    "search: all " + results.size() + " trials failed (expected: at least one score); trial 0: "
                            + results.get(0).reason() + "; mend it and search in another folder",
                    firstReason);
        }
        return new SearchReport(recipe.space(), recipe.goal(), !stopped, results, entries);
    }
}

package io.maas.api.job;

import com.google.common.base.Ticker;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobRequest;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import io.maas.error.Require;
import io.maas.registry.ModelRegistry;
import io.maas.registry.Version;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue of training jobs in a folder. A job is data: it names what the library has, and holds no code, no path and no address. What is
 * submitted survives the process: jobs that waited wait again, and those that ran go on from their last checkpoint and come to the same
 * bits. What comes out is published in the registry, with all that it was made of.
 *
 * <pre>{@code
 * try (TrainingJobs jobs = TrainingJobs.open(Path.of("jobs"), maas.registry(), JobOptions.defaults())) {
 *     JobInfo job = jobs.submit(JobRequest.parse(document), "ada");
 *     …
 * }
 * }</pre>
 *
 * <p>Thread-safe. Who opens it closes it, before the registry. One process at a time can have a folder open. Methods that name a job
 * throw {@link ModelNotFoundException} if there is none of that id.
 */
public final class TrainingJobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingJobs.class);
    private static final String JOBS = "jobs";
    private static final String DATA_SETS = "datasets";
    private static final String LOCK = "lock";

    private final Path folder;
    private final ModelRegistry registry;
    private final JobOptions options;
    private final DataSets sets;
    private final FileChannel lock;
    private final Job.Surroundings around;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService timer;
    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private long submitted;
    private boolean closed;

    private TrainingJobs(Path folder, ModelRegistry registry, JobOptions options, DataSets sets, FileChannel lock) {
        this.folder = folder;
        this.registry = registry;
        this.options = options;
        this.sets = sets;
        this.lock = lock;
        this.around = new Job.Surroundings(options.storage(), options.clock(), Ticker.systemTicker());
        this.workers = new ThreadPoolExecutor(
                options.workers(),
                options.workers(),
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new ThreadFactoryBuilder()
                        .setNameFormat("maas-job-%d")
                        .setDaemon(true)
                        .build());
        this.timer = Executors.newSingleThreadScheduledExecutor(new ThreadFactoryBuilder()
                .setNameFormat("maas-job-timer")
                .setDaemon(true)
                .build());
    }

    /**
     * Opens a folder, which is made if it is not there, and goes on with the jobs that are in it.
     *
     * @param registry where results are published, and where versions to go on from are found; it stays the caller's
     * @return what the caller closes
     * @throws MaasException if the folder cannot be used, or another process has it open
     */
    public static TrainingJobs open(Path folder, ModelRegistry registry, JobOptions options) {
        Path whole = folder.toAbsolutePath().normalize();
        try {
            options.storage().createDirectories(whole.resolve(JOBS));
            FileChannel lock =
                    FileChannel.open(whole.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                requireLocked(lock, folder);
                DataSets sets = DataSets.open(whole.resolve(DATA_SETS), options);
                TrainingJobs opened = new TrainingJobs(whole, registry, options, sets, lock);
                opened.load();
                return opened;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new MaasException(
                    "folder of jobs " + folder + " cannot be used: " + e.getMessage()
                            + " (expected: one that can be written to)",
                    e);
        }
    }

    private static void requireLocked(FileChannel channel, Path folder) throws IOException {
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null; // By this process.
        }
        if (held == null) {
            throw new MaasException("folder of jobs " + folder
                    + ": in use (expected: one that nobody has open); close the other, or choose another");
        }
    }

    // ---- after a restart

    private synchronized void load() throws IOException {
        List<Job> found = new ArrayList<>();
        for (Path each : folders()) {
            Job job = load(each);
            if (job != null) {
                found.add(job);
            }
        }
        found.sort(Comparator.comparingLong(Job::order));
        for (Job job : found) {
            submitted = Math.max(submitted, job.order());
            jobs.put(job.info().id(), job);
            if (!job.info().over()) {
                goOn(job);
            }
        }
    }

    private List<Path> folders() throws IOException {
        try (Stream<Path> list = Files.list(folder.resolve(JOBS))) {
            return list.sorted().toList();
        }
    }

    private @Nullable Job load(Path each) throws IOException {
        Path file = each.resolve(Job.FILE);
        if (!Files.isRegularFile(file)) {
            // Nobody was told of it.
            MoreFiles.deleteRecursively(each, RecursiveDeleteOption.ALLOW_INSECURE);
            return null;
        }
        try {
            JobFile known = Documents.read(Files.readAllBytes(file), JobFile.class);
            if (known.info().request() == null
                    || !String.valueOf(each.getFileName()).equals(known.info().id())) {
                throw new InvalidInputException("job: incomplete (expected: what this library wrote)");
            }
            return new Job(each, around, JobLog.open(Job.logFile(each)), known);
        } catch (InvalidInputException e) {
            LOG.warn("a job's file is damaged, so the job is left out: {}", file, e);
            return null;
        }
    }

    private void goOn(Job job) {
        if (sets.find(job.request().dataSet()).isEmpty()) {
            job.failed("not_found", "the data set is gone (expected: one that is there until the job is over)", false);
            return;
        }
        sets.use(job.request().dataSet());
        if (job.state().equals(Job.RUNNING)) {
            job.requeue();
        }
        enqueue(job);
    }

    private void enqueue(Job job) {
        workers.execute(new Turn(job));
    }

    /** A job's place in the queue. Two of one job are equal, so that it can be found again. */
    private final class Turn implements Runnable {
        private final Job job;

        Turn(Job job) {
            this.job = job;
        }

        @Override
        public void run() {
            try {
                new JobRun(new JobRun.Frame(job, registry, sets, options, around.ticker()), timer).run();
            } catch (RuntimeException e) {
                LOG.error(
                        "how job {} ended could not be written down", job.info().id(), e);
            } finally {
                sets.release(job.request().dataSet());
                forgetOldest();
            }
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Turn turn && turn.job == job;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(job);
        }
    }

    // ---- what can be asked for

    /** The data sets that jobs learn from. */
    public DataSets dataSets() {
        return sets;
    }

    /**
     * Adds a job to the queue. When this returns, the job is on disk.
     *
     * @param who submits it, for its lineage
     * @throws InvalidInputException if it is none that can be run, which the message says with the member
     * @throws ModelNotFoundException if there is no such data set
     * @throws OverloadedException if too many wait already
     * @throws QuotaExceededException if too many of theirs wait or run already
     */
    public JobInfo submit(JobRequest request, String who) {
        DataSetInfo data = sets.get(request.dataSet());
        Recipe checked = Recipe.read(request, data, options.budget());
        TunePlan tune = checked.tune();
        if (tune != null) {
            Version version = registry.resolve(tune.model(), tune.version());
            var unused = TuningRows.of(version.manifest().signature(), tune, checked.target(), tune.classes());
        }
        synchronized (this) {
            requireOpen();
            requireRoom(who);
            Job job = create(request, who);
            enqueue(job);
            return job.info();
        }
    }

    private void requireRoom(String who) {
        long theirs = jobs.values().stream()
                .map(Job::info)
                .filter(info -> !info.over() && info.who().equals(who))
                .count();
        if (theirs >= options.ofOne()) {
            throw new QuotaExceededException(
                    theirs + " jobs of this caller wait or run (expected: fewer than " + options.ofOne()
                            + "); cancel one, or try again when one is over",
                    Duration.ofSeconds(30));
        }
        long waiting = jobs.values().stream()
                .filter(job -> job.state().equals(Job.QUEUED))
                .count();
        if (waiting >= options.queue()) {
            throw new OverloadedException(
                    "queue of jobs is full (expected: fewer than " + options.queue() + " that wait); try again later",
                    Duration.ofSeconds(30));
        }
    }

    private Job create(JobRequest request, String who) {
        String id = UUID.randomUUID().toString();
        JobInfo info = new JobInfo(
                id,
                request.model(),
                request.dataSet(),
                Job.QUEUED,
                who,
                options.clock().instant().toString(),
                null,
                null,
                null,
                null,
                false,
                null,
                Map.of(),
                null,
                request);
        Path place = folder.resolve(JOBS).resolve(id);
        sets.use(request.dataSet());
        try {
            options.storage().createDirectory(place);
            options.storage().syncDirectory(folder.resolve(JOBS));
            Job job = new Job(
                    place,
                    around,
                    JobLog.open(Job.logFile(place)),
                    new JobFile(info, options.threads(), 0, ++submitted));
            job.save();
            job.note("note", "submitted by " + Require.quote(who));
            jobs.put(id, job);
            return job;
        } catch (IOException e) {
            sets.release(request.dataSet());
            throw AtomicFile.failed(e);
        } catch (MaasException e) {
            sets.release(request.dataSet());
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("training jobs are closed (expected: open); open the folder again");
        }
    }

    private synchronized Job job(String id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw new ModelNotFoundException(
                    "no job " + Require.quote(id) + " (expected: the id of one that was submitted)");
        }
        return job;
    }

    /** All jobs that are remembered, in the order of submission. */
    public synchronized List<JobInfo> list() {
        return jobs.values().stream().map(Job::info).toList();
    }

    /** How a job stands. */
    public JobInfo get(String id) {
        return job(id).info();
    }

    /** How a job stands, if it is there. */
    public synchronized Optional<JobInfo> find(String id) {
        return Optional.ofNullable(jobs.get(id)).map(Job::info);
    }

    /** What happened to a job, and what happens to it. */
    public JobLog log(String id) {
        return job(id).log();
    }

    /**
     * Ends a job that waits or runs. One that runs ends within its step, writes a checkpoint, and can be resumed; one that is over, or
     * about to be published, stays as it is.
     *
     * @return how it stands; it may take a moment to end
     */
    public JobInfo cancel(String id) {
        Job job = job(id);
        job.stop(Job.Stop.CANCEL);
        JobInfo after = job.info();
        if (after.state().equals(Job.CANCELLED) && workers.remove(new Turn(job))) {
            sets.release(job.request().dataSet());
            forgetOldest();
        }
        return after;
    }

    /**
     * Puts a job that was cancelled, or failed for a reason that may have passed, into the queue again. It goes on from its last
     * checkpoint, on the same time budget.
     *
     * @throws IllegalStateException if it is not over, or ended for good
     * @throws ModelNotFoundException if its data set is gone
     * @throws OverloadedException if too many wait already
     * @throws QuotaExceededException if too many of who submitted it wait or run already
     */
    public JobInfo resume(String id) {
        Job job = job(id);
        synchronized (this) {
            requireOpen();
            if (!job.info().resumable()) {
                throw new IllegalStateException(
                        "job " + Require.quote(id) + " is " + job.state()
                                + " (expected: one that was cancelled, or failed for a reason that may have passed); submit it anew");
            }
            requireRoom(job.info().who());
            sets.use(job.request().dataSet());
            job.requeue();
            enqueue(job);
        }
        return job.info();
    }

    /**
     * Forgets a job that is over, with its log and checkpoints. What it published stays.
     *
     * @throws IllegalStateException if it waits or runs
     */
    public void delete(String id) {
        Job job = job(id);
        synchronized (this) {
            if (!job.info().over()) {
                throw new IllegalStateException("job " + Require.quote(id) + " is " + job.state()
                        + " (expected: one that is over); cancel it first");
            }
            forget(job);
        }
    }

    private synchronized void forgetOldest() {
        List<Job> over = jobs.values().stream().filter(job -> job.info().over()).toList();
        for (Job job : over.subList(0, Math.max(0, over.size() - options.kept()))) {
            forget(job);
        }
    }

    private void forget(Job job) {
        try {
            // Without this file it is none, whatever else may be left of it.
            options.storage().delete(job.folder().resolve(Job.FILE));
            jobs.remove(job.info().id());
            MoreFiles.deleteRecursively(job.folder(), RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            LOG.warn("job {} could not be removed", job.info().id(), e);
        }
    }

    /**
     * Takes no more jobs, breaks those off that run, with a checkpoint, and waits for that. They go on when the folder is opened again.
     * Idempotent.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            jobs.values().forEach(job -> job.stop(Job.Stop.SHUTDOWN));
            workers.shutdown();
        }
        try {
            while (!workers.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.warn("waiting for jobs to write their checkpoints");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        timer.shutdownNow();
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("folder of jobs could not be unlocked", e);
        }
    }
}

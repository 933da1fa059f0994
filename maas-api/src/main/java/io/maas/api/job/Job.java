package io.maas.api.job;

import com.google.common.base.Ticker;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobEvent;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobRequest;
import io.maas.backend.Cancellation;
import io.maas.error.CancelledException;
import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job: how it stands, in memory and on disk, and the way to end it.
 *
 * <p>Thread-safe.
 */
final class Job {
    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    static final String FILE = "job.json";
    private static final String LOG_FILE = "events.jsonl";
    private static final String CHECKPOINTS = "checkpoints";

    static final String QUEUED = "queued";
    static final String RUNNING = "running";
    static final String SUCCEEDED = "succeeded";
    static final String FAILED = "failed";
    static final String CANCELLED = "cancelled";

    /** Why a run is to end before it is done. */
    enum Stop {
        /** Somebody wants it. */
        CANCEL,
        /** Its time is over. */
        TIME,
        /** The process ends; the job goes on with the next one. */
        SHUTDOWN
    }

    /** What jobs share. */
    record Surroundings(Storage storage, Clock clock, Ticker ticker) {}

    private final Path folder;
    private final Surroundings around;
    private final JobLog log;
    private final JobRequest request;
    private final int threads;
    private final long order;

    private JobInfo info;
    private double spent;
    private long runningSince;
    private @Nullable Cancellation cancellation;
    private @Nullable Thread preparing;
    private @Nullable Stop stop;
    private boolean publishing;

    Job(Path folder, Surroundings around, JobLog log, JobFile file) {
        this.folder = folder;
        this.around = around;
        this.log = log;
        this.request = Objects.requireNonNull(file.info().request(), "a job has a request");
        this.threads = file.threads();
        this.order = file.order();
        this.info = file.info();
        this.spent = file.spent();
    }

    static Path logFile(Path folder) {
        return folder.resolve(LOG_FILE);
    }

    // ---- what it is

    Path folder() {
        return folder;
    }

    Path checkpoints() {
        return folder.resolve(CHECKPOINTS);
    }

    JobLog log() {
        return log;
    }

    JobRequest request() {
        return request;
    }

    int threads() {
        return threads;
    }

    long order() {
        return order;
    }

    synchronized JobInfo info() {
        return info;
    }

    synchronized String state() {
        return info.state();
    }

    /** Seconds of running so far. */
    synchronized double spent() {
        boolean running = info.state().equals(RUNNING) && cancellation != null;
        return spent + (running ? (around.ticker().read() - runningSince) / 1e9 : 0);
    }

    // ---- how it goes

    /** Writes down how it stands. */
    synchronized void save() {
        AtomicFile.write(
                around.storage(), folder.resolve(FILE), Documents.write(new JobFile(info, threads, spent(), order)));
    }

    private String now() {
        return around.clock().instant().toString();
    }

    /** Begins a run, unless it is no longer wanted. */
    @Nullable
    Cancellation start() {
        Cancellation started = begin();
        log.tell();
        return started;
    }

    private synchronized @Nullable Cancellation begin() {
        if (!info.state().equals(QUEUED) || stop != null) {
            return null;
        }
        Cancellation fresh = new Cancellation();
        runningSince = around.ticker().read();
        cancellation = fresh;
        preparing = Thread.currentThread();
        becomeAnyhow(RUNNING, null, null, false);
        return fresh;
    }

    /** For changes that the disk cannot stop: a job that it does not know of runs again after a restart, to the same end. */
    private void becomeAnyhow(String state, @Nullable String code, @Nullable String reason, boolean resumable) {
        try {
            become(state, code, reason, resumable);
        } catch (MaasException e) {
            LOG.error("job {} is {} and that cannot be written down", info.id(), state, e);
        }
    }

    private void become(String state, @Nullable String code, @Nullable String reason, boolean resumable) {
        double before = spent();
        boolean over = !state.equals(QUEUED) && !state.equals(RUNNING);
        if (over) {
            spent = before;
            cancellation = null;
        }
        info = new JobInfo(
                info.id(),
                info.model(),
                info.dataSet(),
                state,
                info.who(),
                info.submitted(),
                state.equals(RUNNING) ? now() : info.started(),
                over ? now() : null,
                code,
                reason,
                resumable,
                info.progress(),
                info.metrics(),
                info.version(),
                request);
        try {
            save();
        } finally {
            log.append(new JobEvent("state", now(), state, null, null, reason));
        }
        // Who watches is told later, without this lock.
    }

    /** From here on training listens to its cancellation itself. */
    synchronized void prepared() {
        checkWanted();
        settle();
    }

    /** @throws CancelledException if the run is to end */
    synchronized void checkWanted() {
        if (stop != null) {
            throw new CancelledException("run ended: " + stop);
        }
    }

    /** Tells how far it has come. */
    void progress(String type, JobInfo.Progress progress, @Nullable Map<String, Double> metrics) {
        synchronized (this) {
            info = with(progress, metrics == null ? info.metrics() : metrics, info.version());
        }
        log.append(new JobEvent(type, now(), null, progress, metrics, null));
        log.tell();
    }

    private JobInfo with(JobInfo.@Nullable Progress progress, Map<String, Double> metrics, @Nullable Integer version) {
        return new JobInfo(
                info.id(),
                info.model(),
                info.dataSet(),
                info.state(),
                info.who(),
                info.submitted(),
                info.started(),
                info.finished(),
                info.code(),
                info.reason(),
                info.resumable(),
                progress,
                metrics,
                version,
                request);
    }

    void note(String type, String message) {
        log.append(new JobEvent(type, now(), null, null, null, message));
        log.tell();
    }

    // ---- how it ends

    /** Ends the run under way, or the wait for one; nothing happens when it is too late for that. */
    void stop(Stop why) {
        end(why);
        log.tell();
    }

    private synchronized void end(Stop why) {
        if (stop != null || publishing || info.over()) {
            return;
        }
        if (why == Stop.CANCEL && info.state().equals(QUEUED)) {
            become(CANCELLED, null, null, true);
            return;
        }
        stop = why;
        if (cancellation != null) {
            cancellation.cancel();
        }
        if (preparing != null) {
            preparing.interrupt();
        }
    }

    @Nullable
    synchronized Stop stopped() {
        return stop;
    }

    /** The last moment to end it: from here on it is published. */
    synchronized void publishing() {
        checkWanted();
        publishing = true;
    }

    void succeeded(int version, Map<String, Double> metrics) {
        synchronized (this) {
            info = with(info.progress(), metrics, version);
        }
        end(SUCCEEDED, null, null, false);
    }

    void failed(String code, String reason, boolean resumable) {
        end(FAILED, code, reason, resumable);
    }

    void cancelled() {
        end(CANCELLED, null, null, true);
    }

    private void end(String state, @Nullable String code, @Nullable String reason, boolean resumable) {
        synchronized (this) {
            becomeAnyhow(state, code, reason, resumable);
            stop = null;
            publishing = false;
        }
        log.tell();
    }

    /** For the thread that runs it, when it is done one way or the other: nobody interrupts it from here on. */
    synchronized void settle() {
        preparing = null;
        // What follows writes files, which an interrupted thread cannot do.
        boolean unused = Thread.interrupted();
    }

    /** Back into the queue, after the process died or by somebody's wish. */
    void requeue() {
        synchronized (this) {
            stop = null;
            become(QUEUED, null, null, false);
        }
        log.tell();
    }
}

package io.maas.api.job;

import com.google.common.primitives.Bytes;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobEvent;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened to a job: a JSON object a line, in a file that only grows. Whoever reads it keeps a place in it and nothing else, so that
 * readers cost neither memory nor the job's time, however slow they are.
 *
 * <p>Thread-safe.
 */
public final class JobLog {
    private static final Logger LOG = LoggerFactory.getLogger(JobLog.class);
    private static final int MAX_LINE = 64 << 10;

    /** What is not of state is left out beyond that. */
    private static final long MAX_BYTES = 32L << 20;

    /**
     * A line.
     *
     * @param end the place behind it, at which the next one begins
     */
    public record Line(String json, long end) {}

    private final Path file;
    private final Set<Runnable> watchers = new CopyOnWriteArraySet<>();
    private volatile long length;
    private volatile long told;

    private JobLog(Path file, long length) {
        this.file = file;
        this.length = length;
        this.told = length;
    }

    /** Opens a log, which is begun if it is not there; a line that a dead process left half written is cut off. */
    static JobLog open(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new JobLog(file, 0);
        }
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            long from = Math.max(0, access.length() - MAX_LINE);
            byte[] tail = new byte[(int) (access.length() - from)];
            access.seek(from);
            access.readFully(tail);
            int last = Bytes.lastIndexOf(tail, (byte) '\n');
            long whole = last < 0 ? 0 : from + last + 1;
            access.setLength(whole);
            return new JobLog(file, whole);
        }
    }

    /** The place behind the last line. */
    public long end() {
        return length;
    }

    /** Is called after new lines, for the most part by the thread that trains: it must be quick. */
    public void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    public void unwatch(Runnable watcher) {
        watchers.remove(watcher);
    }

    /** Adds a line. One that cannot be written is missed by nobody but its readers: the job goes on. */
    void append(JobEvent event) {
        byte[] line = Bytes.concat(Documents.write(event), new byte[] {'\n'});
        synchronized (this) {
            if (length + line.length > MAX_BYTES && event.state() == null) {
                return;
            }
            // Not a channel, which an interrupt would close.
            try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
                out.write(line);
                length += line.length;
            } catch (IOException e) {
                LOG.warn("a line of a job's log could not be written", e);
                cutOff();
            }
        }
    }

    /** Tells who watches that there may be more. */
    void tell() {
        long end = length;
        if (told != end) {
            told = end;
            watchers.forEach(Runnable::run);
        }
    }

    private void cutOff() {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(length);
        } catch (IOException e) {
            LOG.warn("a job's log could not be mended", e);
        }
    }

    /**
     * Some lines from a place on; none at the end.
     *
     * @param from 0, or the {@link Line#end} of a line
     * @param maxBytes about so many at once, at least one line
     * @throws InvalidInputException if no line begins there
     */
    public List<Line> read(long from, int maxBytes) {
        long end = length;
        if (from < 0 || from > end) {
            throw noLine(from);
        }
        if (from == end) {
            return List.of();
        }
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
            if (from > 0) {
                access.seek(from - 1);
                if (access.read() != '\n') {
                    throw noLine(from);
                }
            }
            access.seek(from);
            byte[] bytes = new byte[(int) Math.min(end - from, Math.max(maxBytes, MAX_LINE))];
            access.readFully(bytes);
            return lines(bytes, from);
        } catch (IOException e) {
            throw new MaasException(
                    "the log of a job cannot be read (expected: a file of this server); ask again later", e);
        }
    }

    private static InvalidInputException noLine(long from) {
        return new InvalidInputException(
                "place in the log: " + from + " (expected: 0, or the id of an event of this job)");
    }

    private static List<Line> lines(byte[] bytes, long from) {
        List<Line> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines.add(new Line(new String(bytes, start, i - start, StandardCharsets.UTF_8), from + i + 1));
                start = i + 1;
            }
        }
        return lines;
    }
}

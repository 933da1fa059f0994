package io.maas.api.security;

import io.maas.api.wire.Documents;
import io.maas.error.MaasException;
import io.maas.error.Require;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what over the network, and who was turned away: one line of JSON each, appended to a file and on the disk before the next.
 * A file that has become long gets the number 1 behind its name, and those that had one get the next.
 *
 * <p>Thread-safe. Lines are written by a thread of its own, in the order in which they came; {@link #close} waits for them. For one
 * process: each needs a file of its own.
 */
public final class AuditLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    private static final long MIN_BYTES = 1 << 10;
    private static final int MAX_FILES = 1000;

    /** A disk that stands still this long is one that is gone. */
    private static final int WAITING = 10_000;

    private final Path file;
    private final long maxBytes;
    private final int files;
    private final ThreadPoolExecutor writer;
    private final AtomicLong lost = new AtomicLong();
    private FileChannel channel;

    /**
     * One line.
     *
     * @param time by ISO 8601
     * @param request the request's id, as in answers and other logs
     * @param principal who it was, null if nobody knows
     * @param from the address that it came from
     * @param operation as the table of routes names it
     * @param target the names in the path, such as that of the model, and of what was made
     * @param status of the answer
     * @param unlisted how many lines like this were left out just before it, since they were too many; 0 for changes
     */
    public record Entry(
            String time,
            String request,
            @Nullable String principal,
            String from,
            String operation,
            Map<String, String> target,
            int status,
            long unlisted) {}

    private AuditLog(Path file, long maxBytes, int files) throws IOException {
        this.file = file.toAbsolutePath();
        this.maxBytes = maxBytes;
        this.files = files;
        Files.createDirectories(this.file.resolveSibling(""));
        this.channel = open();
        this.writer = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
            Thread thread = new Thread(task, "maas-audit");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Appends to a file, made if it is not there; of 16 MiB, with the ten before it. */
    public static AuditLog open(Path file) {
        return open(file, 16 << 20, 10);
    }

    /**
     * Appends to a file, made if it is not there.
     *
     * @param maxBytes how long it may become, at least 1 KiB
     * @param files how many of those before it are kept, 1 to 1000
     * @throws MaasException if it cannot be written
     */
    public static AuditLog open(Path file, long maxBytes, int files) {
        Require.that(maxBytes >= MIN_BYTES, "maxBytes", maxBytes, "maxBytes >= " + MIN_BYTES);
        Require.that(0 < files && files <= MAX_FILES, "files", files, "0 < files <= " + MAX_FILES);
        try {
            return new AuditLog(file, maxBytes, files);
        } catch (IOException e) {
            throw new MaasException(file + " cannot be written (expected: a file that this process may append to)", e);
        }
    }

    /** Writes a line soon. One that cannot be written is an error in the other log. */
    public void add(Entry entry) {
        try {
            writer.execute(() -> write(entry));
        } catch (RejectedExecutionException e) {
            LOG.error("{} lines of the audit log are lost; the last one: {}", lost.incrementAndGet(), entry);
        }
    }

    private void write(Entry entry) {
        byte[] document = Documents.write(entry);
        ByteBuffer line = ByteBuffer.allocate(document.length + 1)
                .put(document)
                .put((byte) '\n')
                .flip();
        try {
            if (channel.size() > 0 && channel.size() + line.remaining() > maxBytes) {
                rotate();
            }
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(false);
        } catch (IOException e) {
            LOG.error("a line of the audit log is lost: {}", entry, e);
        }
    }

    private void rotate() throws IOException {
        channel.close();
        try {
            for (int i = files - 1; i > 0; i--) {
                if (Files.exists(numbered(i))) {
                    Files.move(numbered(i), numbered(i + 1), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            Files.move(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
        } finally {
            channel = open();
        }
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private FileChannel open() throws IOException {
        boolean isNew = !Files.exists(file);
        FileChannel opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (isNew && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        return opened;
    }

    /** Waits until what came is written. Idempotent. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.error(
                        "the audit log could not be written in time; {} lines are lost",
                        writer.getQueue().size());
            }
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.error("{} could not be closed", file, e);
        }
    }
}

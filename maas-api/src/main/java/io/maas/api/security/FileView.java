package io.maas.api.security;

import com.google.common.base.Ticker;
import io.maas.error.MaasException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a small file says, read again when it has changed. It is looked at when it is asked for, at most once a second, so that no old
 * answer is given after a quiet hour. Where it cannot be understood, what it said before stays, and the log says so.
 *
 * <p>Thread-safe. Asking takes a look at the file's attributes now and then; nobody waits while another thread reads.
 */
final class FileView<T> {
    private static final Logger LOG = LoggerFactory.getLogger(FileView.class);

    /** Larger ones were not written for this. */
    private static final long MAX_BYTES = 16 << 20;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Makes a value of the bytes of a file, null if there is none. */
    interface Reading<T> {
        /**
         * Reads it.
         *
         * @throws MaasException or an IllegalArgumentException if the bytes are none of it
         */
        T of(byte @Nullable [] bytes);
    }

    private final Path file;
    private final Reading<T> reading;
    private final Ticker ticker;
    private final ReentrantLock refreshing = new ReentrantLock();
    private volatile T value;
    private volatile @Nullable FileStamp stamp;
    private volatile long looked;

    /** Reads it for the first time; what is wrong is thrown. */
    FileView(Path file, Reading<T> reading, Ticker ticker) {
        this.file = file;
        this.reading = reading;
        this.ticker = ticker;
        this.looked = ticker.read();
        this.stamp = FileStamp.of(file);
        this.value = read();
    }

    T get() {
        if (ticker.read() - looked >= LOOK_NANOS && refreshing.tryLock()) {
            try {
                look();
            } finally {
                refreshing.unlock();
            }
        }
        return value;
    }

    /** Reads it now; what is wrong is thrown. */
    T refresh() {
        refreshing.lock();
        try {
            FileStamp before = FileStamp.of(file);
            value = read();
            stamp = before;
            return value;
        } finally {
            refreshing.unlock();
        }
    }

    private void look() {
        looked = ticker.read();
        // Before the bytes: a change in between shows next time.
        FileStamp now = FileStamp.of(file);
        if (Objects.equals(now, stamp)) {
            return;
        }
        stamp = now;
        try {
            value = read();
        } catch (MaasException | IllegalArgumentException e) {
            LOG.error("{} cannot be read; what it said before stays", file, e);
        }
    }

    private T read() {
        try {
            if (!Files.exists(file)) {
                return reading.of(null);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new MaasException(file + " is too long (expected: at most " + MAX_BYTES + " bytes)");
            }
            return reading.of(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new MaasException(file + " cannot be read (expected: a file that this process may read)", e);
        }
    }
}

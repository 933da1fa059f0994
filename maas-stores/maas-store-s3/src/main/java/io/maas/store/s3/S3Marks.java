package io.maas.store.s3;

import io.maas.store.s3.S3Bucket.Attempt;
import io.maas.store.s3.S3Bucket.Listed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Marks of collections that are under way. A collection renews its mark before each step and ends if it no longer can; a
 * publication waits until a mark is gone, or takes it away when it was not renewed for a whole lease. Both do so under the
 * condition that the mark is the one they know, so only one of them can.
 *
 * <p>Nobody's clock is compared with another one's: a lease begins anew whenever whoever waits sees the mark change.
 */
final class S3Marks {
    private static final String MARKS = "collecting/";
    private static final long SHORTEST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final S3Bucket bucket;
    private final Duration lease;

    S3Marks(S3Bucket bucket, Duration lease) {
        this.bucket = bucket;
        this.lease = lease;
    }

    /** Never the same twice, so that no two writes have the same tag. */
    private static byte[] unique() {
        return UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** A collection's own mark. Used by one thread. */
    final class Mark {
        private final String key = MARKS + UUID.randomUUID();
        private String tag;
        private long renewed;

        private Mark() throws IOException {
            renewed = System.nanoTime();
            Attempt attempt = bucket.putIf(key, unique(), null);
            tag = tag(attempt);
        }

        private String tag(Attempt attempt) throws IOException {
            if (!attempt.done() || attempt.now() == null) {
                throw new IOException(
                        "a publication waited for this collection for " + lease
                                + " and has ended it; nothing was lost; collect again, or open the registry with a longer lease");
            }
            return attempt.now().tag();
        }

        /** From now on nobody takes the mark away for a lease. */
        void renew() throws IOException {
            renewed = System.nanoTime();
            tag = tag(bucket.putIf(key, unique(), tag));
        }

        /** For how long after a renewal something may be removed: what comes later might meet a publication. */
        Duration left() {
            return lease.dividedBy(2).minusNanos(System.nanoTime() - renewed);
        }

        /** Lets publications go on. */
        void end() throws IOException {
            bucket.delete(key);
        }
    }

    Mark begin() throws IOException {
        return new Mark();
    }

    /** Waits until all collections that are under way now have ended. */
    void await() throws IOException {
        List<Listed> marks = bucket.listAll(MARKS);
        for (Listed mark : marks) {
            await(mark);
        }
    }

    private void await(Listed mark) throws IOException {
        String tag = mark.tag();
        long since = System.nanoTime();
        for (long pause = SHORTEST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            pause(Duration.ofMillis(pause));
            Listed now = bucket.find(mark.key()).orElse(null);
            if (now == null) {
                return;
            }
            if (!now.tag().equals(tag)) {
                tag = now.tag();
                since = System.nanoTime();
            } else if (System.nanoTime() - since >= lease.toNanos()
                    && bucket.putIf(mark.key(), unique(), tag).done()) {
                bucket.delete(mark.key());
                return;
            }
        }
    }

    static void pause(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while waiting for a collection of garbage to end");
            }
        }
    }
}

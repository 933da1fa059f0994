package io.maas.api.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as it comes. That of the JDK swallows interruptions before Java 21; a reader of this one is woken by an
 * interruption, with {@link InterruptedIOException}, and by a close on another thread.
 *
 * <p>For one reader.
 */
final class Incoming extends InputStream implements BodySubscriber<InputStream> {
    /** Nothing comes behind it. */
    private static final List<ByteBuffer> END = List.of();

    private final Set<Incoming> open;
    private final BlockingQueue<List<ByteBuffer>> pieces = new LinkedBlockingQueue<>();
    private List<ByteBuffer> piece = END;
    private int next;
    private boolean ended;
    private volatile @Nullable Throwable failure;
    private @Nullable Subscription subscription;
    private boolean closed;

    /** @param open of which it is one until its end */
    Incoming(Set<Incoming> open) {
        this.open = open;
        open.add(this);
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Subscription given) {
        synchronized (this) {
            if (!closed) {
                subscription = given;
            }
        }
        ask();
        if (isClosed()) {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> received) {
        if (received.isEmpty()) {
            ask();
        } else {
            pieces.add(received);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        onComplete();
    }

    @Override
    public void onComplete() {
        open.remove(this);
        pieces.add(END);
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void ask() {
        Subscription asked;
        synchronized (this) {
            asked = subscription;
        }
        if (asked != null) {
            asked.request(1);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        ByteBuffer some = some();
        if (some == null) {
            return -1;
        }
        int n = Math.min(length, some.remaining());
        some.get(bytes, offset, n);
        return n;
    }

    /** What is to be read next, null at the end. */
    private @Nullable ByteBuffer some() throws IOException {
        while (!isClosed()) {
            for (; next < piece.size(); next++) {
                if (piece.get(next).hasRemaining()) {
                    return piece.get(next);
                }
            }
            if (ended) {
                return end();
            }
            piece = take();
            next = 0;
            ended = piece.isEmpty();
            if (!ended) {
                ask();
            }
        }
        throw new IOException("the stream is closed (expected: open)");
    }

    private @Nullable ByteBuffer end() throws IOException {
        Throwable thrown = failure;
        if (thrown != null) {
            throw new IOException(thrown);
        }
        return null;
    }

    private List<ByteBuffer> take() throws InterruptedIOException {
        try {
            return pieces.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException)
                    new InterruptedIOException("interrupted while waiting for an answer").initCause(e);
        }
    }

    /** Ends the answer where it is; the connection is not used any more. Idempotent, on any thread. */
    @Override
    public void close() {
        Subscription ending;
        synchronized (this) {
            closed = true;
            ending = subscription;
            subscription = null;
        }
        open.remove(this);
        if (ending != null) {
            ending.cancel();
        }
        pieces.add(END); // Wakes who reads.
    }
}

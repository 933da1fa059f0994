package io.maas.api.server;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * How many bytes lie in memory of bodies and messages that have begun and are not there as a whole: many slow ones are as much as a few
 * long ones.
 *
 * <p>Thread-safe.
 */
final class Pending {
    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    Pending(ServerLimits limits) {
        this.limit = Math.max(limits.maxPendingBytes(), limits.maxBodyBytes());
    }

    /** What one body or message has taken. For one event loop. */
    final class Share {
        private long bytes;
        private Consumer<RuntimeException> end = why -> {};

        /** @throws Failure.Refusal if so many more are too many; what was taken before stays taken */
        void take(long more) {
            if (taken.addAndGet(more) > limit) {
                taken.addAndGet(-more);
                throw new Failure.Refusal(
                        503,
                        "overloaded",
                        "too many bytes of requests are under way (expected: at most " + limit
                                + " together); try again later",
                        Duration.ofSeconds(1));
            }
            bytes += more;
        }

        /** What ends the body or message that comes in. */
        void onGivenUp(Consumer<RuntimeException> handler) {
            end = handler;
        }

        /** Somebody else has answered already: what still comes is nobody's. */
        void giveUp(RuntimeException why) {
            end.accept(why);
            release();
        }

        /** Gives all back. Idempotent. */
        void release() {
            taken.addAndGet(-bytes);
            bytes = 0;
        }
    }

    Share share() {
        return new Share();
    }

    long taken() {
        return taken.get();
    }
}

package io.maas.api.client;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The servers that a client spreads its requests over, in turn. One that fails is left alone for a while, each time longer, and is then
 * asked whether it is ready before it gets requests again. Where all have failed they are tried nevertheless.
 *
 * <p>Thread-safe.
 */
final class Servers {
    private static final long FIRST_PAUSE = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(30).toNanos();

    /** One of them. Its state is guarded by it. */
    static final class Server {
        private final URI uri;
        private final String base;
        private int failures;
        private long failedAt;
        private boolean asked;

        Server(URI uri) {
            this.uri = uri;
            this.base = uri.toString().replaceAll("/+$", "");
        }

        URI uri() {
            return uri;
        }

        /** Its address without a slash at the end. */
        String base() {
            return base;
        }

        private synchronized boolean isUp() {
            return failures == 0;
        }

        private synchronized boolean takeProbe(long now) {
            long pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(failures - 1, 5));
            if (failures == 0 || asked || now - failedAt < pause) {
                return false;
            }
            asked = true;
            return true;
        }

        private synchronized void failed(long now) {
            failures++;
            failedAt = now;
            asked = false;
        }

        private synchronized void answered() {
            failures = 0;
            asked = false;
        }
    }

    private final ImmutableList<Server> all;
    private final Ticker ticker;
    private final AtomicInteger turn = new AtomicInteger();

    Servers(List<URI> addresses, Ticker ticker) {
        this.all = addresses.stream().map(Server::new).collect(ImmutableList.toImmutableList());
        this.ticker = ticker;
    }

    Server first() {
        return all.get(0);
    }

    ImmutableList<Server> all() {
        return all;
    }

    int size() {
        return all.size();
    }

    /** The next one: of those that are up and were not tried, else that were not tried, else any. */
    Server next(Set<Server> tried) {
        int start = Math.floorMod(turn.getAndIncrement(), all.size());
        Server best = all.get(start);
        int bestRank = -1;
        for (int i = 0; i < all.size(); i++) {
            Server each = all.get((start + i) % all.size());
            int rank = (tried.contains(each) ? 0 : 2) + (each.isUp() ? 1 : 0);
            if (rank > bestRank) {
                best = each;
                bestRank = rank;
            }
        }
        return best;
    }

    /** One that has been left alone for long enough and is to be asked whether it is ready; each time to one caller only. */
    Optional<Server> toProbe() {
        long now = ticker.read();
        return all.size() == 1
                ? Optional.empty()
                : all.stream().filter(each -> each.takeProbe(now)).findFirst();
    }

    void failed(Server server) {
        server.failed(ticker.read());
    }

    void answered(Server server) {
        server.answered();
    }
}

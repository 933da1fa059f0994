package io.maas.serving;

import com.google.common.base.Ticker;
import io.maas.model.LengthPadding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait, and which of them to run together.
 *
 * <p>Order is by rank: the time of arrival, less a head start for each level of priority, so that what waits long enough overtakes
 * what is urgent. A caller that names itself and asks faster than it is served is ranked as if it asked as fast as that: its requests
 * queue behind each other, not before everyone else's (start-time fair queueing, Goyal et al. 1996, on real time).
 *
 * <p>Guarded by its user's lock.
 */
final class Line {
    /** What a level of priority is worth in waiting. */
    private static final long HEAD_START_NANOS = 100_000_000;

    /** From which share of the best work rate on a larger batch is preferred: costs are not known to the last percent. */
    private static final double AS_GOOD = 0.995;

    private final BatchOptions batching;
    private final @Nullable LengthPadding padding;
    private final int maxRows;
    private final DoubleSupplier fillCost;
    private final long maxQueueRows;
    private final long maxQueueBytes;
    private final Ticker ticker;
    private final RunCosts costs = new RunCosts();
    /** By rank. */
    private final List<Request> waiting = new ArrayList<>();
    /** For each caller in the line, when its next request would come if it came as fast as it is served. */
    private final Map<String, Long> nextTurns = new HashMap<>();

    private long rows;
    private long bytes;
    private double nanosPerRow;

    /**
     * @param maxRows 1 where the model cannot be batched
     * @param fillCost what an element costs that only fills up, of one that does not
     */
    Line(DeployOptions options, @Nullable LengthPadding padding, int maxRows, DoubleSupplier fillCost, Ticker ticker) {
        this.batching = options.batching();
        this.padding = padding;
        this.maxRows = maxRows;
        this.fillCost = fillCost;
        this.maxQueueRows = options.maxQueue();
        this.maxQueueBytes = options.maxQueueBytes();
        this.ticker = ticker;
    }

    int size() {
        return waiting.size();
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    /**
     * Those at the end of the line that have to go so that a request may join, none if there is room. Only what ranks after it goes: a
     * caller that fills the line by itself is last in it, so the few requests of others still get in.
     *
     * @return null if there are not enough of them, so that it must be refused
     */
    @Nullable
    List<Request> thatGiveWayTo(Request request, int priority) {
        List<Request> last = new ArrayList<>(0);
        if (waiting.isEmpty()) {
            return last;
        }
        long moreRows = rows + request.rows - maxQueueRows;
        long moreBytes = bytes + request.bytes - maxQueueBytes;
        if (moreRows <= 0 && moreBytes <= 0) {
            return last;
        }
        long rank = rank(turn(request), priority);
        for (int i = waiting.size() - 1; moreRows > 0 || moreBytes > 0; i--) {
            // Times alone move nobody out: threads that came together join in any order.
            if (i < 0 || waiting.get(i).rank - rank <= 0 || (isPlain(waiting.get(i)) && rank == request.arrival)) {
                return null;
            }
            Request each = waiting.get(i);
            moreRows -= each.rows;
            moreBytes -= each.bytes;
            last.add(each);
        }
        return last;
    }

    private static boolean isPlain(Request request) {
        return request.rank == request.arrival;
    }

    /** Whether there is room again, by far. */
    boolean isHalfEmpty() {
        return rows <= maxQueueRows / 2 && bytes <= maxQueueBytes / 2;
    }

    /** About how long it takes to run all that waits, one batch after the other. */
    double nanosToEmpty() {
        return rows * nanosPerRow;
    }

    void learn(long runRows, long useful, long elements, long nanos) {
        costs.learn(work(useful, elements), nanos);
        double each = nanos / (double) runRows;
        nanosPerRow = nanosPerRow == 0 ? each : nanosPerRow + (each - nanosPerRow) / 8;
    }

    /** As many elements as cost the same if none only fills up. */
    private long work(long useful, long elements) {
        return useful + Math.round(fillCost.getAsDouble() * (elements - useful));
    }

    void add(Request request, int priority) {
        long turn = turn(request);
        request.rank = rank(turn, priority);
        if (request.caller != null) {
            takeTurn(request, request.caller, turn);
        }
        int at = waiting.size();
        while (at > 0 && waiting.get(at - 1).rank - request.rank > 0) {
            at--;
        }
        waiting.add(at, request);
        rows += request.rows;
        bytes += request.bytes;
    }

    private static long rank(long turn, int priority) {
        return turn - priority * HEAD_START_NANOS;
    }

    /** When it would come if its caller asked no faster than it is served. */
    private long turn(Request request) {
        if (request.caller == null) {
            return request.arrival;
        }
        nextTurns.values().removeIf(next -> next - request.arrival <= 0);
        return nextTurns.getOrDefault(request.caller, request.arrival);
    }

    private void takeTurn(Request request, String caller, long turn) {
        // As if it had its share of the callers that wait: the more there are, the longer a turn takes.
        long share = (long) (nanosPerRow * request.rows * (nextTurns.size() + (nextTurns.containsKey(caller) ? 0 : 1)));
        nextTurns.put(caller, turn + Math.max(1, share));
    }

    boolean remove(Request request) {
        if (!waiting.remove(request)) {
            return false;
        }
        leaves(request);
        return true;
    }

    private void leaves(Request request) {
        rows -= request.rows;
        bytes -= request.bytes;
    }

    /** The first request that nobody has been sent for. */
    @Nullable
    Request firstUnattended() {
        for (Request request : waiting) {
            if (!request.attended) {
                return request;
            }
        }
        return null;
    }

    /** Takes out all requests whose deadline has passed. */
    List<Request> takeLate() {
        List<Request> late = new ArrayList<>(0);
        for (Iterator<Request> each = waiting.iterator(); each.hasNext(); ) {
            Request request = each.next();
            if (request.deadline != null && request.deadline.remaining(ticker) <= 0) {
                each.remove();
                leaves(request);
                late.add(request);
            }
        }
        return late;
    }

    /**
     * Takes out the requests of the next batch.
     *
     * @param appointed the request to start from, if it waits; otherwise the first one is
     */
    List<Request> takeBatch(@Nullable Request appointed) {
        if (waiting.isEmpty()) {
            return List.of();
        }
        Request first = appointed != null && waiting.contains(appointed) ? appointed : waiting.get(0);
        List<Request> batch = maxRows == 1 || waiting.size() == 1 ? List.of(first) : choose(first);
        waiting.removeAll(batch);
        batch.forEach(this::leaves);
        return batch;
    }

    private List<Request> choose(Request first) {
        List<Request> others = new ArrayList<>(waiting.size());
        for (Request request : waiting) {
            if (request != first && request.stacksWith(first, padding)) {
                others.add(request);
            }
        }
        Choice choice = new Choice(first);
        if (padding == null) {
            others.forEach(choice::offer);
        } else {
            offerByLength(choice, first, others);
        }
        return choice.best();
    }

    /** Nearest lengths first: of the next shorter and the next longer one, the one that leaves more work a second. */
    private static void offerByLength(Choice choice, Request first, List<Request> others) {
        others.sort(Comparator.comparingLong(request -> request.elementsPerRow));
        int longer = 0;
        while (longer < others.size() && others.get(longer).elementsPerRow < first.elementsPerRow) {
            longer++;
        }
        int shorter = longer - 1;
        while (shorter >= 0 || longer < others.size()) {
            boolean down = longer == others.size()
                    || (shorter >= 0 && choice.with(others.get(shorter)) >= choice.with(others.get(longer)));
            choice.offer(others.get(down ? shorter-- : longer++));
        }
    }

    /** A batch as it grows, and the best one on the way. */
    private final class Choice {
        private final List<Request> chosen = new ArrayList<>();
        private final double budget;
        private long sum;
        private long useful;
        private long longest;
        private int bestSize = 1;
        private double bestRate;

        Choice(Request first) {
            budget = batching.latencyTarget() == null
                    ? Double.POSITIVE_INFINITY
                    : batching.latencyTarget().toNanos() - (ticker.read() - first.arrival);
            take(first);
            bestRate = workRate(useful, sum * longest);
        }

        private void take(Request request) {
            chosen.add(request);
            sum += request.rows;
            useful += request.rows * request.elementsPerRow;
            longest = Math.max(longest, request.elementsPerRow);
        }

        /** Wanted elements a nanosecond. */
        private double workRate(long wanted, long elements) {
            double nanos = nanos(wanted, elements);
            return nanos == 0 ? wanted : wanted / nanos;
        }

        private double nanos(long wanted, long elements) {
            return costs.nanos(work(wanted, elements));
        }

        /** The yield with one more. */
        double with(Request request) {
            return workRate(
                    useful + request.rows * request.elementsPerRow,
                    (sum + request.rows) * Math.max(longest, request.elementsPerRow));
        }

        void offer(Request request) {
            long elements = (sum + request.rows) * Math.max(longest, request.elementsPerRow);
            if (sum + request.rows > maxRows || elements > batching.maxElements()) {
                return;
            }
            take(request);
            double nanos = nanos(useful, elements);
            // Without a batch that keeps to the target, the most work a second is the way out of the jam.
            boolean inTime = nanos <= budget || costs.nanos(chosen.get(0).rows * chosen.get(0).elementsPerRow) > budget;
            double reached = workRate(useful, elements);
            if (inTime && reached >= bestRate * AS_GOOD) {
                bestRate = Math.max(bestRate, reached);
                bestSize = chosen.size();
            }
        }

        List<Request> best() {
            int size = bestSize;
            Integer preferred = batching.preferredRows().floor((int) rowsOf(size));
            if (preferred != null) {
                while (size > 1 && rowsOf(size) > preferred) {
                    size--;
                }
            }
            return List.copyOf(chosen.subList(0, size));
        }

        private long rowsOf(int size) {
            long total = 0;
            for (int i = 0; i < size; i++) {
                total += chosen.get(i).rows;
            }
            return total;
        }
    }
}

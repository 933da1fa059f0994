package io.maas.adapter;

import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.model.RequestOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The items of one call, in requests of near sizes. Those are made on the caller's thread while others run, and only a few are under way
 * at once, so that neither the model's line nor memory fills up.
 *
 * <p>Used by one thread.
 */
final class ManyItems<I, O> {
    private static final int MOST_ITEMS = 64;

    /** The most that the items of a request take together, each counted as the largest among them; about 16 texts of 256 characters. */
    private static final long MOST_SIZE = 1 << 12;

    /** A small item is not put beside one of more than this many times its size. */
    private static final double NEAR = 1.25;

    private record Request<O>(List<Integer> places, CompletableFuture<List<O>> answers) {}

    private final TypedModel<I, O> model;
    private final Adapter<I, O> adapter;
    private final List<I> items;
    private final long[] sizes;
    private final int most;
    private final List<@Nullable O> answers;
    private final Deque<Request<O>> underWay = new ArrayDeque<>();

    /** @param batchable whether a request may hold several items, each answered as if it had been alone */
    ManyItems(TypedModel<I, O> model, Adapter<I, O> adapter, boolean batchable, List<I> items) {
        this.model = model;
        this.adapter = adapter;
        this.items = List.copyOf(items);
        this.sizes = new long[items.size()];
        this.most = batchable ? Math.min(MOST_ITEMS, adapter.most()) : 1;
        this.answers = new ArrayList<>(Collections.nCopies(items.size(), null));
    }

    List<O> answer(RequestOptions options) {
        int atOnce = 1 + Runtime.getRuntime().availableProcessors();
        try {
            for (List<Integer> places : requests()) {
                if (underWay.size() == atOnce) {
                    take();
                }
                // The caller's executor may be this thread, which is busy waiting.
                underWay.add(new Request<>(places, send(places, options.withExecutor(null))));
            }
            while (!underWay.isEmpty()) {
                take();
            }
        } finally {
            underWay.forEach(request -> request.answers.cancel(false));
        }
        return answers.stream().map(java.util.Objects::requireNonNull).toList();
    }

    /** The places of the items of each request; the largest items first, as one that comes last would be waited for alone. */
    private List<List<Integer>> requests() {
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = adapter.size(items.get(i));
        }
        Integer[] order = new Integer[sizes.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong(place -> -sizes[place]));
        List<List<Integer>> requests = new ArrayList<>();
        List<Integer> last = new ArrayList<>();
        for (int place : order) {
            if (!last.isEmpty() && !joins(place, last)) {
                requests.add(last);
                last = new ArrayList<>();
            }
            last.add(place);
        }
        if (!last.isEmpty()) {
            requests.add(last);
        }
        return requests;
    }

    private boolean joins(int place, List<Integer> request) {
        long largest = sizes[request.get(0)];
        return request.size() < most && largest * (request.size() + 1) <= MOST_SIZE && largest <= NEAR * sizes[place];
    }

    private CompletableFuture<List<O>> send(List<Integer> places, RequestOptions options) {
        CompletableFuture<List<O>> answer =
                model.request(places.stream().map(items::get).toList(), options);
        return Futures.cancelling(answer, answer.exceptionallyCompose(failure -> named(places, failure)));
    }

    /** The failure, with the place of the item that the adapter does not take. */
    private CompletableFuture<List<O>> named(List<Integer> places, Throwable failure) {
        Throwable cause = Futures.cause(failure);
        if (cause instanceof RefusedItemException) {
            for (int place : places) {
                try {
                    TypedModel.encode(adapter, List.of(items.get(place)));
                } catch (RefusedItemException e) {
                    return CompletableFuture.failedFuture(new InvalidInputException(
                            "item " + place + " of " + items.size() + ": " + e.getMessage(), e.getCause()));
                }
            }
        }
        return CompletableFuture.failedFuture(cause);
    }

    private void take() {
        Request<O> request = underWay.remove();
        try {
            List<O> values = request.answers.get();
            for (int i = 0; i < values.size(); i++) {
                answers.set(request.places.get(i), values.get(i));
            }
        } catch (ExecutionException e) {
            throw Futures.unchecked(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            request.answers.cancel(false);
            throw new MaasException("interrupted while waiting for " + items.size() + " items", e);
        }
    }
}

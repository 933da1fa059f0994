package io.maas.adapter;

import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A model that takes and gives values of Java, such as texts and {@link Label}s. What it needs to turn one into the other follows the
 * version that answers: after a deploy, the new version's tokenizer and names count.
 *
 * <p>Values become tensors, and tensors values, on the caller's thread where {@link #predict} waits; the engine's batches are formed of
 * many callers' requests behind that. What an adapter refuses fails its own request alone.
 *
 * <p>Thread-safe; there is nothing to close.
 */
public final class TypedModel<I, O> {
    /** How often a request is made anew because the version changed while it was under way. */
    private static final int ATTEMPTS = 4;

    private final Model model;
    private final AdapterSource<I, O> source;
    private final AtomicLong requests = new AtomicLong();

    private TypedModel(Model model, AdapterSource<I, O> source) {
        this.model = model;
        this.source = source;
    }

    /** Any model, such as a remote one, behind an adapter that suits all its versions. */
    public static <I, O> TypedModel<I, O> of(Model model, Adapter<I, O> adapter) {
        return new TypedModel<>(model, AdapterSource.fixed(adapter));
    }

    /** A model whose versions may ask for different adapters. */
    static <I, O> TypedModel<I, O> of(Model model, AdapterSource<I, O> source) {
        return new TypedModel<>(model, source);
    }

    /** The model behind the adapter. */
    public Model untyped() {
        return model;
    }

    /** {@link #predict(Object, RequestOptions)} without a timeout. */
    public O predict(I item) {
        return predict(item, RequestOptions.none());
    }

    /**
     * Answers for one item and waits for it.
     *
     * @throws InvalidInputException if the adapter refuses the item, with the reason as its cause
     * @throws MaasException as {@link Model#predict(io.maas.tensor.Tensors, RequestOptions)} throws it
     */
    public O predict(I item, RequestOptions options) {
        List<I> items = List.of(item);
        RequestOptions keyed = keyed(options);
        Adapter<I, O> adapter = source.current();
        for (int attempt = 1; ; attempt++) {
            Encoded<O> encoded = encode(adapter, items);
            try {
                Prediction answer = model.predict(encoded.inputs(), keyed);
                Adapter<I, O> wanted = source.of(answer.version());
                if (wanted == adapter) {
                    return decode(adapter, encoded, answer, 1).get(0);
                }
                adapter = wanted;
            } catch (InvalidInputException e) {
                adapter = changed(adapter, e);
            }
            if (attempt == ATTEMPTS) {
                throw restless();
            }
        }
    }

    /** {@link #predictAsync(Object, RequestOptions)} without a timeout. */
    public CompletableFuture<O> predictAsync(I item) {
        return predictAsync(item, RequestOptions.none());
    }

    /**
     * Answers for one item without waiting; the item becomes tensors before this returns. What {@link #predict} throws, this future
     * ends with; to cancel it cancels the request.
     */
    public CompletableFuture<O> predictAsync(I item, RequestOptions options) {
        return Futures.map(request(List.of(item), options), answers -> answers.get(0));
    }

    /** {@link #predictAll(List, RequestOptions)} without a timeout. */
    public List<O> predictAll(List<I> items) {
        return predictAll(items, RequestOptions.none());
    }

    /**
     * Answers for many items, in their order. Items of near sizes go into one request, and a few requests are under way at once.
     *
     * @param options of each of these requests
     * @throws InvalidInputException if the adapter refuses an item, naming its place; the requests under way are cancelled
     */
    public List<O> predictAll(List<I> items, RequestOptions options) {
        return new ManyItems<>(this, source.current(), model.signature().isBatchable(), items).answer(options);
    }

    // ---- one request

    /** Some items in one request. */
    CompletableFuture<List<O>> request(List<I> items, RequestOptions options) {
        try {
            return request(source.current(), items, keyed(options), 1);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** With a key, as during a rollout all attempts of one request are to come to the same version. */
    private RequestOptions keyed(RequestOptions options) {
        return source.isFixed() || options.key() != null
                ? options
                : options.withKey(Long.toString(requests.getAndIncrement()));
    }

    private CompletableFuture<List<O>> request(
            Adapter<I, O> adapter, List<I> items, RequestOptions options, int attempt) {
        if (attempt > ATTEMPTS) {
            throw restless();
        }
        Encoded<O> encoded = encode(adapter, items);
        return Futures.handle(model.predictAsync(encoded.inputs(), options), (answer, failure) -> {
            if (answer == null) {
                return request(changed(adapter, Futures.unchecked(failure)), items, options, attempt + 1);
            }
            Adapter<I, O> wanted = source.of(answer.version());
            return wanted == adapter
                    ? CompletableFuture.completedFuture(decode(adapter, encoded, answer, items.size()))
                    : request(wanted, items, options, attempt + 1);
        });
    }

    /** The adapter to try again with, if the failure may come from one that is no longer the right one. */
    private Adapter<I, O> changed(Adapter<I, O> adapter, RuntimeException failure) {
        if (!(failure instanceof InvalidInputException) || failure instanceof RefusedItemException) {
            throw failure;
        }
        Adapter<I, O> now = source.current();
        if (now == adapter) {
            throw failure;
        }
        return now;
    }

    private MaasException restless() {
        return new MaasException("model " + model.name() + ": another version with another adapter answered each of "
                + ATTEMPTS + " attempts (expected: one that stays for a request); ask again");
    }

    static <I, O> Encoded<O> encode(Adapter<I, O> adapter, List<I> items) {
        try {
            return adapter.encode(items);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedItemException(refusal(adapter, e), e);
        } catch (Exception e) {
            throw new RefusedItemException(refusal(adapter, e), e);
        }
    }

    private static String refusal(Adapter<?, ?> adapter, Exception e) {
        return "adapter " + adapter.name() + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
    }

    private static <I, O> List<O> decode(Adapter<I, O> adapter, Encoded<O> encoded, Prediction answer, int items) {
        List<O> values;
        try {
            values = encoded.decoder().apply(answer.outputs());
        } catch (RuntimeException e) {
            throw new MaasException(
                    "adapter " + adapter.name() + " cannot read the answer of model " + answer.model() + ":"
                            + answer.version() + ", " + answer.outputs() + ": "
                            + (e.getMessage() == null ? e.toString() : e.getMessage()),
                    e);
        }
        if (values.size() != items) {
            throw new MaasException("adapter " + adapter.name() + ": " + values.size() + " values for " + items
                    + " items (expected: one for each); the adapter or its declaration is wrong");
        }
        return values;
    }
}

package io.maas.adapter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Futures made of others, which end with the same exceptions, and pass their cancellation on. */
final class Futures {
    private Futures() {}

    static <T, R> CompletableFuture<R> map(CompletableFuture<T> source, Function<T, R> function) {
        return cancelling(source, source.thenApply(function));
    }

    /** As {@link CompletableFuture#handle}, with a function that itself may go on asynchronously. */
    static <T, R> CompletableFuture<R> handle(
            CompletableFuture<T> source, BiFunction<@Nullable T, @Nullable Throwable, CompletableFuture<R>> function) {
        CompletableFuture<R> result = new CompletableFuture<>();
        var unused = source.whenComplete((value, failure) -> {
            try {
                CompletableFuture<R> next = function.apply(value, failure);
                var unusedLink = cancelling(next, result);
                var ignored = next.whenComplete((answer, error) -> {
                    if (error == null) {
                        result.complete(answer);
                    } else {
                        result.completeExceptionally(cause(error));
                    }
                });
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return cancelling(source, result);
    }

    /** The later future, with its cancellation passed on to the one that it is made of. */
    static <R> CompletableFuture<R> cancelling(CompletableFuture<?> source, CompletableFuture<R> derived) {
        var unused = derived.whenComplete((value, failure) -> {
            if (derived.isCancelled()) {
                source.cancel(false);
            }
        });
        return derived;
    }

    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** The failure to throw where checked ones cannot be. */
    static RuntimeException unchecked(@Nullable Throwable failure) {
        if (failure == null) {
            return new IllegalStateException("a future ended with null (expected: an answer or a failure)");
        }
        Throwable cause = cause(failure);
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException unchecked ? unchecked : new CompletionException(cause);
    }
}

package io.maas.pipeline;

import com.google.common.util.concurrent.Futures;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** One call of a function; giving it up interrupts the thread that runs it. */
final class FunctionCall extends FutureTask<Tensors> {
    private final CompletableFuture<Tensors> answer = new CompletableFuture<>();

    FunctionCall(PipelineFunction function, Tensors inputs) {
        super(() -> run(function, inputs));
    }

    private static Tensors run(PipelineFunction function, Tensors inputs) {
        function.signature().check("function " + function.name(), inputs);
        @Nullable Tensors outputs = function.body().apply(inputs);
        if (outputs == null) {
            throw new IllegalStateException(
                    "function " + Require.quote(function.name()) + " gave null (expected: tensors)");
        }
        return outputs;
    }

    CompletableFuture<Tensors> answer() {
        return answer;
    }

    /** What follows an answer happens here, when the call is over and cannot be interrupted any more. */
    @Override
    protected void done() {
        if (isCancelled()) {
            answer.cancel(false);
            return;
        }
        try {
            answer.complete(Futures.getDone(this));
        } catch (ExecutionException e) {
            answer.completeExceptionally(e.getCause());
        }
    }
}

package io.maas.pipeline;

import com.google.common.base.Ticker;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.UnaryOperator;

/** Models of a few lines for tests, and a host that has them. Who opens it closes it. */
final class Models implements AutoCloseable {
    /** A model that answers at once, or, while held, when the test says so. */
    static final class Fake implements Model {
        final String name;
        final Signature signature;
        final List<Tensors> requests = new CopyOnWriteArrayList<>();
        final List<RequestOptions> options = new CopyOnWriteArrayList<>();
        final List<CompletableFuture<Prediction>> open = new CopyOnWriteArrayList<>();
        volatile UnaryOperator<Tensors> body;
        volatile boolean held;
        /** Who answers. */
        volatile Executor by = Runnable::run;

        Fake(String name, Signature signature, UnaryOperator<Tensors> body) {
            this.name = name;
            this.signature = signature;
            this.body = body;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Signature signature() {
            return signature;
        }

        @Override
        public Prediction predict(Tensors inputs, RequestOptions wishes) {
            return predictAsync(inputs, wishes).join();
        }

        @Override
        public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions wishes) {
            requests.add(inputs);
            options.add(wishes);
            CompletableFuture<Prediction> answer = new CompletableFuture<>();
            open.add(answer);
            if (!held) {
                by.execute(() -> answer(answer, inputs));
            }
            return answer;
        }

        /** Answers one of the open requests. */
        void answer(int number) {
            answer(open.get(number), requests.get(number));
        }

        private void answer(CompletableFuture<Prediction> answer, Tensors inputs) {
            try {
                answer.complete(new Prediction(name, 1, body.apply(inputs)));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        }
    }

    final Map<String, Fake> byName = new ConcurrentHashMap<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ExecutorService executor = Executors.newCachedThreadPool();
    final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    final Pipelines pipelines = new Pipelines(new PipelineHost(
            this::named,
            name -> {
                throw new AssertionError("no graph wanted of " + name);
            },
            executor,
            timer,
            Ticker.systemTicker(),
            meters));

    Fake named(String reference) {
        Fake found = byName.get(reference);
        if (found == null) {
            throw new ModelNotFoundException("no model \"" + reference + "\" is deployed");
        }
        return found;
    }

    static TensorSpec floats(String name, Object... shape) {
        return new TensorSpec(name, DataType.FLOAT32, Shape.symbolic(shape));
    }

    static Tensor column(double... values) {
        return Tensor.of(DataType.FLOAT32, values, Shape.of(values.length, 1));
    }

    /** A model from {@code x: [batch, 1]} to {@code y: [batch, 1]}. */
    Fake model(String name, java.util.function.DoubleUnaryOperator each) {
        Signature signature = new Signature(List.of(floats("x", "batch", 1)), List.of(floats("y", "batch", 1)));
        return model(
                name,
                signature,
                inputs -> Tensors.of(
                        "y",
                        column(java.util.Arrays.stream(inputs.get("x").toDoubleArray())
                                .map(each)
                                .toArray())));
    }

    Fake model(String name, Signature signature, UnaryOperator<Tensors> body) {
        Fake fake = new Fake(name, signature, body);
        byName.put(name, fake);
        return fake;
    }

    @Override
    public void close() {
        executor.shutdownNow();
        timer.shutdownNow();
    }
}

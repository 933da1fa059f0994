package io.maas.pipeline;

import com.google.common.base.Ticker;
import io.maas.graph.Graph;
import io.maas.model.Model;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/**
 * What pipelines find around them. All of it stays the caller's.
 *
 * @param models gives the model that a reference such as {@code minilm} or {@code minilm:3} means, or throws {@link
 *     io.maas.error.ModelNotFoundException}
 * @param graphs gives the graph of such a model, or throws a {@link io.maas.error.MaasException}
 * @param executor runs functions; as many threads as are asked for, since each pipeline bounds how many it asks for
 * @param timer ends what takes too long
 * @param ticker the clock of deadlines and durations
 * @param meters where steps are timed and counted
 */
public record PipelineHost(
        Function<String, Model> models,
        Function<String, Graph> graphs,
        Executor executor,
        ScheduledExecutorService timer,
        Ticker ticker,
        MeterRegistry meters) {
    PipelineHost with(Function<String, Model> otherModels, Executor otherExecutor) {
        return new PipelineHost(otherModels, graphs, otherExecutor, timer, ticker, meters);
    }
}

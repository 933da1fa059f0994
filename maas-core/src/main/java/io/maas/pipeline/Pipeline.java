package io.maas.pipeline;

import io.maas.error.MaasException;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Several models that answer as one: a definition bound to the models and functions around it. Steps that do not read each other run
 * at once, each model batches its step's requests with all others that it gets, and no thread waits for a step.
 *
 * <p>A failing step ends its request, unless it has a fallback: with the kind of exception that the step failed with where callers
 * can act on it (overload, deadline, invalid input, cancellation), with {@link io.maas.error.StepException} otherwise. Cancelling
 * the future of {@link #predictAsync} cancels the steps under way.
 *
 * <p>Thread-safe.
 */
public final class Pipeline implements Model {
    private final String name;
    private final int version;
    private final PipelineHost host;
    private final Plan plan;
    private final List<StepMeters> meters = new ArrayList<>();

    Pipeline(String name, int version, PipelineHost host, Plan plan) {
        this.name = name;
        this.version = version;
        this.host = host;
        this.plan = plan;
        for (int i = 0; i < plan.size(); i++) {
            meters.add(new StepMeters(
                    host.meters(), name, version, plan.step(i).step().name()));
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** The version it was published as; 0 for one that was not. */
    int version() {
        return version;
    }

    /** Names, types and shapes as they were when it was put together. */
    @Override
    public Signature signature() {
        return plan.signature();
    }

    public PipelineDefinition definition() {
        return plan.definition();
    }

    /** It as data, ready to be published and deployed like a model: definition and signature, no code, none of the models. */
    public Artifact toArtifact() {
        return Artifact.ofPipeline(signature(), DefinitionJson.write(definition()));
    }

    @Override
    public Prediction predict(Tensors inputs, RequestOptions options) {
        // The caller's executor may be this thread, which is busy waiting.
        CompletableFuture<Prediction> answer = predictAsync(inputs, options.withExecutor(null));
        try {
            return answer.get();
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new MaasException("interrupted while waiting for " + title() + "; its steps were cancelled", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            } else if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new MaasException(title() + " failed", e);
        }
    }

    @Override
    public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
        try {
            signature().check(version == 0 ? name : name + ":" + version, inputs);
            return new Run(this, plan, inputs, options).start();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Takes its meters out of their registry, for who has replaced it. Requests still end normally. */
    public void removeMeters() {
        meters.forEach(StepMeters::remove);
    }

    PipelineHost host() {
        return host;
    }

    StepMeters meters(int step) {
        return meters.get(step);
    }

    String title() {
        return "pipeline " + (version == 0 ? name : name + ":" + version);
    }
}

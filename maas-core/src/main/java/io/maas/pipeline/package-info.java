/**
 * Several models together: steps that call models, functions of the host and small combinations, as a graph of named tensors that is
 * checked before it runs. Start with {@link io.maas.pipeline.PipelineDefinition} for what is said, {@link
 * io.maas.pipeline.Pipelines} for what is done with it.
 */
@org.jspecify.annotations.NullMarked
package io.maas.pipeline;

package io.maas.pipeline;

import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.function.UnaryOperator;

/**
 * Java code as a step of pipelines. Artefacts hold its name only; whoever serves them registers it.
 *
 * @param signature what it takes and gives; its inputs are checked before each call, its outputs after it
 * @param body called by several threads at once; an exception fails its request alone, and a thread that is interrupted has been
 *     given up
 */
public record PipelineFunction(String name, Signature signature, UnaryOperator<Tensors> body) {
    public PipelineFunction {
        Require.name(name, "function");
    }
}

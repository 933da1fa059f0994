package io.maas.pipeline;

import io.maas.error.StepException;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step that has been checked.
 *
 * @param outputs what is read of it
 */
record BoundStep(Step step, Bound main, @Nullable Bound fallback, List<TensorSpec> outputs) {
    /** Requires what was promised: a function is free to break its word, and the version behind a name may change. */
    Tensors checked(Tensors given) {
        for (TensorSpec output : outputs) {
            Tensor tensor = given.find(output.name());
            if (tensor == null
                    || tensor.dataType() != output.dataType()
                    || (output.shape() != null && !output.shape().accepts(tensor.shape()))) {
                throw new StepException(
                        step.name(),
                        step.title() + " gave " + (tensor == null ? given.names() : tensor) + " (expected: " + output
                                + "); mend the function, or load the pipeline again with the model of now");
            }
        }
        return given;
    }
}

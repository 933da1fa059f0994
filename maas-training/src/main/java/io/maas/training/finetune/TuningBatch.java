package io.maas.training.finetune;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import org.jspecify.annotations.Nullable;

/**
 * Some rows to learn from.
 *
 * @param inputs the model's inputs by name, as it is served with them; sizes other than the number of rows may differ from batch to
 *     batch, so pad to the longest of each
 * @param targets the true values, as the loss takes them
 * @param extras further columns that the loss reads, such as {@code weight}
 */
public record TuningBatch(Tensors inputs, Tensor targets, Tensors extras) {
    /** For losses that read nothing but targets. */
    public TuningBatch(Tensors inputs, Tensor targets) {
        this(inputs, targets, Tensors.none());
    }

    /** The column of that name, or null; {@value LossScope#TARGET} names the targets. */
    @Nullable
    Tensor find(String name) {
        return name.equals(LossScope.TARGET) ? targets : extras.find(name);
    }

    /** The number of rows: the first size of the targets. */
    public long rows() {
        return targets.shape().size(0);
    }
}

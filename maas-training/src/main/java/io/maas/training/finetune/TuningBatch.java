package io.maas.training.finetune;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/**
 * Some rows to learn from.
 *
 * @param inputs the model's inputs by name, as it is served with them; sizes other than the number of rows may differ from batch to
 *     batch, so pad to the longest of each
 * @param targets the true values, as the loss takes them
 */
public record TuningBatch(Tensors inputs, Tensor targets) {
    /** The number of rows: the first size of the targets. */
    public long rows() {
        return targets.shape().size(0);
    }
}

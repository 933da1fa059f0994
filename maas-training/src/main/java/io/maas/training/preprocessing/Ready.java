package io.maas.training.preprocessing;

import io.maas.tensor.Tensors;

/** The fitting of a step that learns nothing from the rows. */
record Ready(Encoder fitted) implements Fitting {
    @Override
    public boolean isWanting() {
        return false;
    }

    @Override
    public void see(Tensors columns, int firstRow) {
        throw new IllegalStateException("step: fitted already");
    }

    @Override
    public void endPass() {
        throw new IllegalStateException("step: fitted already");
    }
}

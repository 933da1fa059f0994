package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.ConcurrencyContract;

class OnnxRuntimeConcurrencyContractTest extends ConcurrencyContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

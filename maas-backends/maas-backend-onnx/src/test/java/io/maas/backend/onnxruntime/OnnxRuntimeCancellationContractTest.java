package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.CancellationContract;

class OnnxRuntimeCancellationContractTest extends CancellationContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.BadInputContract;

class OnnxRuntimeBadInputContractTest extends BadInputContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

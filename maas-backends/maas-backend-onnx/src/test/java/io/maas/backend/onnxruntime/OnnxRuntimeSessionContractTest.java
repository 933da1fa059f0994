package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.SessionContract;

class OnnxRuntimeSessionContractTest extends SessionContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

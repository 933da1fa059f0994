package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.MemoryContract;

class OnnxRuntimeMemoryContractTest extends MemoryContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.ProgramContract;

class OnnxRuntimeProgramContractTest extends ProgramContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

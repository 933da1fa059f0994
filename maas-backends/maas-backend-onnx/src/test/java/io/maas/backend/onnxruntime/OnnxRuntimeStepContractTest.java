package io.maas.backend.onnxruntime;

import io.maas.backend.Backend;
import io.maas.backend.tck.StepContract;

class OnnxRuntimeStepContractTest extends StepContract {
    @Override
    protected Backend backend() {
        return new OnnxRuntimeBackend();
    }
}

package io.maas.backend.nd4j;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.tck.StepContract;
import java.util.Set;

class Nd4jStepTest extends StepContract {
    @Override
    protected Backend backend() {
        return new Nd4jBackend();
    }

    @Override
    protected Set<Capability> lacks() {
        return Nd4jLacks.CAPABILITIES;
    }
}

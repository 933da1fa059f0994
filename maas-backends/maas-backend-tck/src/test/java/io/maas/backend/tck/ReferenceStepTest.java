package io.maas.backend.tck;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import java.util.Set;

class ReferenceStepTest extends StepContract {
    @Override
    protected Backend backend() {
        return new ReferenceBackend();
    }

    @Override
    protected Set<Capability> lacks() {
        return Set.of(Capability.OTHER_OPERATORS);
    }
}

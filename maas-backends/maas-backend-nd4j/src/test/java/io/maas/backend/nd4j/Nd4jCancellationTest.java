package io.maas.backend.nd4j;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.tck.CancellationContract;
import java.util.Set;

class Nd4jCancellationTest extends CancellationContract {
    @Override
    protected Backend backend() {
        return new Nd4jBackend();
    }

    @Override
    protected Set<Capability> lacks() {
        return Nd4jLacks.CAPABILITIES;
    }
}

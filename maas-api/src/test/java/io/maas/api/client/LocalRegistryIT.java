package io.maas.api.client;

import io.maas.api.Service;
import io.maas.registry.ModelRegistry;

/** A registry in a folder. */
class LocalRegistryIT extends ModelRegistryContract {
    @Override
    RegistrySource open() {
        Service service = Service.start();
        return new RegistrySource() {
            @Override
            public ModelRegistry registry() {
                return service.maas().registry();
            }

            @Override
            public void close() {
                service.close();
            }
        };
    }
}

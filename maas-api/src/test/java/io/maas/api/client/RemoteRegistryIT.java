package io.maas.api.client;

import io.maas.api.Service;
import io.maas.registry.ModelRegistry;

/** The registry of a server. */
class RemoteRegistryIT extends ModelRegistryContract {
    @Override
    RegistrySource open() {
        Service service = Service.start();
        MaasClient client = MaasClient.connect(service.uri());
        return new RegistrySource() {
            @Override
            public ModelRegistry registry() {
                return client.registry();
            }

            @Override
            public void close() {
                client.close();
                service.close();
            }
        };
    }
}

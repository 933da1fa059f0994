package io.maas.api.client;

import io.maas.api.Service;
import io.maas.model.Model;

class RemoteModelIT extends ModelContract {
    @Override
    ModelSource open(Service running) {
        MaasClient client = MaasClient.connect(running.uri());
        return new ModelSource() {
            @Override
            public Model model(String name) {
                return client.model(name);
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }
}

package io.maas.api.client;

import io.maas.api.Service;
import io.maas.model.Model;
import java.net.URI;

class GrpcModelIT extends ModelContract {
    @Override
    ModelSource open(Service running) {
        MaasClient client = MaasClient.connect(
                URI.create("grpc://127.0.0.1:" + running.server().port()));
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

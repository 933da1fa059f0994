package io.maas.api.client;

import io.maas.api.Service;

class LocalModelIT extends ModelContract {
    @Override
    ModelSource open(Service running) {
        return local(running.maas());
    }
}

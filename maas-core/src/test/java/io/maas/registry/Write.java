package io.maas.registry;

import io.maas.storage.FaultyStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Every kind of change to a registry, each made in a folder that has something to lose. */
enum Write {
    CREATE,
    PUBLISH,
    FIRST_PUBLISH,
    ALIAS,
    ROLLBACK,
    DELETE,
    COLLECT;

    static final String MODEL = "digits";
    static final String OTHER = "iris";

    void to(ModelRegistry registry) {
        switch (this) {
            case CREATE, PUBLISH -> registry.publish(MODEL, Artifacts.of(9));
            case FIRST_PUBLISH -> registry.publish(OTHER, Artifacts.of(9));
            case ALIAS -> registry.setAlias(MODEL, "champion", 3);
            case ROLLBACK -> registry.rollback(MODEL, "champion");
            case DELETE -> registry.delete(MODEL, 3);
            case COLLECT -> registry.collectGarbage();
        }
    }

    /** Makes the folder that is written to: four versions, the last of them deleted, and what a dead process left. */
    void prepare(Path root) throws IOException {
        Files.createDirectories(root);
        if (this == CREATE) {
            return;
        }
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        StoredModelRegistry registry = Artifacts.open(root, storage);
        for (int i = 1; i <= 4; i++) {
            registry.publish(MODEL, Artifacts.of(i, 200));
        }
        registry.setAlias(MODEL, "champion", 1);
        registry.setAlias(MODEL, "champion", 2);
        registry.delete(MODEL, 4);
        storage.arm(FaultyStorage.Fault.KILL, 6);
        try {
            registry.publish(MODEL, Artifacts.of(5, 200));
        } catch (FaultyStorage.Killed e) {
            return;
        }
        throw new AssertionError("not killed");
    }
}

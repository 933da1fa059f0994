package io.maas.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Every kind of change to a registry, each made in a folder that has something to lose. */
enum Write {
    CREATE(registry -> registry.publish(Write.MODEL, Artifacts.of(9))),
    PUBLISH(registry -> registry.publish(Write.MODEL, Artifacts.of(9))),
    FIRST_PUBLISH(registry -> registry.publish(Write.OTHER, Artifacts.of(9))),
    ALIAS(registry -> registry.setAlias(Write.MODEL, "champion", 3)),
    ROLLBACK(registry -> registry.rollback(Write.MODEL, "champion")),
    DELETE(registry -> registry.delete(Write.MODEL, 3)),
    COLLECT(ModelRegistry::collectGarbage);

    static final String MODEL = "digits";
    static final String OTHER = "iris";

    private final Consumer<ModelRegistry> change;

    Write(Consumer<ModelRegistry> change) {
        this.change = change;
    }

    void to(ModelRegistry registry) {
        change.accept(registry);
    }

    /** Makes the folder that is written to: four versions, the last of them deleted, and what a dead process left. */
    void prepare(Path root) throws IOException {
        Files.createDirectories(root);
        if (this == CREATE) {
            return;
        }
        FaultyStorage storage = new FaultyStorage(new UnsyncedDisk());
        FileModelRegistry registry = Artifacts.open(root, storage);
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

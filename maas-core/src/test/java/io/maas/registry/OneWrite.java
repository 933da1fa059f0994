package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A process that makes one change and says so; if it was refused, it shows that nothing is broken and makes it again. */
final class OneWrite {
    /** Said once the change has been acknowledged. */
    static final String DONE = "done";

    /** Said once the change has been acknowledged after it had been refused. */
    static final String DONE_LATER = "done later";

    private OneWrite() {}

    public static void main(String... arguments) throws IOException {
        Path root = Path.of(arguments[0]);
        Write write = Write.valueOf(arguments[1]);
        List<Path> temporary = temporary(root);
        ModelRegistry registry = open(root);
        try {
            write.to(registry);
            RegistryProcess.say(DONE);
        } catch (RegistryException refused) {
            RegistryProcess.say("refused: " + refused.getMessage());
            List<Snapshot> seen = Aftermath.snapshots(registry);
            assertThat(temporary).containsAll(temporary(root));
            if (seen.equals(Aftermath.snapshots(StoredModelRegistry.open(copy(Path.of(arguments[2])))))) {
                write.to(registry);
            }
            RegistryProcess.say(DONE_LATER);
        }
    }

    /** To be opened, which may change it. */
    private static Path copy(Path base) throws IOException {
        Path copy = base.resolveSibling(
                base.getFileName() + " for " + ProcessHandle.current().pid());
        Snapshot.copyTree(base, copy);
        return copy;
    }

    private static StoredModelRegistry open(Path root) {
        try {
            return StoredModelRegistry.open(root);
        } catch (RegistryException refused) {
            RegistryProcess.say("refused: " + refused.getMessage());
            return StoredModelRegistry.open(root);
        }
    }

    private static List<Path> temporary(Path root) throws IOException {
        return Files.isDirectory(root.resolve("tmp")) ? StoreFolder.list(root.resolve("tmp")) : List.of();
    }
}

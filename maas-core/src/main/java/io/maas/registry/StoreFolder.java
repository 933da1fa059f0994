package io.maas.registry;

import com.google.protobuf.Struct;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where everything lies in a registry's folder.
 *
 * @param root the folder's real path
 */
record StoreFolder(Path root) {
    private static final long FORMAT = 1;
    private static final String MARKER = "maas-registry.json";

    /** What another process may have made already while it is making the same registry; the marker comes last. */
    private static final Set<String> OURS = Set.of("lock", "lock.holder", "tmp", "blobs", "models");

    Path lock() {
        return root.resolve("lock");
    }

    Path blobs() {
        return root.resolve("blobs");
    }

    Path temporary() {
        return root.resolve("tmp");
    }

    Path model(String name) {
        return root.resolve("models").resolve(Names.model(name));
    }

    Path deployments() {
        return root.resolve("deployments");
    }

    /** The names of all models with a folder, sorted; folders that are not ours are left out. */
    List<String> models() throws IOException {
        return models(root.resolve("models"));
    }

    /** The names of all models with a folder in this one, sorted. */
    static List<String> models(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        for (Path model : Blobs.list(folder)) {
            // Others no publication can have made.
            if (Names.isModel(Blobs.name(model))) {
                names.add(Blobs.name(model));
            }
        }
        return names;
    }

    static StoreFolder open(Path root, Storage storage, Duration lockWait) throws IOException {
        storage.createDirectories(root);
        StoreFolder folder = new StoreFolder(root.toRealPath());
        if (!folder.isRegistry()) {
            folder.refuseStrangers();
            StoreLock.of(folder.lock()).write(lockWait, () -> folder.create(storage));
        }
        return folder;
    }

    private boolean isRegistry() throws IOException {
        Path marker = root.resolve(MARKER);
        try {
            Json json = Json.parse(Files.readAllBytes(marker));
            long format = json.number("format");
            if (format > FORMAT) {
                throw new RegistryException("registry " + root + " is of format " + format + ", expected at most "
                        + FORMAT + "; use a newer version of this library");
            }
            Require.that(format == FORMAT, "format", format, String.valueOf(FORMAT));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    "registry file " + marker + " is damaged: " + e.getMessage() + "; restore it from a backup", e);
        }
    }

    private void refuseStrangers() throws IOException {
        for (Path path : Blobs.list(root)) {
            // The marker itself may have appeared since it was looked for.
            if (!OURS.contains(Blobs.name(path)) && !Blobs.name(path).equals(MARKER)) {
                throw new RegistryException("folder " + root + " is not a registry: it holds "
                        + Require.quote(Blobs.name(path)) + " and no " + MARKER
                        + "; expected a registry or an empty folder; choose another folder");
            }
        }
    }

    private boolean create(Storage storage) throws IOException {
        if (isRegistry()) {
            return false;
        }
        for (Path made : List.of(blobs(), root.resolve("models"), temporary())) {
            storage.createDirectory(made);
            if (!made.equals(temporary()) && !Blobs.list(made).isEmpty()) {
                throw new RegistryException("registry " + root + " is damaged: " + MARKER + " is missing while "
                        + Blobs.name(made) + " is not empty; restore it from a backup");
            }
        }
        storage.syncDirectory(root);
        byte[] marker = Json.write(Struct.newBuilder().putFields("format", Json.value(FORMAT)));
        ChainedLog.replace(storage, marker, root.resolve(MARKER), temporary());
        return true;
    }
}

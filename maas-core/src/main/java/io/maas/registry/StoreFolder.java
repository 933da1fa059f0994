package io.maas.registry;

import com.google.protobuf.Struct;
import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where everything lies in a registry's folder.
 *
 * @param root the folder's real path
 */
record StoreFolder(Path root) {
    private static final long FORMAT = 1;

    /** Of a folder without logs, which nothing may be removed from because of that. */
    private static final long FILES_FORMAT = 2;

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

    /** Where the logs of a kind have their folders. */
    Path logs(LogName.Kind kind) {
        return root.resolve(
                switch (kind) {
                    case MODEL -> "models";
                    case DEPLOYMENT -> "deployments";
                });
    }

    Path log(LogName name) {
        return logs(name.kind()).resolve(name.model());
    }

    /** @param owner the registry of which only the files are here; null if the logs are too */
    static StoreFolder open(Path root, @Nullable String owner, Storage storage, Duration lockWait) throws IOException {
        if (Files.isRegularFile(root)) {
            throw new RegistryException(
                    root + " is a file, expected a folder, or nothing there yet; choose another folder");
        }
        storage.createDirectories(root);
        StoreFolder folder = new StoreFolder(root.toRealPath());
        if (!folder.isRegistry(owner)) {
            folder.refuseStrangers();
            StoreLock.of(folder.lock()).write(lockWait, () -> folder.create(owner, storage));
        }
        return folder;
    }

    private boolean isRegistry(@Nullable String owner) throws IOException {
        Path marker = root.resolve(MARKER);
        try {
            Json json = Json.parse(Files.readAllBytes(marker));
            long format = json.number("format");
            if (format > FILES_FORMAT) {
                throw new RegistryException("registry " + root + " is of format " + format + ", expected at most "
                        + FILES_FORMAT + "; use a newer version of this library");
            }
            Require.that(format >= FORMAT, "format", format, "format >= " + FORMAT);
            requireOwner(format == FILES_FORMAT ? json.text("files_of") : null, owner);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    "registry file " + marker + " is damaged: " + e.getMessage() + "; restore it from a backup", e);
        }
    }

    private void requireOwner(@Nullable String found, @Nullable String expected) {
        if (!Objects.equals(found, expected)) {
            throw new RegistryException("folder " + root + " holds " + content(found) + ", expected "
                    + content(expected) + "; choose another folder, or open this one as what it is");
        }
    }

    private static String content(@Nullable String owner) {
        return owner == null ? "a registry" : "the files of registry " + owner + ", whose logs are elsewhere";
    }

    private void refuseStrangers() throws IOException {
        for (Path path : list(root)) {
            // The marker itself may have appeared since it was looked for.
            if (!OURS.contains(name(path)) && !name(path).equals(MARKER)) {
                throw new RegistryException("folder " + root + " is not a registry: it holds "
                        + Require.quote(name(path)) + " and no " + MARKER
                        + "; expected a registry or an empty folder; choose another folder");
            }
        }
    }

    private boolean create(@Nullable String owner, Storage storage) throws IOException {
        if (isRegistry(owner)) {
            return false;
        }
        for (Path made : List.of(blobs(), root.resolve("models"), temporary())) {
            storage.createDirectory(made);
            if (!made.equals(temporary()) && !list(made).isEmpty()) {
                throw new RegistryException("registry " + root + " is damaged: " + MARKER + " is missing while "
                        + name(made) + " is not empty; restore it from a backup");
            }
        }
        storage.syncDirectory(root);
        Struct.Builder marker = Struct.newBuilder().putFields("format", Json.value(FORMAT));
        if (owner != null) {
            marker.putFields("format", Json.value(FILES_FORMAT)).putFields("files_of", Json.value(owner));
        }
        replace(storage, Json.write(marker), root.resolve(MARKER));
        return true;
    }

    /** Replaces a small file durably: there is the old or the new one at any moment. */
    void replace(Storage storage, byte[] bytes, Path file) throws IOException {
        Path part = temporary().resolve(UUID.randomUUID() + ".part");
        try {
            try (Storage.Output output = storage.open(part)) {
                output.write(ByteBuffer.wrap(bytes), 0);
                output.sync();
            }
            storage.move(part, file);
        } catch (IOException e) {
            try {
                storage.delete(part);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        storage.syncDirectory(file.resolveSibling(""));
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted().toList();
        }
    }
}

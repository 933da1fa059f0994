package io.maas.training.loop;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.maas.error.CheckpointException;
import io.maas.storage.Storage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one training: {@code <number>-step-<step>-<sha256>.safetensors}, of which the highest number is the latest.
 *
 * <p>Not thread-safe. Closes what it opened.
 */
final class CheckpointFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("([0-9]{8})-step-([0-9]+)-([0-9a-f]{64})\\.safetensors");
    private static final String PART = ".part";
    private static final String DAMAGED = ".damaged";

    private final Path folder;
    private final Storage storage;
    private final int keep;
    private final FolderLock lock;
    private final List<Path> damaged = new ArrayList<>();
    private int latest;

    private CheckpointFolder(Path folder, Storage storage, int keep, FolderLock lock) {
        this.folder = folder;
        this.storage = storage;
        this.keep = keep;
        this.lock = lock;
    }

    /** One of the files. */
    private record Named(Path file, int number, String sha256) {}

    /** What the latest whole checkpoint holds. */
    record Loaded(Path file, SafeTensors.Content content) {}

    /**
     * Opens a folder, which is made if it is not there, and removes what a dead process has left half written.
     *
     * @throws CheckpointException if it cannot be used, or another training does
     */
    static CheckpointFolder open(Checkpoints settings) {
        Path folder = settings.folder().toAbsolutePath().normalize();
        try {
            settings.storage().createDirectories(folder);
            FolderLock lock = FolderLock.of(folder);
            CheckpointFolder opened = new CheckpointFolder(folder, settings.storage(), settings.keep(), lock);
            try {
                opened.clean();
                return opened;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    "checkpoints in " + folder + " cannot be kept: " + reason(e)
                            + "; expected a folder that can be written to",
                    e);
        }
    }

    private void clean() throws IOException {
        for (Path file : list()) {
            if (String.valueOf(file.getFileName()).endsWith(PART)) {
                storage.delete(file);
            }
        }
        latest = checkpoints().stream().mapToInt(Named::number).max().orElse(0);
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** All under their own names, the latest first. */
    private List<Named> checkpoints() throws IOException {
        List<Named> all = new ArrayList<>();
        for (Path file : list()) {
            Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
            if (matcher.matches()) {
                all.add(new Named(file, Integer.parseInt(matcher.group(1)), matcher.group(3)));
            }
        }
        all.sort(Comparator.comparingInt(Named::number).reversed());
        return all;
    }

    /**
     * The latest that is whole; null if there is none at all. Newer ones that are damaged are put aside.
     *
     * @throws CheckpointException if there are some, and none is whole
     */
    @Nullable
    Loaded load() {
        try {
            List<Named> all = checkpoints();
            for (Named checkpoint : all) {
                if (!isWhole(checkpoint)) {
                    damaged.add(putAside(checkpoint.file));
                    continue;
                }
                try (InputStream in = new BufferedInputStream(Files.newInputStream(checkpoint.file))) {
                    return new Loaded(checkpoint.file, SafeTensors.read(in));
                }
            }
            if (!all.isEmpty()) {
                throw new CheckpointException("checkpoints in " + folder + ": all " + all.size()
                        + " are damaged (expected: one that is whole); to begin anew choose an empty folder");
            }
            return null;
        } catch (IOException e) {
            throw new CheckpointException(
                    "checkpoints in " + folder + " cannot be read: " + reason(e)
                            + "; expected a folder of checkpoints that can be read",
                    e);
        }
    }

    /** Looked at before anything is believed that stands in it. */
    private static boolean isWhole(Named checkpoint) throws IOException {
        return MoreFiles.asByteSource(checkpoint.file)
                .hash(Hashing.sha256())
                .toString()
                .equals(checkpoint.sha256);
    }

    private Path putAside(Path file) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + DAMAGED);
        storage.move(file, aside);
        return aside;
    }

    /** Those that {@link #load} has put aside. */
    List<Path> damaged() {
        return List.copyOf(damaged);
    }

    /**
     * Writes one durably, and removes the oldest ones.
     *
     * @return its file
     * @throws CheckpointException if that fails; those before are intact then
     */
    Path write(SafeTensors.Content content, long step) {
        Path part = folder.resolve(UUID.randomUUID() + PART);
        try {
            String sha256;
            try (Storage.Output output = storage.open(part)) {
                sha256 = SafeTensors.write(output, content);
                output.sync();
            }
            // Also if it fails from here on: the name may be there then, and is not to be had twice.
            latest++;
            Path file = folder.resolve(String.format(Locale.ROOT, "%08d-step-%d-%s.safetensors", latest, step, sha256));
            storage.move(part, file);
            storage.syncDirectory(folder);
            removeOld();
            return file;
        } catch (IOException e) {
            discard(part, e);
            throw new CheckpointException(
                    "checkpoint of step " + step + " cannot be written to " + folder + ": " + reason(e)
                            + "; those before are intact; make space or mend the disk, and call again",
                    e);
        }
    }

    private void discard(Path part, IOException cause) {
        try {
            storage.delete(part);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** What cannot be removed stays for the next time: the new one is safe all the same. */
    private void removeOld() throws IOException {
        List<Named> all = checkpoints();
        for (Named old : all.subList(Math.min(keep, all.size()), all.size())) {
            try {
                storage.delete(old.file);
            } catch (IOException e) {
                return;
            }
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new CheckpointException("checkpoints in " + folder + " cannot be unlocked: " + reason(e), e);
        }
    }
}

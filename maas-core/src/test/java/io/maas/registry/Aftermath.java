package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.DuplicateVersionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a folder may look like when a change to it was cut short: as before, or as after the change, with nothing of it lost and
 * nothing left lying about.
 *
 * @param base a folder to which the change has not been made
 * @param files all files after the change and a collection, by name
 */
record Aftermath(Write write, Path base, List<Snapshot> before, List<Snapshot> after, List<String> files) {
    /** Makes the change undisturbed in a folder of its own. */
    static Aftermath of(Write write, Path folder) throws IOException {
        Path base = folder.resolve(write + " base");
        Path undisturbed = folder.resolve(write + " undisturbed");
        write.prepare(base);
        Snapshot.copyTree(base, undisturbed);
        ModelRegistry registry = open(undisturbed);
        List<Snapshot> before = snapshots(registry);
        write.to(registry);
        List<Snapshot> after = snapshots(open(undisturbed));
        registry.collectGarbage();
        return new Aftermath(write, base, before, after, files(undisturbed));
    }

    /** A copy of the folder before the change. */
    Path copy(Path to) throws IOException {
        Snapshot.copyTree(base, to);
        return to;
    }

    /** What users see, every file of it read and verified. */
    static List<Snapshot> snapshots(ModelRegistry registry) {
        return List.of(Snapshot.verified(registry, Write.MODEL), Snapshot.verified(registry, Write.OTHER));
    }

    private static StoredModelRegistry open(Path root) {
        return Artifacts.open(root, new UnsyncedDisk());
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString()).sorted().toList();
        }
    }

    /** Checks a folder in which the change was begun by a process that is dead now. */
    void check(String title, Path root, boolean acknowledged) throws IOException {
        check(title, open(root), root, acknowledged);
    }

    /**
     * Checks a folder in which the change was begun, and that the change can be made now.
     *
     * @param registry one that was open all the while, or was opened after the other end of it
     */
    void check(String title, ModelRegistry registry, Path root, boolean acknowledged) throws IOException {
        List<Snapshot> seen = snapshots(registry);
        assertThat(seen).as(title).isIn(before, after);
        if (acknowledged) {
            assertThat(seen).as("acknowledged: %s", title).isEqualTo(after);
        }
        if (seen.equals(before)) {
            write.to(registry);
        } else if (write == Write.PUBLISH) {
            assertThatThrownBy(() -> write.to(registry)).as(title).isInstanceOf(DuplicateVersionException.class);
        }
        registry.collectGarbage();
        assertThat(files(root)).as(title).isEqualTo(files);
        ModelRegistry anew = open(root);
        assertThat(snapshots(anew)).as(title).isEqualTo(after);
        int highest =
                after.get(0).digests().keySet().stream().mapToInt(n -> n).max().orElse(0);
        assertThat(anew.publish(Write.MODEL, Artifacts.of(100)).number())
                .as(title)
                .isGreaterThan(highest);
    }
}

package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.MaasException;
import io.maas.registry.BuggyStorage.Bug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The power cuts find every one of the mistakes that a change of the protocol could bring, so their silence means something. */
class PlantedBugsTest {
    private static final int SEEDS = 200;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Bug.class)
    void powerCutsFindIt(Bug bug) throws IOException {
        int seed = 0;
        while (seed < SEEDS && !isFound(bug, seed)) {
            seed++;
        }
        assertThat(seed).as("the seed that finds %s", bug).isLessThan(SEEDS);
    }

    private boolean isFound(Bug bug, int seed) throws IOException {
        Path here = Files.createDirectory(folder.toRealPath().resolve(bug + " " + seed));
        try {
            PowerCuts.run(seed, here, disk -> new BuggyStorage(disk, bug));
            return false;
        } catch (AssertionError | MaasException e) {
            return true;
        }
    }
}

package io.maas.registry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Cuts the power 10,000 times at night and some hundred times by day; the seeds of one run are those of the next. */
class FileRegistryStorePowerCutTest {
    private static final int CUTS = Boolean.getBoolean("maas.nightly") ? 10_000 : 200;

    @TempDir
    Path folder;

    static LongStream seeds() {
        return LongStream.rangeClosed(0, CUTS / PowerCuts.A_SEED - 1);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasAcknowledgedSurvives(long seed) throws IOException {
        PowerCuts.run(seed, folder.toRealPath(), UnaryOperator.identity());
    }
}

package io.maas.api.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the bytes, a parser reads them or refuses them as its contract says, and takes no more memory than they are worth. The same
 * bytes in every run; {@code JazzerIT} looks for others, and what it finds becomes a seed or a test of the parser.
 */
class ParsersTest {
    private static final int ROUNDS = Boolean.getBoolean("maas.nightly") ? 20_000 : 500;

    /** What classes and tables take that are made with the first call of something. */
    private static final long CONSTANT = 32L << 20;

    private static final long EACH_BYTE = 4_096;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static List<FuzzTarget> targets() {
        return FuzzTarget.all();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void readsOrRefuses(FuzzTarget target) {
        for (byte[] seed : target.seeds()) {
            run(target, seed, "a seed");
        }
        Mutator mutator = new Mutator(target.name().hashCode(), target.seeds());
        for (int round = 0; round < ROUNDS; round++) {
            run(target, mutator.next(), "round " + round);
        }
    }

    private static void run(FuzzTarget target, byte[] input, String what) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            target.run(input);
        } catch (AssertionError e) {
            throw new AssertionError(what + ": " + shown(input), e);
        }
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                .as("bytes taken in %s for %s", what, shown(input))
                .isLessThan(CONSTANT + EACH_BYTE * input.length);
    }

    private static String shown(byte[] input) {
        return HexFormat.of().formatHex(input) + " = " + new String(input, StandardCharsets.ISO_8859_1);
    }
}

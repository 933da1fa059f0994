package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said about equal bits in the Javadoc of {@link Trainer}. */
class SameBitsTest {
    /** An odd number, and more than small machines have, so that they get in each other's way. */
    private static final int THREADS = 3;

    /** A JVM that compiles, collects and lays out its memory in another way than this one. */
    private static String inAnotherJvm(long seed, int threads) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AllAtRandom.class.getName(),
                        String.valueOf(seed),
                        String.valueOf(threads))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said.strip();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, THREADS})
    void oneSeedGivesTheSameBitsAgainAndInAnotherJvm(int threads) throws Exception {
        String once = AllAtRandom.train(7, threads);

        assertThat(AllAtRandom.train(7, threads)).isEqualTo(once);
        assertThat(inAnotherJvm(7, threads)).isEqualTo(once);
    }

    @Test
    void anotherSeedGivesOtherBits() {
        assertThat(AllAtRandom.train(8, THREADS)).isNotEqualTo(AllAtRandom.train(7, THREADS));
    }

    @Test
    void othersThatTrainBesideDoNotMatter() throws Exception {
        String alone = AllAtRandom.train(7, THREADS);
        List<String> together = Collections.synchronizedList(new ArrayList<>());
        List<Thread> trainings = List.of(
                new Thread(() -> together.add(AllAtRandom.train(7, THREADS))),
                new Thread(() -> together.add(AllAtRandom.train(7, THREADS))));

        trainings.forEach(Thread::start);
        for (Thread training : trainings) {
            training.join();
        }

        assertThat(together).containsExactly(alone, alone);
    }
}

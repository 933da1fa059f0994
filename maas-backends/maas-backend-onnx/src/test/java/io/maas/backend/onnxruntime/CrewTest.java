package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrewTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void doesEachPartOnce(int threads) {
        try (Crew crew = new Crew(threads)) {
            for (int round = 0; round < 2000; round++) {
                AtomicIntegerArray done = new AtomicIntegerArray(round % 40);
                crew.run(done.length(), (part, thread) -> {
                    assertThat(thread).isBetween(0, threads - 1);
                    done.incrementAndGet(part);
                });
                for (int part = 0; part < done.length(); part++) {
                    assertThat(done.get(part)).isEqualTo(1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aFailureReachesTheCallerAndTheCrewGoesOn(int threads) {
        try (Crew crew = new Crew(threads)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> crew.run(10, (part, thread) -> {
                        if (part == 7) {
                            throw new ArithmeticException("seven");
                        }
                    }))
                    .withMessageContaining("seven");
            int[] done = new int[10];
            crew.run(10, (part, thread) -> done[part]++);
            assertThat(done).containsOnly(1);
        }
    }
}

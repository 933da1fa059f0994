package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.maas.backend.ProgramOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RecordFieldsTest {
    private static final DeployOptions OPTIONS = new DeployOptions(
            "onnxruntime",
            new ProgramOptions(3, true, true, false),
            2,
            new BatchOptions(16, 4096, ImmutableSortedSet.of(4, 16), Duration.ofMillis(50), true, false),
            99,
            1L << 40,
            77,
            NanPolicy.REJECT,
            NanPolicy.REJECT,
            Loading.ON_DEMAND);

    private static final DeploymentState STATE = new DeploymentState(
            new Target(3, OPTIONS),
            ImmutableList.of(new Target(1, DeployOptions.defaults()), new Target(2, OPTIONS)),
            LoadPolicy.pinned(5, 4),
            Rollout.canary(4)
                    .step(0.1, 2)
                    .step(1, 1)
                    .window(Duration.ofMillis(1500), Long.MAX_VALUE, 7)
                    .patience(2, 3)
                    .guard(Guard.p99(Duration.ofMillis(20)), Guard.latencyTimesStable(0.5, 1.1)),
            1);

    @Test
    void readsBackWhatItWrote() {
        assertThat(DeploymentState.of(STATE.toFields())).isEqualTo(STATE);
        assertThat(DeploymentState.of(DeploymentState.empty().toFields())).isEqualTo(DeploymentState.empty());
    }

    @Test
    void aSettingThatWasNotThereHasItsDefault() {
        Map<String, String> fields = new HashMap<>(STATE.toFields());
        assertThat(fields.remove("state.current.options.maxQueue")).isEqualTo("99");
        assertThat(fields.keySet().removeIf(key -> key.startsWith("state.current.options.batching.")))
                .isTrue();
        assertThat(fields.keySet().removeIf(key -> key.startsWith("state.rollout.window.")))
                .isTrue();
        assertThat(fields.keySet().removeIf(key -> key.startsWith("state.current.options.program.")))
                .isTrue();

        DeploymentState read = DeploymentState.of(fields);
        Target current = Objects.requireNonNull(read.current());
        Rollout rollout = Objects.requireNonNull(read.rollout());
        assertThat(current.options())
                .isEqualTo(OPTIONS.withMaxQueue(1024)
                        .withProgram(ProgramOptions.serving())
                        .withBatching(BatchOptions.defaults()));
        assertThat(rollout.window()).isEqualTo(Rollout.canary(1).window());
    }

    @Test
    void namesTheFieldThatIsWrong() {
        Map<String, String> fields = new HashMap<>(STATE.toFields());
        fields.put("state.rollout.weight", "half");
        assertThatThrownBy(() -> DeploymentState.of(fields))
                .hasMessage("field \"state.rollout.weight\": \"half\" (expected: double)");
        fields.put("state.rollout.weight", "2");
        assertThatThrownBy(() -> DeploymentState.of(fields))
                .hasMessage("field \"state.rollout\": weight: 2.0 (expected: 0 <= weight <= 1)");
        fields.put("state.rollout.weight", "0.5");
        fields.put("state.rollout.mode", "BLUE_GREEN");
        assertThatThrownBy(() -> DeploymentState.of(fields)).hasMessageStartingWith("\"BLUE_GREEN\" (expected: one of");
        fields.remove("state.rollout.guards.0.bound");
        fields.put("state.rollout.mode", "CANARY");
        assertThatThrownBy(() -> DeploymentState.of(fields))
                .hasMessage("field \"state.rollout.guards.0.bound\": missing");
    }

    /** Of a type that no text stands for. */
    private record Odd(Thread thread) {}

    @Test
    void refusesWhatItCouldNotReadBack() {
        assertThatThrownBy(() -> RecordFields.write("odd", new Odd(Thread.currentThread()), new HashMap<>()))
                .hasMessageStartingWith("odd.thread: java.lang.Thread (expected: a type that can be kept as text)");
    }
}

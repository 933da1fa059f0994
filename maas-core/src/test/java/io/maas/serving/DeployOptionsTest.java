package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.maas.backend.ProgramOptions;
import org.junit.jupiter.api.Test;

class DeployOptionsTest {
    @Test
    void threadsAndInstancesAreBounded() {
        DeployOptions most = DeployOptions.defaults()
                .withInstances(1024)
                .withProgram(ProgramOptions.serving().withThreads(1024));
        assertThat(most.instances()).isEqualTo(most.program().threads());
        for (int wrong : new int[] {0, 1025}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> most.withInstances(wrong))
                    .withMessage("instances: " + wrong + " (expected: 0 < instances <= 1024)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ProgramOptions.serving().withThreads(wrong))
                    .withMessage("threads: " + wrong + " (expected: 0 < threads <= 1024)");
        }
    }
}

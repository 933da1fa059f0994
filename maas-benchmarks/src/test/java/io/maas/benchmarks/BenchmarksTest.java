package io.maas.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Every benchmark runs and passes its own check of the answers; no figure comes from here. */
class BenchmarksTest {
    @Test
    void allRun() throws RunnerException {
        var options = new OptionsBuilder()
                .include("io.maas.benchmarks.*")
                .param("batch", "32")
                .param("threads", "2")
                .param("size", "1")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(20))
                .shouldFailOnError(true)
                .build();
        assertThat(new Runner(options).run()).hasSizeGreaterThanOrEqualTo(10);
    }
}

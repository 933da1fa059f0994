package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.model.RequestOptions;
import io.maas.serving.VersionStatistics.Times;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By a clock that only runs move: each takes 30 ms. */
@Timeout(60)
class VersionStatisticsTest {
    private static final RequestOptions NONE = RequestOptions.none();
    private static final long RUN = 30_000_000;

    private final DoublingProgram program = new DoublingProgram();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - RUN);
    private final Ticker clock = new Ticker() {
        @Override
        public long read() {
            return now.get();
        }
    };

    @BeforeEach
    void start() {
        program.virtualNanos = RUN;
        program.clock = now;
    }

    @AfterEach
    void stop() {
        workers.shutdownNow();
        timer.shutdownNow();
    }

    private LoadedVersion loaded(DeployOptions options) {
        Watch watch = DoublingProgram.watch();
        Batcher batcher = new Batcher(program, watch, null, options, workers, timer, clock);
        return new LoadedVersion(watch, program, options, batcher, null);
    }

    private VersionStatistics of(LoadedVersion version) {
        return VersionStatistics.of(version, clock.read());
    }

    @Test
    void nothingHasHappenedAtFirst() {
        VersionStatistics none = of(loaded(DeployOptions.defaults()));

        assertThat(none.sinceLastRun()).isNull();
        assertThat(none.answered()).isEqualTo(new Times(0, 0));
        assertThat(none.batches()).isEmpty();
    }

    @Test
    void runsAreTimedAlsoWhereTheClockGoesRound() {
        LoadedVersion version = loaded(DeployOptions.defaults());
        version.batcher().run(DoublingProgram.row(1), NONE);
        version.batcher().run(DoublingProgram.row(2), NONE);
        assertThatThrownBy(() -> version.batcher().run(DoublingProgram.row(-1), NONE)).hasMessage("poison");
        now.addAndGet(7_000_000);

        VersionStatistics found = of(version);

        assertThat(found.sinceLastRun()).isEqualTo(Duration.ofNanos(RUN + 7_000_000));
        assertThat(found.rows()).isEqualTo(2);
        assertThat(found.executions()).isEqualTo(2);
        assertThat(found.answered()).isEqualTo(new Times(2, 2 * RUN));
        assertThat(found.computed()).isEqualTo(new Times(2, 2 * RUN));
        assertThat(found.failed()).isEqualTo(new Times(1, RUN));
        assertThat(found.queued().nanos()).isZero();
        assertThat(found.batches()).isEqualTo(ImmutableSortedMap.of(1L, new Times(2, 2 * RUN)));
    }

    @Test
    void eachRequestOfABatchTookAsLongAsItsBatchAndWaitedBefore() {
        LoadedVersion version = loaded(DeployOptions.defaults().withInstances(1));
        program.held = true;
        long before = now.get();
        var first = version.batcher().submit(DoublingProgram.row(1), NONE);
        while (now.get() == before) {
            Thread.onSpinWait();
        }
        var second = version.batcher().submit(DoublingProgram.row(2), NONE);
        var third = version.batcher().submit(DoublingProgram.row(3), NONE);
        now.addAndGet(5_000_000);
        program.held = false;
        program.gate.release();
        CompletableFuture.allOf(first, second, third).join();

        VersionStatistics found = of(version);

        assertThat(found.batches())
                .isEqualTo(ImmutableSortedMap.of(1L, new Times(1, RUN + 5_000_000), 2L, new Times(1, RUN)));
        assertThat(found.computed()).isEqualTo(new Times(3, RUN + 5_000_000 + 2 * RUN));
        assertThat(found.queued().nanos()).isEqualTo(2 * 5_000_000);
        assertThat(found.answered()).isEqualTo(new Times(3, 3 * (RUN + 5_000_000)));
    }

    @Test
    void whatIsRememberedCountsAsAnsweredAndNotAsRun() {
        LoadedVersion version = loaded(DeployOptions.defaults().withCacheBytes(1 << 20));
        for (int i = 0; i < 3; i++) {
            version.batcher().run(DoublingProgram.row(1), NONE);
        }

        VersionStatistics found = of(version);

        assertThat(found.executions()).isEqualTo(1);
        assertThat(found.answered().count()).isEqualTo(3);
        assertThat(found.computed().count()).isEqualTo(1);
        assertThat(found.cacheHits().count()).isEqualTo(2);
        assertThat(found.cacheMisses().count()).isEqualTo(1);
    }

    @Test
    void numbersOfRowsAreBounded() {
        BatchCounts counts = new BatchCounts();
        for (long rows = 1; rows <= 1000; rows++) {
            counts.ran(rows, 1);
        }
        counts.ran(1, 1);

        assertThat(counts.times()).hasSize(BatchCounts.MOST_SIZES);
        assertThat(counts.times().get(1L)).isEqualTo(new Times(2, 2));
    }
}

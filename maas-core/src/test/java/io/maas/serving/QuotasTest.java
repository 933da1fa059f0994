package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Ticker;
import io.maas.backend.Backends;
import io.maas.error.QuotaExceededException;
import io.maas.model.Model;
import io.maas.model.RequestOptions;
import io.maas.registry.Journal;
import io.maas.registry.StoredModelRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuotasTest {
    private static final long SECOND = 1_000_000_000;
    private static final RequestOptions NOISY = RequestOptions.none().withCaller("noisy");

    private final AtomicLong now = new AtomicLong(-7 * SECOND);
    private final Ticker clock = new Ticker() {
        @Override
        public long read() {
            return now.get();
        }
    };

    private Quotas quotas(Quota quota) {
        return Quotas.of(caller -> quota, clock);
    }

    /** How many of so many requests are let in, one every so often. */
    private int admitted(Quotas quotas, int requests, long nanosApart, long rows) {
        int admitted = 0;
        for (int i = 0; i < requests; i++) {
            now.addAndGet(nanosApart);
            try {
                quotas.admit("a", rows);
                admitted++;
            } catch (QuotaExceededException e) {
                assertThat(e.retryAfter()).isPositive();
            }
        }
        return admitted;
    }

    @Test
    void aBurstIsLetInAndThenTheRate() {
        Quotas quotas = quotas(Quota.unlimited().withRequestsPerSecond(100));

        assertThat(admitted(quotas, 1000, 0, 1)).isEqualTo(100);
        // Ten seconds at ten times the rate.
        assertThat(admitted(quotas, 10_000, SECOND / 1000, 1)).isCloseTo(1000, within(1));
    }

    @Test
    void whoWaitsAsLongAsIsSaidIsLetIn() {
        Quotas quotas = quotas(Quota.unlimited().withRequestsPerSecond(3).withBurst(Duration.ZERO));
        quotas.admit("a", 1);

        assertThatThrownBy(() -> quotas.admit("a", 1)).isInstanceOfSatisfying(QuotaExceededException.class, e -> {
            assertThat(e)
                    .hasMessage("caller \"a\" has used up its quota of 3.0 requests a second; try again in 333 ms,"
                            + " ask for less, or have the quota raised");
            now.addAndGet(e.retryAfter().toNanos() + 1);
        });
        assertThatCode(() -> quotas.admit("a", 1)).doesNotThrowAnyException();
    }

    @Test
    void rowsCountAndARequestLargerThanTheBurstIsPaidForAfterwards() {
        Quotas quotas = quotas(Quota.unlimited().withRowsPerSecond(100));

        quotas.admit("a", 1000);

        assertThatThrownBy(() -> quotas.admit("a", 1)).hasMessageContaining("100.0 rows a second");
        now.addAndGet(9 * SECOND - 1);
        assertThatThrownBy(() -> quotas.admit("a", 1)).isInstanceOf(QuotaExceededException.class);
        now.addAndGet(2);
        quotas.admit("a", 1);
    }

    @Test
    void runsAreChargedAndRefusedOnesAreNot() {
        Quotas quotas = quotas(Quota.unlimited().withComputePerSecond(0.5));
        quotas.admit("a", 1);
        quotas.charge("a", SECOND);

        assertThatThrownBy(() -> quotas.admit("a", 1)).hasMessageContaining("0.5 seconds of runs a second");
        now.addAndGet(SECOND + 1);
        quotas.admit("a", 1);
    }

    @Test
    void othersAndThoseWithoutANameAreNotBounded() {
        Quotas quotas = quotas(Quota.unlimited().withRequestsPerSecond(1));
        quotas.admit("a", 1);

        assertThatThrownBy(() -> quotas.admit("a", 1)).isInstanceOf(QuotaExceededException.class);
        quotas.admit("b", 1);
        for (int i = 0; i < 10; i++) {
            quotas.admit(null, 1);
        }
    }

    @Test
    void aQuotaMayChangeWhileItIsUsed() {
        AtomicReference<Quota> quota = new AtomicReference<>(Quota.unlimited().withRequestsPerSecond(1));
        Quotas quotas = Quotas.of(caller -> quota.get(), clock);
        quotas.admit("a", 1);
        assertThatThrownBy(() -> quotas.admit("a", 1)).isInstanceOf(QuotaExceededException.class);

        quota.set(Quota.unlimited());

        quotas.admit("a", 1);
    }

    @Test
    void aDeploymentHoldsItsCallersToThemAndChargesABatchByRows(@TempDir Path folder) {
        ScriptedBackend backend = new ScriptedBackend();
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        registry.publish("m", ScriptedBackend.artifact(1));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ServingOptions options = ServingOptions.defaults()
                .withMeters(meters)
                .withQuotas(Quotas.of(
                        caller -> caller.equals("noisy")
                                ? Quota.unlimited().withComputePerSecond(0.1).withBurst(Duration.ofSeconds(1))
                                : Quota.unlimited(),
                        backend));
        try (Deployments deployments = new Deployments(
                registry, Backends.of(backend), backend, options, Journal.inMemory(Clock.systemUTC()))) {
            deployments.deploy("m", "1", DeployOptions.defaults().withInstances(1));
            Model model = deployments.model("m");
            ScriptedBackend.Script script = backend.script(1);
            script.held = true;
            List<CompletableFuture<?>> answers = new ArrayList<>();
            script.nanos = SECOND / 10;
            answers.add(model.predictAsync(ScriptedBackend.row(1), RequestOptions.none()));
            for (int i = 0; i < 3; i++) {
                answers.add(model.predictAsync(ScriptedBackend.row(1), NOISY));
                answers.add(model.predictAsync(ScriptedBackend.row(1), RequestOptions.none()));
            }
            script.gate.release(100);
            answers.forEach(CompletableFuture::join);

            // The batch of six took 0.1 s, of which half is the noisy caller's: half a second of its rate. Its burst is
            // one.
            model.predict(ScriptedBackend.row(1), NOISY);
            assertThatThrownBy(() -> model.predict(ScriptedBackend.row(1), NOISY))
                    .isInstanceOf(QuotaExceededException.class);
            assertThatThrownBy(() ->
                            model.predictAsync(ScriptedBackend.row(1), NOISY).join())
                    .hasCauseInstanceOf(QuotaExceededException.class);
            model.predict(ScriptedBackend.row(1), RequestOptions.none().withCaller("other"));
            assertThat(meters.get("maas.errors")
                            .tag("kind", "quota")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
            backend.advance(Duration.ofSeconds(1));
            model.predict(ScriptedBackend.row(1), NOISY);
        }
    }
}

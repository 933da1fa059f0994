package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.LogName;
import io.maas.registry.LogName.Kind;
import io.maas.registry.RegistryStore;
import io.maas.registry.StoredModelRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever watches a store hears of each change, of this process or another one. */
abstract class WatchContract {
    private static final LogName DIGITS = new LogName(Kind.MODEL, "digits");

    private final RegistryStoreContract fixture;
    private final BlockingQueue<LogName> heard = new LinkedBlockingQueue<>();
    private RegistryStore store;
    private StoredModelRegistry registry;
    private StoredModelRegistry other;

    WatchContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        store = fixture.open();
        registry = StoredModelRegistry.on(store);
        other = StoredModelRegistry.on(fixture.open());
    }

    /** Waits until a change of that log is told; those of before may be told once more. */
    private void assertHeard(LogName log) throws InterruptedException {
        LogName next;
        do {
            next = heard.poll(30, TimeUnit.SECONDS);
            assertThat(next).as("what is heard of %s", log).isNotNull();
        } while (!log.equals(next));
    }

    @Test
    void everyKindOfChangeIsTold() throws Exception {
        other.publish("digits", SampleArtifacts.of(1));
        other.publish("digits", SampleArtifacts.of(2));
        try (Closeable watch = store.watch(heard::add)) {
            List<Runnable> changes = List.of(
                    () -> other.setAlias("digits", "champion", 1),
                    () -> registry.setAlias("digits", "champion", 2),
                    () -> other.rollback("digits", "champion"),
                    () -> other.publish("digits", SampleArtifacts.of(3)),
                    () -> other.delete("digits", 2));
            for (Runnable change : changes) {
                change.run();
                assertHeard(DIGITS);
                heard.clear();
            }
            other.publish("iris", SampleArtifacts.of(1));
            assertHeard(new LogName(Kind.MODEL, "iris"));
            other.journal().append("digits", "deploy", Map.of());
            assertHeard(new LogName(Kind.DEPLOYMENT, "digits"));
            assertThat(watch).isNotNull();
        }
    }

    @Test
    void whatWasBeforeIsNotTold() throws Exception {
        other.publish("digits", SampleArtifacts.of(1));
        try (Closeable watch = store.watch(heard::add)) {
            other.publish("iris", SampleArtifacts.of(1));
            assertHeard(new LogName(Kind.MODEL, "iris"));
            assertThat(heard).doesNotContain(DIGITS);
            assertThat(watch).isNotNull();
        }
    }

    @Test
    void whoeverHasClosedHearsNothingMore() throws Exception {
        List<LogName> closed = new CopyOnWriteArrayList<>();
        Closeable watch = store.watch(closed::add);
        watch.close();
        watch.close();
        try (Closeable second = store.watch(heard::add)) {
            other.publish("digits", SampleArtifacts.of(1));
            assertHeard(DIGITS);
            assertThat(second).isNotNull();
        }
        assertThat(closed).isEmpty();
    }

    @Test
    void aListenerThatFailsHearsOfTheNextChange() throws Exception {
        try (Closeable watch = store.watch(log -> {
            heard.add(log);
            throw new IllegalStateException("the listener's own fault");
        })) {
            other.publish("digits", SampleArtifacts.of(1));
            assertHeard(DIGITS);
            other.publish("iris", SampleArtifacts.of(1));
            assertHeard(new LogName(Kind.MODEL, "iris"));
            assertThat(watch).isNotNull();
        }
    }
}

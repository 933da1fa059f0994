package io.maas.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.RegistryException;
import io.maas.registry.AliasChange;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.store.s3.Gateway.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a bad network does to a registry: nothing is lost, nothing is there twice. */
class S3FaultTest {
    private static final ObjectStore STORE = ObjectStore.start();

    private final String prefix = ObjectStore.newPrefix();
    private StoredModelRegistry registry;

    @AfterAll
    static void stop() throws IOException {
        STORE.close();
    }

    @BeforeEach
    void publish() {
        registry = open();
        registry.publish("digits", Samples.artifact(1));
        registry.publish("digits", Samples.artifact(2));
    }

    @AfterEach
    void mend() {
        STORE.gateway().faults(request -> Fault.NONE);
    }

    private StoredModelRegistry open() {
        S3Options options = S3Options.defaults().withGrace(Duration.ZERO);
        return StoredModelRegistry.on(S3RegistryStore.open(STORE.client(), ObjectStore.BUCKET, prefix, options));
    }

    private List<Integer> moves() {
        return open().aliasHistory("digits", "champion").stream()
                .map(AliasChange::number)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aChangeHappensOnce(Fault fault) throws IOException {
        for (int times : new int[] {1, 3, 6}) {
            STORE.gateway().fault(fault, times, Gateway.Request::isConditionalPut);
            registry.setAlias("digits", "champion", 1);
            registry.setAlias("digits", "champion", 2);
            STORE.gateway().deliver();
        }
        // Some may be left: how often the JDK's client asks again by itself differs from version to version.
        mend();
        assertThat(moves()).containsExactly(1, 2, 1, 2, 1, 2);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aPublicationHappensOnce(Fault fault) throws IOException {
        STORE.gateway().faultNowAndThen(fault);
        Version version = registry.publish("digits", Samples.artifact(3));
        STORE.gateway().deliver();
        assertThat(version.number()).isEqualTo(3);
        assertThat(open().versions("digits")).hasSize(3).contains(version);
        assertThat(open().load(version).model().read()).isEqualTo(Samples.bytes(3, 2_000));
    }

    @Test
    void anAnswerLostWhileOthersWriteIsFoundOut() {
        StoredModelRegistry other = open();
        STORE.gateway().faults(request -> {
            if (!request.isConditionalPut()) {
                return Fault.NONE;
            }
            STORE.gateway().faults(any -> Fault.NONE);
            return Fault.LOST_ANSWER;
        });
        registry.setAlias("digits", "champion", 1);
        other.setAlias("digits", "champion", 2);
        registry.setAlias("digits", "champion", 1);
        assertThat(moves()).containsExactly(1, 2, 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"LOST_REQUEST", "ERROR", "SLOW_DOWN"})
    void aStoreThatStaysAwayIsSaidToBe(Fault fault) {
        STORE.gateway().faults(request -> fault);
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 1))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining(prefix)
                .hasMessageNotContaining("secret");
        STORE.gateway().faults(request -> request.isWrite() ? fault : Fault.NONE);
        assertThatThrownBy(() -> registry.setAlias("digits", "champion", 1)).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> registry.publish("digits", Samples.artifact(4)))
                .isInstanceOf(RegistryException.class);
        mend();
        assertThat(open().aliases("digits")).isEmpty();
        assertThat(open().versions("digits")).hasSize(2);
        registry.setAlias("digits", "champion", 1);
        assertThat(moves()).containsExactly(1);
    }

    @Test
    void aStoreWithoutConditionsIsRefused() {
        for (String condition : List.of("If-match", "If-none-match")) {
            STORE.gateway().faults(request -> {
                request.headers().remove(condition);
                return Fault.NONE;
            });
            assertThatThrownBy(this::open)
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("conditional writes");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void writersOnABadNetworkLoseNothing(long seed) throws Exception {
        Random random = new Random(seed);
        Fault[] faults = Fault.values();
        STORE.gateway().faults(request -> {
            synchronized (random) {
                return random.nextInt(8) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE;
            }
        });
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int writer = i;
            writers.add(() -> {
                StoredModelRegistry mine = open();
                int number =
                        mine.publish("digits", Samples.artifact(10 + writer)).number();
                for (int move = 0; move < 4; move++) {
                    mine.setAlias("digits", "of-" + writer, move % 2 == 0 ? 1 : number);
                    STORE.gateway().deliver();
                }
                return number;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(writers.size());
        List<Integer> numbers = new ArrayList<>();
        try {
            for (Future<Integer> done : threads.invokeAll(writers)) {
                numbers.add(done.get());
            }
        } finally {
            threads.shutdownNow();
        }
        mend();
        STORE.gateway().deliver();
        assertThat(numbers).as("seed %d", seed).containsExactlyInAnyOrder(3, 4, 5);
        for (int writer = 0; writer < 3; writer++) {
            assertThat(open().aliasHistory("digits", "of-" + writer))
                    .as("seed %d, writer %d", seed, writer)
                    .extracting(AliasChange::number)
                    .containsExactly(1, numbers.get(writer), 1, numbers.get(writer));
        }
        assertThat(open().collectGarbage()).isGreaterThanOrEqualTo(0);
        for (Version version : open().versions("digits")) {
            assertThat(open().load(version).model().read()).hasSize(2_000);
        }
    }
}

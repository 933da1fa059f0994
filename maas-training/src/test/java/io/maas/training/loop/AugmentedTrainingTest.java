package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.tck.ReferenceBackend;
import io.maas.training.data.Augmentation;
import io.maas.training.data.Augmentations;
import io.maas.training.data.Batching;
import io.maas.training.data.Batching.Prefetch;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What {@link Fit} says of batches, from the call to the weights. */
class AugmentedTrainingTest {
    private static final Dataset LINE = Problems.line(50);

    private static Trained fit(Fit fit) {
        return Trainer.of(Network.sequential(Layers.dense(2, 1)), Losses.meanSquared(), Optimizers.sgd(0.05))
                .withBackend(new ReferenceBackend())
                .withSeed(3)
                .fit(LINE, fit);
    }

    @Test
    void eachRowIsChangedOnceAnEpochAndOnlyForTraining() {
        AtomicInteger rows = new AtomicInteger();
        Augmentation counting = (row, shape, random) -> rows.incrementAndGet();

        Trained trained = fit(Fit.epochs(3).batchSize(16).validateOn(LINE).augment(counting.named("counting")));

        assertThat(rows).hasValue(3 * LINE.rows());
        assertThat(trained.lineage().settings()).containsEntry("batchSize", "16, augmented: counting");
        assertThat(trained.weights())
                .as("changing nothing changes nothing")
                .isEqualTo(fit(Fit.epochs(3).batchSize(16)).weights());
    }

    @Test
    void whatIsLearnedIsChangedTooAndFollowsFromTheSeed() {
        Fit noisy = Fit.epochs(2).augment(Augmentations.noise(0.5));

        assertThat(fit(noisy).weights()).isEqualTo(fit(noisy).weights());
        assertThat(fit(noisy).weights()).isNotEqualTo(fit(Fit.epochs(2)).weights());
    }

    @Test
    void aThreadBesideChangesNothing() {
        Batching batching = Batching.of(7).augment(Augmentations.noise(0.1));

        Trained beside = fit(Fit.epochs(3).batches(batching.prefetch(Prefetch.ALWAYS)));
        Trained alone = fit(Fit.epochs(3).batches(batching.prefetch(Prefetch.NEVER)));

        assertThat(beside.weights()).isEqualTo(alone.weights());
        assertThat(beside.history().epochs()).hasSize(3);
    }

    @Test
    void theThreadEndsWithTheTraining() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Augmentation watching = (row, shape, random) -> threads.add(Thread.currentThread());

        fit(Fit.epochs(1).augment(watching));

        // An epoch's first batch is put together by who waits for it.
        threads.remove(Thread.currentThread());
        assertThat(threads).hasSize(1).noneMatch(AugmentedTrainingTest::outlives);
    }

    private static boolean outlives(Thread thread) {
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return thread.isAlive();
    }

    @Test
    void whatAnAugmentationThrowsReachesTheCaller() {
        Augmentation failing = (row, shape, random) -> {
            throw new IllegalStateException("no such row");
        };

        assertThatThrownBy(() -> fit(Fit.epochs(1).augment(failing)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no such row");
    }
}

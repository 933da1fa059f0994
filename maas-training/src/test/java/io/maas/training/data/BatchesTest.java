package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchesTest {
    private static Dataset data(int rows) {
        float[] features = new float[3 * rows];
        long[] targets = new long[rows];
        for (int i = 0; i < rows; i++) {
            targets[i] = i;
            for (int j = 0; j < 3; j++) {
                features[3 * i + j] = 10 * i + j;
            }
        }
        return Dataset.of(Tensor.of(features, rows, 3), Tensor.of(targets));
    }

    private static List<Long> ids(Batches batches) {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < batches.count(); i++) {
            Batches.Batch batch = batches.batch(i);
            float[] features = batch.features().toFloatArray();
            long[] targets = batch.targets().toLongArray();
            for (int row = 0; row < batch.rows(); row++) {
                long id = targets[row];
                assertThat((long) features[3 * row]).isEqualTo(10 * id);
                assertThat((long) features[3 * row + 2]).isEqualTo(10 * id + 2);
                ids.add(id);
            }
        }
        return ids;
    }

    @ParameterizedTest
    @CsvSource({"10, 4, 3, 2", "12, 4, 3, 4", "3, 32, 1, 3", "1, 1, 1, 1", "7, 1, 7, 1", "5, 5, 1, 5"})
    void everyRowOccursOnce(int rows, int batchSize, int count, int last) {
        Batches batches = Batches.of(data(rows), batchSize);

        assertThat(batches.count()).isEqualTo(count);
        assertThat(batches.batch(count - 1).rows()).isEqualTo(last);
        assertThat(ids(batches))
                .containsExactlyElementsOf(
                        IntStream.range(0, rows).mapToObj(i -> (long) i).toList());
        batches.shuffle(new SplittableRandom(3));
        assertThat(ids(batches))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, rows).mapToObj(i -> (long) i).toList());
    }

    @Test
    void theOrderDependsOnTheGeneratorAlone() {
        Batches once = Batches.of(data(20), 6);
        Batches twice = Batches.of(data(20), 6);
        twice.shuffle(new SplittableRandom(1));
        once.shuffle(new SplittableRandom(2));
        twice.shuffle(new SplittableRandom(2));

        List<Long> order = ids(once);

        assertThat(ids(twice)).isEqualTo(order);
        once.shuffle(new SplittableRandom(3));
        assertThat(ids(once)).isNotEqualTo(order);
    }

    @Test
    void everyPlaceIsEquallyLikely() {
        int[] counts = new int[4];
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 4000; i++) {
            int[] order = Rows.inOrder(4);
            Rows.shuffle(order, random);
            counts[
                    IntStream.range(0, 4)
                            .filter(place -> order[place] == 0)
                            .findFirst()
                            .orElseThrow()]++;
        }

        // Expected 1000 each with a deviation of 27.
        assertThat(IntStream.of(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(880, 1120));
    }

    @Test
    void memoryIsUsedAgainAndOutsideTheHeap() {
        Batches batches = Batches.of(data(24), 4);
        Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int epoch = 0; epoch < 3; epoch++) {
            for (int i = 0; i < batches.count(); i++) {
                seen.add(batches.batch(i).features());
            }
        }

        assertThat(seen).hasSize(2).allMatch(Tensor::isDirect);
    }

    @Test
    void aBatchOutlivesTheNext() {
        Batches batches = Batches.of(data(10), 2);
        Batches.Batch first = batches.batch(0);
        batches.batch(1);

        assertThat(first.targets().toLongArray()).containsExactly(0, 1);
    }

    @Test
    void batchSizeIsPositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batches.of(data(3), 0))
                .withMessage("batchSize: 0 (expected: batchSize > 0)");
    }

    @Test
    void furtherColumnsAreGatheredWithTheirRows() {
        Dataset data = data(7);
        Batches batches = Batches.of(data.with("weight", data.targets()).with("length", data.features()), 3);
        batches.shuffle(new SplittableRandom(2));

        for (int i = 0; i < batches.count(); i++) {
            Batches.Batch batch = batches.batch(i);
            assertThat(batch.extras().names()).containsExactly("weight", "length");
            assertThat(batch.find("weight")).isEqualTo(batch.targets()).isEqualTo(batch.find("target"));
            assertThat(batch.find("length")).isEqualTo(batch.features());
        }
    }

    @Test
    void viewsAreGatheredThroughTheirRows() {
        Dataset view = data(20).shuffled(4).rows(3, 14);
        long[] shown = view.targets().toLongArray();

        assertThat(ids(Batches.of(view, 4)))
                .containsExactly(Arrays.stream(shown).boxed().toArray(Long[]::new));
        assertThat(ids(Batches.inOrder(view, 4)))
                .containsExactly(Arrays.stream(shown).boxed().toArray(Long[]::new));
        Batches shuffled = Batches.of(view, 4);
        shuffled.shuffle(new SplittableRandom(1));
        assertThat(ids(shuffled))
                .containsExactlyInAnyOrder(Arrays.stream(shown).boxed().toArray(Long[]::new));
    }

    @Test
    void batchesInOrderShareWhatLiesTogether() {
        Tensor features = Tensor.wrap(DataType.FLOAT32, Shape.of(4, 1), Tensor.newMemory(16));
        Dataset data = Dataset.of(features, Tensor.of(new long[4])).rows(1, 4);
        Batches batches = Batches.inOrder(data, 2);

        assertThat(batches.batch(1).features().isDirect()).isFalse();
        assertThat(batches.batch(1).rows()).isEqualTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> batches.shuffle(new SplittableRandom(1)))
                .withMessageStartingWith("batches in order (expected:");
    }

    @Test
    void thereIsARow() {
        assertThatThrownBy(() -> Batches.of(data(3).rows(1, 1), 2))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("rows: 0 (expected: at least one row in 0 rows: features float32[0, 3]");
    }
}

package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OverlapTest {
    /** Row i holds two numbers that tell it from the others, and a number of its own. */
    private static Dataset numbered(int from, int to) {
        float[] features = new float[3 * (to - from)];
        for (int i = from; i < to; i++) {
            features[3 * (i - from)] = i % 1000;
            features[3 * (i - from) + 1] = (float) (i - i % 1000);
        }
        return Dataset.of(Tensor.of(features, to - from, 3), Tensor.of(new long[to - from]));
    }

    @Test
    void rowsInBothSetsAreFoundAndNamed() {
        Dataset all = numbered(0, 3000);
        Dataset training = all.rows(1000, 3000);
        Dataset heldOut = all.rows(new int[] {5, 1500, 6, 2999, 1500});

        Overlap overlap = Overlap.of(training, heldOut);

        assertThat(overlap.rows()).isEqualTo(3);
        assertThat(overlap.estimated()).isFalse();
        assertThat(overlap.first())
                .containsExactly(new Overlap.Pair(1, 500), new Overlap.Pair(3, 1999), new Overlap.Pair(4, 500));
        assertThat(overlap)
                .hasToString("3 of 5 rows (row 1 is row 500 of the training set, row 3 is row 1999, row 4 is row 500)");
        assertThat(Overlap.of(training, all.rows(0, 1000))).hasToString("0 of 1000 rows");
    }

    @Test
    void onlyTheFirstFewAreNamed() {
        Dataset all = numbered(0, 20);

        assertThat(Overlap.of(all, all))
                .hasToString(
                        "20 of 20 rows (row 0 is row 0 of the training set, row 1 is row 1, row 2 is row 2, row 3 is"
                                + " row 3, row 4 is row 4, …)");
    }

    @Test
    void furtherColumnsTellRowsApart() {
        Dataset training = numbered(0, 4).with("text", Tensor.of(new String[] {"a", "b", "c", "d"}));
        Dataset heldOut = numbered(0, 4).with("text", Tensor.of(new String[] {"a", "B", "c", ""}));

        assertThat(Overlap.of(training, heldOut).rows()).isEqualTo(4);
        assertThat(Overlap.of(training, heldOut, List.of("text")).rows()).isEqualTo(2);
        assertThatThrownBy(() -> Overlap.of(training, heldOut, List.of("word")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"word\": none (expected: one of [text])");
    }

    @Test
    void aSampleOfManyRowsGivesAnEstimate() {
        // 40,000 rows, every fourth of which is in the training set, and room for 1,000.
        Dataset heldOut = numbered(0, 40_000);
        Dataset training =
                heldOut.rows(IntStream.range(0, 10_000).map(i -> 4 * i).toArray());

        Overlap overlap = Overlap.of(training, heldOut, List.of(), 1000);

        assertThat(overlap.estimated()).isTrue();
        // At least 500 rows are looked at, a fourth of which gives 125 with a deviation of 10.
        assertThat((double) overlap.rows()).isBetween(6_000.0, 14_000.0);
        assertThat(overlap.first())
                .hasSize(5)
                .allSatisfy(pair -> assertThat(pair.heldOut()).isEqualTo(4 * pair.training()));
        assertThat(overlap.toString()).startsWith("about ");
        assertThat(Overlap.of(numbered(40_000, 50_000), heldOut, List.of(), 1000)
                        .rows())
                .isZero();
    }

    @Test
    void rowsThatAreAllTheSameNeedNoRoom() {
        Dataset same = numbered(0, 1).rows(new int[5000]);

        assertThat(Overlap.of(same, same, List.of(), 100))
                .hasToString("5000 of 5000 rows (row 0 is row 0 of the training"
                        + " set, row 1 is row 0, row 2 is row 0, row 3 is row 0, row 4 is row 0, …)");
    }

    @Test
    void theHashTellsRowsApartThatDifferInOneBit() {
        SplittableRandom random = new SplittableRandom(3);
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < 64; j++) {
                hashes.add(RowHashes.mix(RowHashes.mix(0, 1L << i), 1L << j));
            }
        }

        assertThat(hashes).hasSize(64 * 64);
        // Each bit of the word turns about half of those of the hash.
        long word = random.nextLong();
        double turned = IntStream.range(0, 64)
                .map(bit -> Long.bitCount(RowHashes.mix(7, word) ^ RowHashes.mix(7, word ^ 1L << bit)))
                .average()
                .orElseThrow();
        assertThat(turned).isBetween(28.0, 36.0);
    }
}

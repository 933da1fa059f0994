package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArraysTest {
    private record Flower(float length, float width, int kind) {
        float[] measures() {
            return new float[] {length, width};
        }
    }

    private static final float[][] FEATURES = {{1, 2}, {3, 4}, {5, 6}};
    private static final double[][] DOUBLES = {{1, 2}, {3, 4}, {5, 6}};

    private static void assertRefused(ThrowingCallable made, String message) {
        assertThatThrownBy(made).isInstanceOf(InvalidInputException.class).hasMessage(message);
    }

    @Test
    void classesMayBeIntOrLong() {
        Dataset expected = Dataset.of(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), Tensor.of(new long[] {0, 2, 1}));

        assertThat(Dataset.of(FEATURES, new long[] {0, 2, 1}).hash()).isEqualTo(expected.hash());
        assertThat(Dataset.of(FEATURES, new int[] {0, 2, 1}).hash()).isEqualTo(expected.hash());
        assertThat(Dataset.of(DOUBLES, new int[] {0, 2, 1}).hash())
                .isEqualTo(Dataset.of(DOUBLES, new long[] {0, 2, 1}).hash());
    }

    @Test
    void numbersToPredictKeepTheirType() {
        assertThat(Dataset.of(FEATURES, new float[] {7, 8, 9}))
                .hasToString("3 rows: features float32[3, 2], targets float32[3, 1]");
        assertThat(Dataset.of(FEATURES, FEATURES)).hasToString("3 rows: features float32[3, 2], targets float32[3, 2]");
        assertThat(Dataset.of(DOUBLES, new double[] {7, 8, 9}))
                .hasToString("3 rows: features float64[3, 2], targets float64[3, 1]");
        assertThat(Dataset.of(DOUBLES, DOUBLES).targets().toDoubleArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void arraysAreCopied() {
        float[][] features = {{1}, {2}};
        Dataset data = Dataset.of(features, new float[] {0, 1});

        features[0][0] = 9;

        assertThat(data.features().toFloatArray()).containsExactly(1, 2);
    }

    @Test
    void objectsOfAStreamBecomeRowsInOrder() {
        Stream<Flower> flowers = IntStream.range(0, 5000).parallel().mapToObj(i -> new Flower(i, -i, i % 3));

        Dataset data = Dataset.ofClasses(flowers, Flower::measures, Flower::kind);

        assertThat(data).hasToString("5000 rows: features float32[5000, 2], targets int64[5000]");
        assertThat(data.rows(4999, 5000).features().toFloatArray()).containsExactly(4999, -4999);
        assertThat(data.rows(4997, 5000).targets().toLongArray()).containsExactly(2, 0, 1);
    }

    @Test
    void aStreamMayGiveNumbersToPredict() {
        Dataset data = Dataset.ofNumbers(
                Stream.of(new Flower(1, 2, 0), new Flower(3, 4, 1)), Flower::measures, flower -> flower.width / 2);

        assertThat(data.targets()).hasToString("float32[2, 1]");
        assertThat(data.targets().toFloatArray()).containsExactly(1, 2);
    }

    @Test
    void manyRowsOfAStreamComeBack() {
        Dataset data = Dataset.ofClasses(IntStream.range(0, 70).boxed(), ArraysTest::wide, i -> i);

        assertThat((long) data.rows() << 18).isGreaterThan(StoredRows.MAX_MEMORY);
        for (int i = 0; i < 70; i++) {
            assertThat(data.rows(i, i + 1).features().toFloatArray()).isEqualTo(wide(i));
        }
    }

    /** A quarter of a megabyte, so that 70 are more than is kept in memory. */
    private static float[] wide(int i) {
        float[] row = new float[1 << 16];
        row[0] = i;
        row[row.length - 1] = -i;
        return row;
    }

    @ParameterizedTest
    @CsvSource({"1, 1000000, 1000000", "8, 16, 1000000", "100, 100, 1000000", "1, 16, 40", "0, 1, 8"})
    void whereRowsLieMakesNoDifference(long expected, long maxMemory, long maxPiece) {
        try (GrowingRows rows = new GrowingRows("rows", DataType.FLOAT32, expected, maxMemory, maxPiece)) {
            for (int i = 0; i < 11; i++) {
                rows.add(new float[] {i, 10 * i});
            }
            Storage storage = rows.finish();

            assertThat(storage.shape(storage.rows())).isEqualTo(Shape.of(11, 2));
            float[] all = storage.slice(0, 11).toFloatArray();
            for (int i = 0; i < 11; i++) {
                assertThat(all[2 * i]).isEqualTo(i);
                assertThat(all[2 * i + 1]).isEqualTo(10 * i);
            }
        }
    }

    @Test
    void rowsOfOtherLengthsAreRefused() {
        String advice = "; give each row all its numbers, or leave it out";
        assertRefused(
                () -> Dataset.of(new float[][] {{1, 2}, {3}}, new long[] {0, 1}),
                "features, row 1: 1 numbers (expected: 2, as in row 0)" + advice);
        assertRefused(
                () -> Dataset.of(new double[][] {{1, 2}, null}, new long[] {0, 1}),
                "features, row 1: null (expected: 2, as in row 0)" + advice);
        assertRefused(
                () -> Dataset.of(new float[][] {null, {1}}, new long[] {0, 1}),
                "features, row 0: null (expected: at least one number)" + advice);
        assertRefused(
                () -> Dataset.of(new float[][] {{}, {}}, new long[] {0, 1}),
                "features, row 0: 0 numbers (expected: at least one number)" + advice);
        assertRefused(
                () -> Dataset.ofClasses(IntStream.range(1, 4).boxed(), float[]::new, i -> i),
                "features, row 1: 2 numbers (expected: 1, as in row 0)" + advice);
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        String advice = " (expected: a finite number); fill it in or remove the row";
        assertRefused(
                () -> Dataset.of(new float[][] {{1, 2}, {3, Float.NaN}}, new long[] {0, 1}),
                "features, row 1, column 1: NaN" + advice);
        assertRefused(
                () -> Dataset.of(new double[][] {{1, Double.NEGATIVE_INFINITY}}, new long[] {0}),
                "features, row 0, column 1: -Infinity" + advice);
        assertRefused(
                () -> Dataset.of(FEATURES, new float[] {0, Float.NaN, 0}), "targets, row 1, column 0: NaN" + advice);
        assertRefused(
                () -> Dataset.of(FEATURES, new float[][] {{0}, {1}, {Float.NaN}}),
                "targets, row 2, column 0: NaN" + advice);
        assertRefused(
                () -> Dataset.ofNumbers(Stream.of(1f, 2f), i -> new float[] {i}, i -> i == 2 ? 1e39 : i),
                "targets, row 1: 1.0E39 (expected: a finite number within the range of float32);"
                        + " scale the targets or remove the row");
    }

    @Test
    void noRowsAndOtherNumbersOfThemAreRefused() {
        assertRefused(() -> Dataset.of(new float[0][], new long[0]), "features: no rows (expected: at least one)");
        assertRefused(
                () -> Dataset.ofClasses(Stream.<Flower>empty(), Flower::measures, Flower::kind),
                "features: no rows (expected: at least one)");
        assertRefused(
                () -> Dataset.of(FEATURES, new int[] {0, 1}),
                "rows: features float32[3, 2] and targets int64[2] (expected: features [rows, …] and targets [rows] or"
                        + " [rows, …] with the same number of rows > 0)");
    }
}

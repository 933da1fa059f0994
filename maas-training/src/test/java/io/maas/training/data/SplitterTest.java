package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitterTest {
    private static @Nullable Tensor nothing(String name) {
        return null;
    }

    private static Function<String, @Nullable Tensor> column(long... values) {
        return name -> name.equals("key") ? Tensor.of(values) : null;
    }

    /** Sizes of groups or classes from 1 to 30. */
    private static long[] drawn(int rows, int distinct, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return LongStream.range(0, rows)
                .map(i -> ((long) (distinct * random.nextDouble() * random.nextDouble())) * 1_000_003)
                .toArray();
    }

    private static void assertWhole(int rows, String what, int[]... parts) {
        assertThat(Arrays.stream(parts).flatMapToInt(Arrays::stream).sorted().toArray())
                .as(what)
                .isEqualTo(IntStream.range(0, rows).toArray());
    }

    private static Set<Long> keys(long[] column, int[] rows) {
        Set<Long> keys = new HashSet<>();
        for (int row : rows) {
            keys.add(column[row]);
        }
        return keys;
    }

    static List<Splitter> splitters(long seed) {
        return List.of(
                Splitter.random(seed),
                Splitter.stratified("key", seed),
                Splitter.grouped("key", seed),
                Splitter.byTime("key"));
    }

    // ---- what holds for all

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4})
    void everyRowIsInOnePart(long seed) {
        long[] values = drawn(211, 25, seed);
        for (Splitter splitter : splitters(seed)) {
            String what = splitter + ", drawn with " + seed;
            RowSplit two = splitter.split(211, column(values), 0.25);
            RowPartition three = splitter.split(211, column(values), 0.2, 0.3);
            List<RowSplit> folds = splitter.folds(211, column(values), 4);

            assertWhole(211, what, two.train(), two.test());
            assertWhole(211, what, three.train(), three.validation(), three.test());
            assertThat(folds).hasSize(4);
            if (splitter.method() != Splitter.Method.TIME) {
                folds.forEach(fold -> assertWhole(211, what, fold.train(), fold.test()));
                assertWhole(211, what, folds.stream().map(RowSplit::test).toArray(int[][]::new));
            }
            assertThat(three.test().length).as(what).isBetween(48, 78);
            assertThat(three.validation().length).as(what).isBetween(27, 57);
        }
    }

    @Test
    void theSeedDecides() {
        long[] values = drawn(100, 30, 7);
        for (int i = 0; i < 3; i++) {
            int[] once = splitters(1).get(i).split(100, column(values), 0.3).test();
            int[] fold =
                    splitters(1).get(i).folds(100, column(values), 5).get(2).test();

            assertThat(splitters(1).get(i).split(100, column(values), 0.3).test())
                    .isEqualTo(once);
            assertThat(splitters(2).get(i).split(100, column(values), 0.3).test())
                    .isNotEqualTo(once);
            assertThat(splitters(1).get(i).folds(100, column(values), 5).get(2).test())
                    .isEqualTo(fold);
            assertThat(splitters(2).get(i).folds(100, column(values), 5).get(2).test())
                    .isNotEqualTo(fold);
        }
    }

    @Test
    void dataSetsAreCutAsTheirNumbersAre() {
        long[] values = drawn(60, 9, 3);
        float[] numbers = new float[60];
        IntStream.range(0, 60).forEach(i -> numbers[i] = i);
        Dataset data = Dataset.of(Tensor.of(numbers, 60, 1), Tensor.of(values)).with("key", Tensor.of(values));
        for (Splitter splitter : splitters(5)) {
            RowPartition rows = splitter.split(60, column(values), 0.2, 0.2);
            Partition parts = splitter.split(data, 0.2, 0.2);
            Split split = splitter.split(data, 0.4);
            Split fold = splitter.folds(data, 3).get(1);

            assertThat(rowsOf(parts.train())).isEqualTo(rows.train());
            assertThat(rowsOf(parts.validation())).isEqualTo(rows.validation());
            assertThat(rowsOf(parts.test())).isEqualTo(rows.test());
            assertThat(rowsOf(split.test()))
                    .isEqualTo(splitter.split(60, column(values), 0.4).test());
            assertThat(rowsOf(fold.train()))
                    .isEqualTo(splitter.folds(60, column(values), 3).get(1).train());
        }
    }

    private static int[] rowsOf(Dataset data) {
        return Arrays.stream(data.features().toDoubleArray())
                .mapToInt(i -> (int) i)
                .toArray();
    }

    // ---- each method

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7, 10})
    void randomFoldsAreOfOneSize(int folds) {
        List<RowSplit> all = Splitter.random(1).folds(101, SplitterTest::nothing, folds);

        assertThat(all).allSatisfy(fold -> assertThat(fold.test().length).isBetween(101 / folds, 101 / folds + 1));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void stratifiedPartsHaveTheirShareOfEveryClass(long seed) {
        long[] classes = drawn(300, 6, seed);
        Splitter splitter = Splitter.stratified("key", seed);
        RowPartition parts = splitter.split(300, column(classes), 0.15, 0.25);
        List<RowSplit> folds = splitter.folds(300, column(classes), 7);

        for (long label : keys(classes, Rows.inOrder(300))) {
            int count = count(classes, Rows.inOrder(300), label);
            assertThat((double) count(classes, parts.test(), label)).isCloseTo(0.25 * count, within(1.0));
            // What is left after the test is rounded once already.
            assertThat((double) count(classes, parts.validation(), label)).isCloseTo(0.15 * count, within(1.5));
            folds.forEach(fold -> assertThat(count(classes, fold.test(), label)).isBetween(count / 7, (count + 6) / 7));
        }
        folds.forEach(fold -> assertThat(fold.test().length).isBetween(42, 43));
    }

    private static int count(long[] values, int[] rows, long value) {
        return (int) Arrays.stream(rows).filter(row -> values[row] == value).count();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void groupsAreNeverSeparated(long seed) {
        long[] groups = drawn(200, 40, seed);
        String[] names = LongStream.of(groups).mapToObj(Long::toString).toArray(String[]::new);
        Splitter splitter = Splitter.grouped("key", seed);

        RowPartition parts = splitter.split(200, column(groups), 0.2, 0.2);
        List<RowSplit> folds = splitter.folds(200, column(groups), 4);
        RowSplit byName = splitter.split(200, name -> Tensor.of(names), 0.25);

        assertThat(keys(groups, parts.train()))
                .doesNotContainAnyElementsOf(keys(groups, parts.validation()))
                .doesNotContainAnyElementsOf(keys(groups, parts.test()));
        assertThat(keys(groups, parts.validation())).doesNotContainAnyElementsOf(keys(groups, parts.test()));
        assertThat(keys(groups, byName.train())).doesNotContainAnyElementsOf(keys(groups, byName.test()));
        assertThat(byName.test().length).isBetween(45, 55);
        folds.forEach(
                fold -> assertThat(keys(groups, fold.train())).doesNotContainAnyElementsOf(keys(groups, fold.test())));
        // From the largest group on to the lightest fold: about 13 rows of the largest group keep them apart at most.
        assertThat(folds).allSatisfy(fold -> assertThat(fold.test().length).isBetween(40, 60));
    }

    @Test
    void groupsLeaveOneOnEachSide() {
        long[] two = {1, 1, 1, 1, 1, 1, 1, 2, 2, 2};
        RowSplit split = Splitter.grouped("key", 1).split(10, column(two), 0.1);

        assertThat(keys(two, split.test())).containsExactly(2L);
        assertThatThrownBy(() -> Splitter.grouped("key", 1).split(10, column(two), 0.5, 0.3))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"key\": one group has all rows (expected: groups on both sides); split by another"
                        + " column, or at random");
        assertThatThrownBy(() -> Splitter.grouped("key", 1).folds(10, column(two), 3))
                .hasMessageStartingWith("column \"key\": 2 groups (expected: at least 3, one a fold)");
    }

    @Test
    void theLatestAreHeldOut() {
        long[] times = {50, 10, 40, 20, 30, 60, 70, 80, 0, 90};
        RowPartition parts = Splitter.byTime("key").split(10, column(times), 0.3, 0.2);

        assertThat(parts.train()).containsExactly(8, 1, 3, 4, 2);
        assertThat(parts.validation()).containsExactly(0, 5, 6);
        assertThat(parts.test()).containsExactly(7, 9);
    }

    @Test
    void rowsOfOneTimeAreNeverSeparated() {
        long[] times = {1, 1, 2, 2, 2, 2, 2, 2, 3, 4};

        assertThat(Splitter.byTime("key").split(10, column(times), 0.4).test()).containsExactly(8, 9);
        assertThat(Splitter.byTime("key").split(10, column(times), 0.7).train()).containsExactly(0, 1);
        assertThatThrownBy(() -> Splitter.byTime("key").split(3, column(5, 5, 5), 0.5))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"key\": too few times (expected: another time in each part)");
    }

    @Test
    void timeFoldsExpand() {
        List<RowSplit> folds = Splitter.byTime("key").folds(8, column(7, 6, 5, 4, 3, 2, 1, 0), 3);

        List<int[]> train = folds.stream().map(RowSplit::train).toList();
        List<int[]> test = folds.stream().map(RowSplit::test).toList();
        assertThat(train).containsExactly(new int[] {7, 6}, new int[] {7, 6, 5, 4}, new int[] {7, 6, 5, 4, 3, 2});
        assertThat(test).containsExactly(new int[] {5, 4}, new int[] {3, 2}, new int[] {1, 0});
    }

    @Test
    void timesMayBeNumbersOfAnyKindAndTexts() {
        double[] seconds = {-1.5, -0.0, 1e300, 0.0, Double.NEGATIVE_INFINITY, 2};
        String[] dates = {"2024-01-31", "2024-02-01", "2024-12-01", "2024-02-01", "2023-12-31", "2024-10-10"};
        for (Tensor column : List.of(
                Tensor.of(seconds),
                Tensor.of(dates),
                Tensor.of(new int[] {-3, 7, 900, 7, -2_000_000_000, 8}),
                Tensor.of(DataType.FLOAT16, new double[] {-3, 0, 9, 0, -8, 2}, Shape.of(6)))) {
            assertThat(Splitter.byTime("key").split(6, name -> column, 0.33).train())
                    .as(column.toString())
                    .containsExactly(4, 0, 1, 3);
        }
    }

    // ---- keys

    @Test
    void keysAreNumberedInTheOrderOfTheirValues() {
        assertThat(Keys.of("k", Tensor.of(new long[] {7, 5, 7, 6}), false).codes())
                .containsExactly(2, 0, 2, 1);
        assertThat(Keys.of("k", Tensor.of(new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 0, 0}), false)
                        .codes())
                .containsExactly(2, 0, 1, 1);
        assertThat(Keys.of("k", Tensor.of(new String[] {"b", "a", "b"}, 3, 1), false)
                        .counts())
                .containsExactly(1, 2);
        assertThat(Keys.of("k", Tensor.of(new boolean[] {true, false}), false).codes())
                .containsExactly(1, 0);
        assertThat(Keys.of("k", Tensor.of(DataType.UINT8, new double[] {200, 100}, Shape.of(2)), false)
                        .codes())
                .containsExactly(1, 0);
    }

    // ---- what cannot be

    @Test
    void columnsAreChecked() {
        Splitter grouped = Splitter.grouped("key", 1);

        assertThatThrownBy(() -> grouped.split(3, SplitterTest::nothing, 0.5))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"key\": none (expected: the column to split by); add it, or split by another");
        assertThatThrownBy(() -> grouped.split(2, name -> Tensor.of(new float[] {1, 2}), 0.5))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"key\": float32[2] (expected: one integer or text a row, [rows]); split by another"
                        + " column");
        assertThatThrownBy(() -> grouped.split(2, name -> Tensor.of(new long[4], 2, 2), 0.5))
                .hasMessageStartingWith("column \"key\": int64[2, 2] (expected: one integer");
        assertThatThrownBy(() -> Splitter.byTime("t").split(2, name -> Tensor.of(new float[] {1, Float.NaN}), 0.5))
                .hasMessageStartingWith("column \"t\", row 1, column 0: NaN");
        assertThatThrownBy(() -> grouped.split(2, name -> Tensor.of(new long[3]), 0.5))
                .hasMessage("rows of \"key\": 3 (expected: 2)");
    }

    @Test
    void sharesLeaveRowsInEveryPart() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splitter.random(1).split(10, SplitterTest::nothing, 0.5, 0.5))
                .withMessage("validationShare and testShare: 0.5 and 0.5 (expected: shares that leave rows to learn"
                        + " from; there are 10)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splitter.random(1).split(10, SplitterTest::nothing, 0, 0.5))
                .withMessage("validationShare: 0.0 (expected: 0 < validationShare < 1)");
        assertThatThrownBy(() -> Splitter.random(1).split(1, SplitterTest::nothing, 0.5))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("rows: 1 (expected: at least two, to hold out one)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splitter.random(1).folds(4, SplitterTest::nothing, 5))
                .withMessage("folds: 5 (expected: 2 <= folds <= 4, the number of rows)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Splitter(Splitter.Method.TIME, null, 0))
                .withMessageStartingWith("column: null");
    }

    @Test
    void splittersSayWhatTheyDo() {
        List<String> names = new ArrayList<>();
        splitters(4).forEach(splitter -> names.add(splitter.toString()));

        assertThat(names)
                .containsExactly(
                        "random, seed 4", "stratified by key, seed 4", "grouped by key, seed 4", "by time key");
        assertThat(Splitter.stratified(3)).hasToString("stratified by target, seed 3");
    }

    @Test
    void partsKnowHowTheyCameAbout() {
        Dataset data =
                Dataset.of(io.maas.tensor.Tensor.of(new float[20], 20, 1), io.maas.tensor.Tensor.of(new long[20]));

        assertThat(data.origin()).isEmpty();
        assertThat(data.rows(0, 20).origin()).isEmpty();
        Split split = Splitter.random(42).split(data, 0.2);
        assertThat(split.train().origin()).isEqualTo("random, seed 42, 0.2 held out: train");
        assertThat(split.test().origin()).isEqualTo("random, seed 42, 0.2 held out: test");
        assertThat(data.stratifiedSplit(0.5, 3).test().origin())
                .isEqualTo("stratified by target, seed 3, 0.5 held out: test");
        assertThat(Splitter.random(1).split(data, 0.1, 0.2).validation().origin())
                .isEqualTo("random, seed 1, 0.1 and 0.2 held out: validation");
        assertThat(Splitter.random(1).folds(split.train(), 4).get(2).test().origin())
                .isEqualTo("random, seed 42, 0.2 held out: train; random, seed 1, fold 3 of 4: test");
        assertThat(data.shuffled(5).rows(0, 10).rows(new int[] {3, 3}).origin())
                .isEqualTo("shuffled, seed 5; rows 0 to 10; rows by number");
        assertThat(split.train()
                        .with("weight", io.maas.tensor.Tensor.of(new float[16]))
                        .origin())
                .isEqualTo(split.train().origin());
        assertThat(split.train().hash()).isEqualTo(data.rows(0, 16).hash());
    }
}

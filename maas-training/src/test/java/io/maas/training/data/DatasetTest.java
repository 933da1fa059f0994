package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetTest {
    /** Row i holds i and -i; its class is the number of digits of i. */
    private static Dataset numbered(int rows) {
        float[] features = new float[2 * rows];
        long[] classes = new long[rows];
        for (int i = 0; i < rows; i++) {
            features[2 * i] = i;
            features[2 * i + 1] = -i;
            classes[i] = String.valueOf(i).length() - 1L;
        }
        return Dataset.of(Tensor.of(features, rows, 2), Tensor.of(classes));
    }

    private static List<Integer> ids(Dataset data) {
        float[] features = data.features().toFloatArray();
        long[] classes = data.targets().toLongArray();
        return IntStream.range(0, data.rows())
                .peek(i -> assertThat(features[2 * i + 1]).isEqualTo(-features[2 * i]))
                .peek(i -> assertThat(classes[i])
                        .isEqualTo(String.valueOf((int) features[2 * i]).length() - 1L))
                .mapToObj(i -> (int) features[2 * i])
                .toList();
    }

    private static Map<Long, Integer> counts(Dataset data) {
        Map<Long, Integer> counts = new TreeMap<>();
        Arrays.stream(data.targets().toLongArray()).forEach(label -> counts.merge(label, 1, Integer::sum));
        return counts;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42})
    void splitsAreDisjointAndWhole(long seed) {
        Dataset data = numbered(101);

        Split random = data.split(0.25, seed);
        Split stratified = data.stratifiedSplit(0.25, seed);

        for (Split split : List.of(random, stratified)) {
            assertThat(split.test().rows()).as("seed %d", seed).isEqualTo(25);
            assertThat(IntStream.concat(
                                    ids(split.train()).stream().mapToInt(i -> i),
                                    ids(split.test()).stream().mapToInt(i -> i))
                            .sorted())
                    .containsExactlyElementsOf(IntStream.range(0, 101).boxed().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.2, 0.33, 0.5, 0.9})
    void stratifiedSplitKeepsTheShareOfEachClass(double fraction) {
        Dataset data = numbered(237);

        Map<Long, Integer> test = counts(data.stratifiedSplit(fraction, 5).test());

        counts(data)
                .forEach((label, count) -> assertThat((double) test.getOrDefault(label, 0))
                        .as("class %d of %d rows", label, count)
                        .isBetween(fraction * count - 1, fraction * count + 1));
        assertThat(test.values().stream().mapToInt(i -> i).sum()).isEqualTo((int) Math.round(fraction * 237));
    }

    @Test
    void theSeedDecides() {
        Dataset data = numbered(50);

        assertThat(ids(data.shuffled(1))).isEqualTo(ids(data.shuffled(1))).isNotEqualTo(ids(data.shuffled(2)));
        assertThat(ids(data.shuffled(1))).containsExactlyInAnyOrderElementsOf(ids(data));
        assertThat(ids(data.split(0.2, 1).test()))
                .isEqualTo(ids(data.split(0.2, 1).test()));
        assertThat(ids(data.split(0.2, 1).test()))
                .isNotEqualTo(ids(data.split(0.2, 2).test()));
        assertThat(ids(data.stratifiedSplit(0.2, 1).test()))
                .isNotEqualTo(ids(data.stratifiedSplit(0.2, 2).test()));
    }

    @Test
    void splitsLeaveRowsOnBothSides() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbered(5).split(0.01, 1))
                .withMessage("testShare: 0.01 (expected: a share that leaves rows on both sides; there are 5)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbered(5).split(1, 1))
                .withMessageStartingWith("testShare: 1.0");
        Tensor numbers = Tensor.of(new float[] {1, 2, 3, 4}, 4, 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> Dataset.of(numbers, numbers).stratifiedSplit(0.5, 1))
                .withMessage("targets: float32[4, 1] (expected: int64 [rows]); use split(…)");
    }

    @Test
    void hashChangesWithOneValue() {
        Dataset data = numbered(20);
        float[] features = data.features().toFloatArray();
        features[7] = Math.nextUp(features[7]);
        long[] classes = data.targets().toLongArray();
        classes[19] = 0;
        Tensor reshaped = data.features().reshape(Shape.of(20, 2, 1));

        assertThat(data.hash()).matches("[0-9a-f]{64}").isEqualTo(numbered(20).hash());
        assertThat(LongStream.range(0, 5)
                        .mapToObj(i -> switch ((int) i) {
                            case 0 -> data;
                            case 1 -> Dataset.of(Tensor.of(features, 20, 2), data.targets());
                            case 2 -> Dataset.of(data.features(), Tensor.of(classes));
                            case 3 -> Dataset.of(reshaped, data.targets());
                            default -> data.shuffled(1);
                        })
                        .map(Dataset::hash)
                        .distinct())
                .hasSize(5);
    }

    @Test
    void valuesAreFinite() {
        float[] features = {0, 1, 2, Float.NaN, 4, 5};

        assertThatThrownBy(() -> Dataset.of(Tensor.of(features, 3, 2), Tensor.of(new long[3])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("features, row 1, column 1: NaN (expected: a finite number); fill it in or remove the row");
        assertThatThrownBy(() -> Dataset.of(
                        Tensor.of(new double[] {1, 2}, 2, 1),
                        Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY}, 2, 1)))
                .hasMessageStartingWith("targets, row 1, column 0: -Infinity");
    }

    @Test
    void typesAndRowsAreChecked() {
        Tensor two = Tensor.of(new float[] {1, 2}, 2, 1);

        assertThatThrownBy(() -> Dataset.of(two, Tensor.of(new long[3])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("rows: features float32[2, 1] and targets int64[3] (expected:");
        assertThatThrownBy(() -> Dataset.of(Tensor.of(new int[2]).reshape(Shape.of(2, 1)), Tensor.of(new long[2])))
                .hasMessage(
                        "features: int32[2, 1] (expected: float32 or float64, or int64 indices); convert the values");
        Tensor indices = Tensor.of(new long[2], 2, 1);
        assertThat(Dataset.of(indices, Tensor.of(new double[2])).features()).isEqualTo(indices);
        assertThatThrownBy(() -> Dataset.of(indices, Tensor.of(new int[2])))
                .hasMessageStartingWith("targets: int32[2] (expected: int64 class indices, or the type");
        assertThatThrownBy(() -> Dataset.of(two, Tensor.of(new double[2], 2, 1)))
                .hasMessageStartingWith("targets: float64[2, 1] (expected: int64 class indices, or the type");
        assertThatThrownBy(() -> Dataset.of(Tensor.of(new float[0], 0, 1), Tensor.of(new long[0])))
                .hasMessageStartingWith("rows: features float32[0, 1]");
    }

    @Test
    void classesAreInRange() {
        Dataset data = Dataset.of(Tensor.of(new float[4], 4, 1), Tensor.of(new long[] {0, 2, 3, -1}));

        assertThatThrownBy(() -> data.requireClasses(3))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("target of row 2: class 3 (expected: 0 <= class < 3); give the network one output for each"
                        + " class, and number classes from 0");
        assertThatThrownBy(() -> data.requireClasses(4)).hasMessageStartingWith("target of row 3: class -1");
    }

    @Test
    void columnsHaveNames() {
        Dataset data = numbered(3).withColumns(List.of("up", "down"));

        assertThat(data.shuffled(1).columns()).containsExactly("up", "down");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> data.withColumns(List.of("one")))
                .withMessageStartingWith("columns: 1");
        assertThat(data).hasToString("3 rows: features float32[3, 2], targets int64[3]");
    }

    @Test
    void furtherColumnsGoWhereTheirRowsGo() {
        long[] ids = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        float[] numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        Dataset data = Dataset.of(Tensor.of(numbers, 10, 1), Tensor.of(ids))
                .with("weight", Tensor.of(numbers))
                .with("length", Tensor.of(new long[10]))
                .with("length", Tensor.of(ids));
        Split split = data.split(0.3, 5);

        for (Dataset part : new Dataset[] {
            data, data.shuffled(1), data.rows(2, 7), split.train(), split.test(), data.withColumns(List.of("a"))
        }) {
            assertThat(part.extras().names()).containsExactly("weight", "length");
            assertThat(Objects.requireNonNull(part.find("weight")).toDoubleArray())
                    .isEqualTo(part.features().toDoubleArray());
            assertThat(part.find("length")).isEqualTo(part.targets()).isEqualTo(part.find("target"));
        }
        assertThat(data)
                .hasToString(
                        "10 rows: features float32[10, 1], targets int64[10], weight float32[10], length int64[10]");
        assertThat(data.with("target", Tensor.of(new long[10])).targets()).isEqualTo(Tensor.of(new long[10]));
        assertThat(data.find("mask")).isNull();
    }

    @Test
    void furtherColumnsCountForTheHash() {
        Dataset plain = Dataset.of(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new long[] {0, 1}));
        Dataset weighted = plain.with("weight", Tensor.of(new float[] {1, 1}));

        assertThat(weighted.hash())
                .isNotEqualTo(plain.hash())
                .isNotEqualTo(plain.with("mask", Tensor.of(new float[] {1, 1})).hash())
                .isNotEqualTo(
                        plain.with("weight", Tensor.of(new float[] {1, 2})).hash())
                .isEqualTo(plain.with("weight", Tensor.of(new float[] {1, 1})).hash());
    }

    @Test
    void furtherColumnsHaveARowForEachRow() {
        Dataset data = Dataset.of(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new long[] {0, 1}));

        assertThatThrownBy(() -> data.with("weight", Tensor.of(new float[3])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("weight: float32[3] (expected: [2, …], as the features have 2 rows)");
        assertThatThrownBy(() -> data.with("weight", Tensor.of(new float[] {1, Float.NaN})))
                .hasMessage("weight, row 1, column 0: NaN (expected: a finite number); fill it in or remove the row");
        assertThatThrownBy(() -> data.with("target", Tensor.of(new long[3])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("rows: features float32[2, 1] and targets int64[3]");
    }

    // ---- views

    @Test
    void viewsShareTheMemoryOfWhatTheyShow() {
        ByteBuffer memory = Tensor.newMemory(4L * 6);
        Dataset data = Dataset.of(
                Tensor.wrap(DataType.FLOAT32, Shape.of(6, 1), memory), Tensor.of(new long[] {0, 1, 2, 3, 4, 5}));
        Dataset view = data.shuffled(3).rows(1, 5).rows(new int[] {3, 0, 0});
        int shown = (int) view.targets().toLongArray()[1];

        memory.putFloat(4 * shown, 77);

        assertThat(view.features().toFloatArray()).containsExactly(0, 77, 77);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void viewsOfViewsShowTheRightRows(long seed) {
        Dataset data = numbered(50).with("id", Tensor.of(numbered(50).features().toFloatArray(), 50, 2));
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> expected = new ArrayList<>(ids(data));
        Dataset view = data;
        for (int i = 0; i < 8; i++) {
            int[] places = IntStream.range(0, view.rows())
                    .map(any -> random.nextInt(expected.size()))
                    .toArray();
            int from = random.nextInt(2);
            int to = view.rows() - random.nextInt(3);
            List<Integer> before = List.copyOf(expected);
            expected.clear();
            if (i % 2 == 0) {
                view = view.rows(places);
                Arrays.stream(places).forEach(place -> expected.add(before.get(place)));
            } else {
                view = view.rows(from, to);
                expected.addAll(before.subList(from, to));
            }
            // Columns that come later have an index of their own.
            view = view.with("later" + i, view.features());
        }

        assertThat(ids(view)).as("seed %d", seed).isEqualTo(expected);
        for (String name : view.names()) {
            assertThat(view.find(name)).as(name).isEqualTo(view.features());
        }
    }

    @Test
    void theHashIsThatOfTheRowsHoweverTheyCameToBeShown() {
        Dataset data = numbered(3000)
                .with(
                        "name",
                        Tensor.of(IntStream.range(0, 3000)
                                .mapToObj(i -> "row" + i)
                                .toArray(String[]::new)));
        Dataset shown = data.shuffled(1).rows(10, 2000);
        Dataset copied =
                Dataset.of(shown.features(), shown.targets()).with("name", Objects.requireNonNull(shown.find("name")));

        assertThat(shown.hash())
                .isEqualTo(copied.hash())
                .isNotEqualTo(shown.shuffled(1).hash())
                .isNotEqualTo(data.hash());
        int[] all = IntStream.range(0, 3000).toArray();
        assertThat(data.rows(all).hash()).isEqualTo(data.hash());
    }

    @Test
    void theHashOfTextsTellsWhereOneEnds() {
        Dataset data = Dataset.of(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new long[] {0, 1}));

        assertThat(data.with("text", Tensor.of(new String[] {"ab", "c"})).hash())
                .isNotEqualTo(
                        data.with("text", Tensor.of(new String[] {"a", "bc"})).hash());
    }

    @Test
    void columnsOfEveryTypeGoWhereTheirRowsGo() {
        Dataset data = numbered(4)
                .with("text", Tensor.of(new String[] {"a", "b", "c", "d", "e", "f", "g", "h"}, 4, 2))
                .with("int", Tensor.of(new int[] {0, 1, 2, 3}))
                .with("flag", Tensor.of(new boolean[] {true, false, false, true}))
                .with("half", Tensor.of(DataType.FLOAT16, new double[] {0, 1, 2, 3}, Shape.of(4)));

        Dataset view = data.rows(new int[] {3, 1, 1});

        assertThat(Objects.requireNonNull(view.find("text")).strings()).containsExactly("g", "h", "c", "d", "c", "d");
        assertThat(view.find("int")).isEqualTo(Tensor.of(new int[] {3, 1, 1}));
        assertThat(view.find("flag")).isEqualTo(Tensor.of(new boolean[] {true, false, false}));
        assertThat(Objects.requireNonNull(view.find("half")).toDoubleArray()).containsExactly(3, 1, 1);
        assertThat(view.kind("text")).hasToString("string[3, 2]");
        assertThat(view.kind("none")).isNull();
    }

    @Test
    void numbersOf16BitsAreFiniteToo() {
        Dataset data = numbered(2);
        for (DataType type : List.of(DataType.FLOAT16, DataType.BFLOAT16)) {
            Tensor bad = Tensor.of(type, new double[] {1, Double.POSITIVE_INFINITY}, Shape.of(2));

            assertThatThrownBy(() -> data.with("half", bad))
                    .hasMessageStartingWith("half, row 1, column 0: Infinity (expected: a finite number)");
        }
    }

    @Test
    void numbersOfRowsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbered(3).rows(new int[] {0, 3}))
                .withMessage("row: 3 (expected: 0 <= row < 3)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbered(3).rows(2, 4))
                .withMessage("rows: 2..4 (expected: a range within 0..3)");
    }

    @Test
    void whatIsTooLargeForOneTensorIsSaid() {
        Dataset data = Dataset.of(Tensor.zeros(DataType.FLOAT32, Shape.of(2, 1 << 20)), Tensor.of(new long[2]));
        Dataset many = data.rows(new int[1000]);

        assertThat(many.featureKind()).hasToString("float32[1000, 1048576]");
        assertThatThrownBy(many::features)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("float32[1000, 1048576]: 4194304000 bytes (expected: at most 2147482623 in one")
                .hasMessageEndingWith("read fewer rows at once, with rows(from, to) or in batches");
    }
}

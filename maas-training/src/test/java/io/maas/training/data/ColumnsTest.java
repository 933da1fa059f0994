package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ColumnsTest {
    private enum Kind {
        CAT,
        DOG
    }

    private record Animal(
            String name,
            int age,
            double weight,
            @Nullable Double height,
            boolean tame,
            @Nullable Kind kind) {}

    private static final List<Animal> ANIMALS =
            List.of(new Animal("Rex", 7, 30.5, null, true, Kind.DOG), new Animal("", 2, Double.NaN, 0.25, false, null));

    @Test
    void recordsHaveColumns() {
        Table table = Table.of(ANIMALS, Columns.of(Animal.class));

        assertThat(table.toString())
                .isEqualTo("2 rows: name text, age integer, weight number, height number, tame integer, kind text");
        assertThat(Csv.texts(table, "name")).containsExactly("Rex", "");
        assertThat(Csv.integers(table, "age")).containsExactly(7, 2);
        assertThat(Csv.numbers(table, "weight")).containsExactly(30.5, Double.NaN);
        assertThat(Csv.numbers(table, "height")).containsExactly(Double.NaN, 0.25);
        assertThat(Csv.integers(table, "tame")).containsExactly(1, 0);
        assertThat(Csv.texts(table, "kind")).containsExactly("DOG", "");
    }

    @Test
    void aStreamIsReadByTypedFunctions() {
        Columns<Animal> columns = Columns.<Animal>none()
                .text("name", Animal::name)
                .integer("age", Animal::age)
                .number("weight", Animal::weight);

        assertThat(Table.of(ANIMALS.stream(), columns).hash())
                .isEqualTo(Table.of(ANIMALS, Columns.of(Animal.class))
                        .select("name", "age", "weight")
                        .hash());
    }

    /** More than memory keeps, and more than one group. */
    @Test
    void streamsMayBeLong() {
        int rows = 1_200_000;
        Table table = Table.of(
                IntStream.range(0, rows).boxed(),
                Columns.<Integer>none().integer("a", row -> row).number("b", row -> 0.5 * row));

        assertThat(table.rows()).isEqualTo(rows);
        assertThat(table.column("a", rows - 1, rows).toLongArray()).containsExactly(rows - 1);
        assertThat(table.column("b", 700_000, 700_001).toDoubleArray()).containsExactly(350_000);
    }

    @Test
    void mapsHaveKeys() {
        Map<String, Object> first = new LinkedHashMap<>();
        first.put("a", 1);
        first.put("b", 2L);
        first.put("c", Kind.CAT);
        Map<String, Object> second = new HashMap<>();
        second.put("b", 0.5f);
        second.put("c", null);
        second.put("a", (byte) 3);
        Table table = Table.ofMaps(List.of(first, second, Map.of("a", true, "d", 'x')));

        assertThat(table.toString()).isEqualTo("3 rows: a integer, b number, c text, d text");
        assertThat(Csv.integers(table, "a")).containsExactly(1, 3, 1);
        assertThat(Csv.numbers(table, "b")).containsExactly(2, 0.5, Double.NaN);
        assertThat(Csv.texts(table, "c")).containsExactly("CAT", "", "");
        assertThat(Csv.texts(table, "d")).containsExactly("", "", "x");
    }

    @Test
    void mapsMayTurnToText() {
        assertThat(Csv.texts(Table.ofMaps(List.of(Map.of("a", 1), Map.of("a", "x"))), "a"))
                .containsExactly("1", "x");
    }

    @Test
    void tensorsAreColumns() {
        Table table = Table.of(Tensors.of(
                "a",
                Tensor.of(new float[] {0.5f, Float.NaN}, 2, 1),
                "b",
                Tensor.of(new int[] {1, -2}),
                "c",
                Tensor.of(new String[] {"x", ""})));

        assertThat(table.toString()).isEqualTo("2 rows: a number, b integer, c text");
        assertThat(Csv.numbers(table, "a")).containsExactly(0.5, Double.NaN);
        assertThat(Csv.integers(table, "b")).containsExactly(1, -2);
        assertThat(Table.of(table.rows(0, 2)).hash()).isEqualTo(table.hash());
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> Table.of(Stream.<Animal>of(), Columns.of(Animal.class)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("rows: 0 (expected: at least one)");
        assertThatThrownBy(() -> Table.of(
                        Stream.of(1.0, Double.POSITIVE_INFINITY),
                        Columns.<Double>none().number("a", value -> value)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"a\", row 1: Infinity (expected: a finite number");
        assertThatThrownBy(() -> Table.ofMaps(List.of(Map.of("a", List.of()))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"a\", row 0: java.util.ImmutableCollections");
        assertThatThrownBy(() -> Table.ofMaps(List.of(Map.of("a", (1L << 53) + 1), Map.of("b", 1))))
                .hasMessageStartingWith(
                        "column \"a\", row 0: 9007199254740993 (expected: a whole number that float64 holds");
        assertThatThrownBy(() -> Table.ofMaps(List.of(Map.of("a", BigInteger.TEN.pow(30)))))
                .hasMessageStartingWith(
                        "column \"a\", row 0: 1000000000000000000000000000000 (expected: a whole number");
        assertThatThrownBy(() -> Table.of(Tensors.of("a", Tensor.zeros(DataType.FLOAT32, Shape.of(2, 2)))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("\"a\": float32[2, 2] (expected: [rows] or [rows, 1])");
        assertThatThrownBy(() -> Table.of(Tensors.of("a", Tensor.of(new long[2]), "b", Tensor.of(new long[3]))))
                .hasMessage("\"b\": int64[3] (expected: [rows] or [rows, 1] with 2 rows, as the tensors before)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Columns.<Animal>none().text("a", Animal::name).text("a", Animal::name))
                .withMessage("column: \"a\" (expected: each name once)");
        record Odd(List<String> many) {}
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Columns.of(Odd.class))
                .withMessageStartingWith("component \"many\": java.util.List");
    }
}

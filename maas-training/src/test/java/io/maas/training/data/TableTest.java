package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final String PEOPLE = "age,height,city,kind\n30,1.5,Ulm,0\n40,,Bonn,1\n50,1.75,,2\n60,1.25,Ulm,0\n";

    @Test
    void rowsAreTensorsByColumn() throws IOException {
        Tensors rows = Csv.read(PEOPLE).rows(1, 3);

        assertThat(rows.names()).containsExactly("age", "height", "city", "kind");
        assertThat(rows.get("age").toLongArray()).containsExactly(40, 50);
        assertThat(rows.get("height").toDoubleArray()).containsExactly(Double.NaN, 1.75);
        assertThat(rows.get("city").strings()).containsExactly("Bonn", "");
        assertThat(rows.get("age").dataType()).isEqualTo(DataType.INT64);
        assertThat(rows.get("height").dataType()).isEqualTo(DataType.FLOAT64);
        assertThat(rows.get("height").shape().toArray()).containsExactly(2);
        assertThat(Csv.read(PEOPLE).rows(4, 4).get("city").strings()).isEmpty();
        assertThat(Csv.read(PEOPLE).rows(4, 4).get("age").toLongArray()).isEmpty();
    }

    @Test
    void viewsChooseRows() throws IOException {
        Table table = Csv.read(PEOPLE).rows(new int[] {3, 1, 3, 0});

        assertThat(table.rows()).isEqualTo(4);
        assertThat(Csv.integers(table, "age")).containsExactly(60, 40, 60, 30);
        assertThat(Csv.numbers(table, "height")).containsExactly(1.25, Double.NaN, 1.25, 1.5);
        assertThat(Csv.texts(table, "city")).containsExactly("Ulm", "Bonn", "Ulm", "Ulm");
        assertThat(Csv.integers(table.rows(new int[] {1, 3}), "age")).containsExactly(40, 30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.rows(new int[] {4}))
                .withMessage("row: 4 (expected: 0 <= row < 4)");
        assertThatIllegalArgumentException().isThrownBy(() -> table.rows(2, 5)).withMessageStartingWith("rows: 2..5");
    }

    @Test
    void viewsChooseAndRenameColumns() throws IOException {
        Table table = Csv.read(PEOPLE);

        assertThat(table.select("city", "age").names()).containsExactly("city", "age");
        assertThat(table.drop("city", "age").names()).containsExactly("height", "kind");
        assertThat(table.rename("city", "town").type("town")).isEqualTo(ColumnType.TEXT);
        assertThatThrownBy(() -> table.type("town"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column: \"town\" (expected: one of [age, height, city, kind])");
        assertThatThrownBy(() -> table.drop("town")).isInstanceOf(InvalidInputException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> table.rename("city", "age"));
        assertThatIllegalArgumentException().isThrownBy(() -> table.select("age", "age"));
    }

    @Test
    void theHashIsThatOfTheContent() throws IOException {
        Table table = Csv.read(PEOPLE);

        assertThat(table.hash())
                .hasSize(64)
                .isEqualTo(Csv.read(PEOPLE.replace("\n", "\r\n").replace("Ulm", "\"Ulm\""))
                        .hash())
                .isEqualTo(table.rows(new int[] {3, 2, 1, 0})
                        .rows(new int[] {3, 2, 1, 0})
                        .hash());
        assertThat(table.hash())
                .isNotEqualTo(Csv.read(PEOPLE.replace("Bonn", "Born")).hash())
                .isNotEqualTo(Csv.read(PEOPLE.replace("1.75", "1.76")).hash())
                .isNotEqualTo(table.rename("age", "years").hash())
                .isNotEqualTo(table.select("height", "age", "city", "kind").hash())
                .isNotEqualTo(table.rows(new int[] {1, 0, 2, 3}).hash())
                .isNotEqualTo(Csv.read(PEOPLE, CsvOptions.defaults().withType("kind", ColumnType.NUMBER))
                        .hash());
    }

    @Test
    void integerTargetsAreClasses() throws IOException {
        Dataset data = Csv.read(PEOPLE).select("age", "kind").dataset("kind");

        assertThat(data.features().toFloatArray()).containsExactly(30, 40, 50, 60);
        assertThat(data.features().shape().toArray()).containsExactly(4, 1);
        assertThat(data.targets().toLongArray()).containsExactly(0, 1, 2, 0);
        assertThat(data.columns()).containsExactly("age");
    }

    @Test
    void numbersAreValuesToPredict() throws IOException {
        Table table = Csv.read("a,b,y\n1,2,0.5\n3,4,1.5\n");
        Dataset data = table.dataset(List.of("b", "a"), "y");

        assertThat(data.features().toFloatArray()).containsExactly(2, 1, 4, 3);
        assertThat(data.targets().toFloatArray()).containsExactly(0.5f, 1.5f);
        assertThat(data.targets().shape().toArray()).containsExactly(2, 1);
        assertThat(table.dataset().hash()).isEqualTo(table.dataset("y").hash());
        assertThat(table.rows(new int[] {1}).dataset("y").features().toFloatArray())
                .containsExactly(3, 4);
    }

    @Test
    void aDatasetTakesNumbersWithoutGaps() throws IOException {
        Table table = Csv.read(PEOPLE);

        assertThatThrownBy(() -> table.dataset("kind"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column \"city\": text (expected: numbers); encode it with a preprocessing");
        assertThatThrownBy(() -> table.dataset(List.of("age", "height"), "kind"))
                .hasMessageStartingWith("column \"height\", row 1: a missing value (expected: a number); fill it");
        assertThatThrownBy(() -> table.dataset(List.of("age"), "height"))
                .hasMessageStartingWith("column \"height\", row 1: a missing value");
        assertThatThrownBy(() -> Csv.read("a,b\n1e39,1\n").dataset("b"))
                .hasMessageStartingWith("column \"a\", row 0: 1.0E39 (expected: a number within the range of float32)");
        assertThatThrownBy(() -> table.dataset("town")).hasMessageStartingWith("column: \"town\"");
        assertThatThrownBy(() -> table.select("kind").dataset())
                .hasMessageStartingWith("features: [] (expected: at least one");
    }

    @Test
    void manyDistinctTextsAreKept() throws IOException {
        StringBuilder text = new StringBuilder("id,name\n");
        for (int i = 0; i < 50_000; i++) {
            text.append(i).append(",name ").append(i % 3 == 0 ? "" : i).append('\n');
        }
        Table table = Csv.read(text.toString());

        for (int row : new int[] {0, 1, 16_383, 16_384, 24_575, 24_576, 30_001, 49_999}) {
            String expected = row % 3 == 0 ? "name " : "name " + row;
            assertThat(table.column("name", row, row + 1).strings()).containsExactly(expected);
            assertThat(table.rows(new int[] {row}).column("name", 0, 1).strings())
                    .containsExactly(expected);
        }
    }

    /** Enough rows for several groups, and for a file instead of memory. */
    @Test
    void largeTablesAreMapped() throws IOException {
        int rows = 400_000;
        StringBuilder text = new StringBuilder("a,b,c,y\n");
        for (int i = 0; i < rows; i++) {
            text.append(i)
                    .append(',')
                    .append(i * 0.5)
                    .append(",k")
                    .append(i % 7)
                    .append(',')
                    .append(-i)
                    .append('\n');
        }
        Table table = Csv.read(text.toString());

        assertThat(table.rows()).isEqualTo(rows);
        for (int from = 0; from < rows; from += 39_999) {
            int to = Math.min(rows, from + 39_999);
            Tensors part = table.rows(from, to);
            assertThat(part.get("a").longs().get(to - from - 1)).isEqualTo(to - 1);
            assertThat(part.get("b").doubles().get(0)).isEqualTo(from * 0.5);
            assertThat(part.get("c").strings().get(to - from - 1)).isEqualTo("k" + (to - 1) % 7);
        }
        Dataset data = table.dataset(List.of("a", "b"), "y");
        assertThat(data.features().floats().get(2 * 123_456 + 1)).isEqualTo(123_456 * 0.5f);
        assertThat(data.targets().longs().get(rows - 1)).isEqualTo(1 - rows);
    }
}

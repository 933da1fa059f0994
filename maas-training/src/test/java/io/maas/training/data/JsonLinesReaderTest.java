package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesReaderTest {
    private static final ReadOptions DEFAULTS = ReadOptions.defaults();

    private static Table read(String text, ReadOptions options) throws IOException {
        return Table.readJsonLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), options);
    }

    @Test
    void keysAreColumns() throws IOException {
        Table table = read("""
                {"id": 1, "width": 2.5, "city": "K\\u00f6ln", "member": true}

                {"city": null, "id": -2, "width": 4, "member": false, "age": 7}
                {"id": 3, "city": "NA", "width": null, "member": true}
                """, DEFAULTS.withMissing("NA"));

        assertThat(table.toString())
                .isEqualTo("3 rows: id integer, width number, city text, member integer, age number");
        assertThat(Csv.integers(table, "id")).containsExactly(1, -2, 3);
        assertThat(Csv.numbers(table, "width")).containsExactly(2.5, 4, Double.NaN);
        assertThat(Csv.texts(table, "city")).containsExactly("Köln", "", "");
        assertThat(Csv.integers(table, "member")).containsExactly(1, 0, 1);
        assertThat(Csv.numbers(table, "age")).containsExactly(Double.NaN, 7, Double.NaN);
    }

    @Test
    void aColumnMayTurnToTextLate() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 70_000; i++) {
            text.append("{\"a\":1.50,\"b\":").append(i).append("}\n");
        }
        text.append("{\"a\":\"x\",\"b\":1,\"c\":9007199254740993,\"d\":\"y\"}\n");
        Table table = read(text.toString(), DEFAULTS.withType("c", ColumnType.TEXT));

        assertThat(table.column("a", 69_999, 70_001).strings()).containsExactly("1.50", "x");
        assertThat(table.column("b", 69_999, 70_001).toLongArray()).containsExactly(69_999, 1);
        assertThat(table.column("c", 69_999, 70_001).strings()).containsExactly("", "9007199254740993");
        assertThat(table.column("d", 0, 1).strings()).containsExactly("");
    }

    @Test
    void equalsTheSameTableFromCsv(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("data.jsonl"), "{\"a\":1,\"b\":0.1,\"c\":\"x\"}\r\n{\"a\":2,\"c\":\"y\"}");

        assertThat(Table.readJsonLines(file, DEFAULTS).hash())
                .isEqualTo(Csv.read("a,b,c\n1,0.1,x\n2,,y\n").hash());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "{'a':1};{'a':[1]}! json lines, line 2, row 1, key \"a\": an array (expected: a number, a text, true, false or null); flatten the object, or leave the key out",
                "{'a':1};{'a':{'b':1}}! json lines, line 2, row 1, key \"a\": an object (expected: ",
                "{'a':1,'a':2}! json lines, line 1, row 0, key \"a\": the key twice (expected: each key once)",
                "[{'a':1}]! json lines, line 1, row 0: an array (expected: one JSON object a line)",
                "{'a':1};7! json lines, line 2, row 1: a value (expected: one JSON object a line)",
                "{'a':1};{'a':x}! json lines, line 2, row 1: no JSON near column 6 (expected: one JSON object a line)",
                "{'a':NaN}! json lines, line 1, row 0: no JSON near column 9 (expected: one JSON object a line)",
                "{'a':1};{'a':1! json lines, line 2, row 1: the end within an object (expected: one JSON object a line)",
                "{'a':1e999}! json lines, line 1, row 0, key \"a\": \"1e999\" (expected: a finite number)",
                "{'n':'x'}! json lines, line 1, row 0, key \"n\": \"x\" (expected: a number); correct the value, or declare the column as TEXT",
                "{'i':1};{'i':0.5}! json lines, line 2, row 1, key \"i\": \"0.5\" (expected: an integer); correct the value, or declare the column as NUMBER or TEXT",
                "{'i':1};{'a':2}! json lines, line 2, row 1, key \"i\": missing (expected: an integer); declare the column as NUMBER",
                "{'a':2};{'a':2,'i':1}! json lines, line 2, row 1, key \"i\": missing in the rows before (expected: an integer)",
                "{'a':9007199254740993};{}! json lines, line 1, row 0, key \"a\": \"9007199254740993\" (expected: a whole number that float64 holds",
                "{'a':123456789012345678901}! json lines, line 1, row 0, key \"a\": \"123456789012345678901\" (expected: a whole number that float64 holds",
                "{}! json lines: no rows (expected: at least one JSON object with a key)",
                "! json lines: no rows",
                "{'a':1}! json lines: no key \"i\", whose type is declared (expected: one of [a])",
            })
    void saysWhereAndWhatIsWrong(String lines, String message) {
        String text = lines == null ? "" : lines.replace(';', '\n').replace('\'', '"');
        ReadOptions options = DEFAULTS;
        options = text.contains("\"n\"") ? options.withType("n", ColumnType.NUMBER) : options;
        options = text.contains("\"i\"") || message.contains("\"i\"")
                ? options.withType("i", ColumnType.INTEGER)
                : options;
        ReadOptions used = options;

        assertThatThrownBy(() -> read(text, used))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void valuesAreBounded() {
        assertThatThrownBy(() -> read("{\"a\":\"" + "x".repeat(2000) + "\"}", DEFAULTS.withMaxCellBytes(1000)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("json lines, line 1, row 0: a name, a text or a number that is too long (expected: one JSON"
                        + " object a line)");
    }

    @Test
    void columnsAreBounded() throws IOException {
        assertThat(read(wide(1 << 15), DEFAULTS).names()).hasSize(1 << 15);
        assertThatThrownBy(() -> read(wide((1 << 15) + 1), DEFAULTS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("columns: more than 32768 (expected: at most 32768); check the separator, the line breaks"
                        + " or the keys");
    }

    private static String wide(int columns) {
        return IntStream.range(0, columns)
                .mapToObj(i -> "\"c" + i + "\":" + i)
                .collect(Collectors.joining(",", "{", "}\n"));
    }

    @Test
    void bytesOfAnEncodingThatIsNotKnownAreRefused() {
        byte[] bytes = {0, 0, '0', 0, 0, 0, 0, 0};
        assertThatThrownBy(() -> Table.readJsonLines(new ByteArrayInputStream(bytes), DEFAULTS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("(expected: one JSON object a line, in UTF-8)");
    }
}

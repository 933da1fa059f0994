package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvReaderTest {
    private static final CsvOptions DEFAULTS = CsvOptions.defaults();

    @Test
    void typesFollowFromTheCells() throws IOException {
        Table table = Csv.read("id,width,city,age\n1,2.5,Ulm,3\n-2,4,,\n+3,1e-2,Köln,5\n");

        assertThat(table.toString()).isEqualTo("3 rows: id integer, width number, city text, age number");
        assertThat(Csv.integers(table, "id")).containsExactly(1, -2, 3);
        assertThat(Csv.numbers(table, "width")).containsExactly(2.5, 4, 0.01);
        assertThat(Csv.texts(table, "city")).containsExactly("Ulm", "", "Köln");
        assertThat(Csv.numbers(table, "age")).containsExactly(3, Double.NaN, 5);
    }

    @Test
    void withoutHeaderColumnsAreNumbered() throws IOException {
        Table table = Csv.read("1,2\n3,4", DEFAULTS.withoutHeader());

        assertThat(table.names()).containsExactly("column_1", "column_2");
        assertThat(Csv.integers(table, "column_2")).containsExactly(2, 4);
        assertThat(Csv.read("1,2\n", DEFAULTS.withoutHeader().withNames("a", "b"))
                        .names())
                .containsExactly("a", "b");
        assertThat(Csv.read("x,y\n1,2\n", DEFAULTS.withNames("a", "b")).names()).containsExactly("a", "b");
        assertThat(Csv.read(",y\n1,2\n").names()).containsExactly("column_1", "y");
    }

    @Test
    void quotesLineBreaksAndMarks() throws IOException {
        Table table = Csv.read(
                "\ufeffname,note\r\n\"Doe, J.\",\"said \"\"hi\"\"\r\nand left\"\r\n\r\n\"7\",\" x \"\r\n\"\",y\r\n");

        assertThat(Csv.texts(table, "name")).containsExactly("Doe, J.", "7", "");
        assertThat(Csv.texts(table, "note")).containsExactly("said \"hi\"\r\nand left", " x ", "y");
    }

    @Test
    void quotedNumbersAreNumbers() throws IOException {
        assertThat(Csv.integers(Csv.read("a\n\"1\"\n2\n"), "a")).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a;b\n1;2\n",
                "a\tb\n1\t2\n",
                "a|b\n1|2\n",
                "a;b\r1;2\r",
                "a;b\r\n1;2",
                "\n a ; b \n\n  \n 1 ; 2 \n\n"
            })
    void separatorsAndLineBreaks(String text) throws IOException {
        Table table =
                Csv.read(text, DEFAULTS.withSeparator(text.contains(";") ? ';' : text.contains("|") ? '|' : '\t'));

        assertThat(table.names()).containsExactly("a", "b");
        assertThat(table.rows()).isOne();
        assertThat(Csv.integers(table, "b")).containsExactly(2);
    }

    @Test
    void decimalCommas() throws IOException {
        Table table = Csv.read("a;b\n1,5;x\n-0,25;y\n", DEFAULTS.withDecimalComma());

        assertThat(Csv.numbers(table, "a")).containsExactly(1.5, -0.25);
    }

    @Test
    void quotesMayBeOrdinary() throws IOException {
        assertThat(Csv.texts(
                        Csv.read(
                                "a\tb\n5\" pipe\t1\n",
                                DEFAULTS.withSeparator('\t').withoutQuotes()),
                        "a"))
                .containsExactly("5\" pipe");
    }

    @Test
    void spacesStayInTextUnlessTrimmed() throws IOException {
        String text = "a,b\n1, x \n2,  \n3, \"y \" \n";

        assertThat(Csv.texts(Csv.read(text, DEFAULTS.withTrimming()), "b")).containsExactly("x", "", "y ");
        assertThat(Csv.texts(Csv.read("a,b\n1, x \n2,  \n"), "b")).containsExactly(" x ", "");
    }

    @Test
    void markersStandForMissingValues() throws IOException {
        Table table = Csv.read("a,b,c\nNA,?,1\n2, NA ,-999\n?,x,3\n", DEFAULTS.withMissing("NA", "?", "-999"));

        assertThat(Csv.numbers(table, "a")).containsExactly(Double.NaN, 2, Double.NaN);
        assertThat(Csv.texts(table, "b")).containsExactly("", "", "x");
        assertThat(Csv.numbers(table, "c")).containsExactly(1, Double.NaN, 3);
    }

    @Test
    void nonFiniteNumbersMayBeMissing() throws IOException {
        Table table = Csv.read("a,b\nNaN,nan\n1,x\n-inf,y\n1e999,z\n", DEFAULTS.withNonFiniteMissing());

        assertThat(Csv.numbers(table, "a")).containsExactly(Double.NaN, 1, Double.NaN, Double.NaN);
        assertThat(Csv.texts(table, "b")).containsExactly("nan", "x", "y", "z");
    }

    @Test
    void typesMayBeDeclared() throws IOException {
        Table table = Csv.read(
                "a,b,c\n01,2,1.0\n02,3,2\n",
                DEFAULTS.withType("a", ColumnType.TEXT)
                        .withType("b", ColumnType.NUMBER)
                        .withType("c", ColumnType.INTEGER));

        assertThat(Csv.texts(table, "a")).containsExactly("01", "02");
        assertThat(Csv.numbers(table, "b")).containsExactly(2, 3);
        assertThat(Csv.integers(table, "c")).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 70_000, 140_000})
    void aColumnMayTurnToTextAfterAnyNumberOfRows(int after) throws IOException {
        StringBuilder text = new StringBuilder("code,other,late\n");
        for (int i = 0; i < after; i++) {
            text.append("0").append(i % 10).append(",1.50,\n");
        }
        text.append("x1,2,7\n");
        Table table = Csv.read(text.toString());

        assertThat(table.type("code")).isEqualTo(ColumnType.TEXT);
        assertThat(table.column("code", 0, 1).strings()).containsExactly("00");
        assertThat(table.column("code", after - 1, after + 1).strings()).containsExactly("0" + (after - 1) % 10, "x1");
        assertThat(table.column("late", after - 1, after + 1).toDoubleArray()).containsExactly(Double.NaN, 7);
        assertThat(table.column("other", after, after + 1).toDoubleArray()).containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 70_000})
    void integersBecomeNumbersAtTheFirstGapOrFraction(int after) throws IOException {
        StringBuilder text = new StringBuilder("a,b,c\n");
        for (int i = 0; i < after; i++) {
            text.append(i).append(',').append(-i).append(",1\n");
        }
        text.append("0.5,,2\n");
        Table table = Csv.read(text.toString());

        assertThat(table.toString()).endsWith("a number, b number, c integer");
        assertThat(table.column("a", after - 1, after + 1).toDoubleArray()).containsExactly(after - 1, 0.5);
        assertThat(table.column("b", after - 1, after + 1).toDoubleArray()).containsExactly(1 - after, Double.NaN);
        assertThat(Csv.numbers(table, "a")).startsWith(0).hasSize(after + 1);
    }

    @Test
    void readsFilesAndGzip(@TempDir Path folder) throws IOException {
        byte[] text = "a,b\n1,x\n2,y\n".getBytes(StandardCharsets.UTF_8);
        Path plain = Files.write(folder.resolve("data.csv"), text);
        Path packed = Files.write(folder.resolve("data.csv.gz"), gzip(text));

        assertThat(Table.readCsv(plain, DEFAULTS).hash())
                .isEqualTo(Table.readCsv(packed, DEFAULTS).hash())
                .isEqualTo(Table.readCsv(new ByteArrayInputStream(gzip(text)), DEFAULTS)
                        .hash());
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream stream = new GZIPOutputStream(packed)) {
            stream.write(bytes);
        }
        return packed.toByteArray();
    }

    @Test
    void aBrokenGzipStreamIsNamed(@TempDir Path folder) throws IOException {
        byte[] packed = gzip("a\n1\n2\n3\n".getBytes(StandardCharsets.UTF_8));
        Path file = Files.write(folder.resolve("cut.csv.gz"), Arrays.copyOf(packed, packed.length - 9));

        assertThatThrownBy(() -> Table.readCsv(file, DEFAULTS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(file + ": broken gzip stream, ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "a,b;1,2;3! csv, line 3, row 1: 1 cells (expected: 2, as there are names); mend or remove the line",
                "a,b;1,2,3,4! csv, line 2, row 0: 4 cells (expected: 2, as there are names); mend or remove the line, or quote cells that hold the separator",
                "a,b;1,NaN;2,3! csv, line 2, row 0, column \"b\": \"NaN\" (expected: a finite number); mend the cell, or read such cells as missing values with withNonFiniteMissing()",
                "a,b;1,x\"y! csv, line 2, row 0, column \"b\": a quote within a cell",
                "a,b;1,2;3,\"x;y;z! csv, line 3, row 1, column \"b\": a quote that opens here and never closes",
                "a,b;1,\"2\"3! csv, line 2, row 0, column \"b\": text behind a closing quote",
                "a,b,a;1,2,3! csv, line 1: column name \"a\" in columns 1 and 3 (expected: each name once); give names with CsvOptions.withNames(…)",
                "1,2;3,4! csv, line 1: \"1\", numbers alone (expected: the names of the columns); read a file without names with CsvOptions.withoutHeader()",
                "a;9007199254740993;;0.5! csv, line 2, row 0, column \"a\": \"9007199254740993\" (expected: a whole number that float64 holds",
                "a,b! csv: no rows in 1 lines (expected: at least one below the line of names)",
            })
    void saysWhereAndWhatIsWrong(String lines, String message) {
        assertThatThrownBy(() -> Csv.read(lines.replace(';', '\n') + "\n"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void columnsAreBounded() {
        String names = IntStream.rangeClosed(0, 1 << 15).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
        String message = "columns: more than 32768 (expected: at most 32768)";

        assertThatThrownBy(() -> Csv.read(names + "\n" + names.replace("c", "") + "\n"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> Csv.read(names.replace("c", "") + "\n", DEFAULTS.withoutHeader()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void anEmptyFileHasNoRows(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("empty.csv"));

        assertThatThrownBy(() -> Table.readCsv(file, DEFAULTS)).hasMessageStartingWith(file + ": no rows in 0 lines");
        assertThatThrownBy(() -> Table.readCsv(file, DEFAULTS.withoutHeader()))
                .hasMessage(file + ": no rows in 0 lines (expected: at least one)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "INTEGER ! x   ! \"x\" (expected: an integer); mend the cell, or declare the column as NUMBER or TEXT",
                "INTEGER ! 1.5 ! \"1.5\" (expected: an integer); mend the cell, or declare the column as NUMBER or TEXT",
                "INTEGER !     ! \"\" (expected: an integer); mend the cell, or declare the column as NUMBER or TEXT",
                "NUMBER  ! x   ! \"x\" (expected: a number); mend the cell, declare it as missing with withMissing(…), or declare the column as TEXT",
                "NUMBER  ! 1f  ! \"1f\" (expected: a number); mend the cell, declare it as missing with withMissing(…), or declare the column as TEXT",
                "NUMBER  ! inf ! \"inf\" (expected: a finite number); mend the cell, or read such cells as missing values with withNonFiniteMissing()",
            })
    void cellsFitDeclaredTypes(ColumnType type, String cell, String message) {
        String text = "width,kind\n1,0\n" + (cell == null ? "" : cell) + ",1\n";

        assertThatThrownBy(() -> Csv.read(text, DEFAULTS.withType("width", type)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("csv, line 3, row 1, column \"width\": " + message);
    }

    @Test
    void linesAreCountedThroughQuotesAndBlankLines() {
        assertThatThrownBy(() -> Csv.read("a,b\n\n\"x\ny\r\nz\",1\n\n1,q\n2\n"))
                .hasMessageStartingWith("csv, line 8, row 2: 1 cells");
    }

    @Test
    void malformedTextIsRefused() {
        byte[] bytes = "a,b\n1,x\n2,y?\n".getBytes(StandardCharsets.UTF_8);
        bytes[11] = (byte) 0xe4;

        assertThatThrownBy(() -> Table.readCsv(new ByteArrayInputStream(bytes), DEFAULTS))
                .hasMessage(
                        "csv, line 3, row 1, column \"b\": bytes that are not UTF-8 (expected: UTF-8); convert the file");
        assertThatThrownBy(() ->
                        Table.readCsv(new ByteArrayInputStream("a\n1\n".getBytes(StandardCharsets.UTF_16)), DEFAULTS))
                .hasMessageStartingWith("csv, line 1: UTF-16 (expected: UTF-8)");
    }

    @Test
    void cellsAreBounded() {
        CsvOptions small = DEFAULTS.withMaxCellBytes(1000);
        String open = "a\n1\n\"" + "x\n".repeat(1_000_000);

        assertThatThrownBy(() -> Csv.read(open, small))
                .hasMessageStartingWith(
                        "csv, line 3, row 1, column \"a\": more than 1000 bytes behind a quote that opens here");
        assertThatThrownBy(() -> Csv.read("a\n" + "x".repeat(1001), small))
                .hasMessageStartingWith("csv, line 2, row 0, column \"a\": more than 1000 bytes (expected: a cell)");
    }

    @Test
    void largeCellsCrossWindows() throws IOException {
        String cell = "äöü,\"\"\n".repeat(90_000);
        Table table = Csv.read("a,b\n1,\"" + cell + "\"\n2,\"z\"\n");

        assertThat(Csv.texts(table, "b")).containsExactly(cell.replace("\"\"", "\""), "z");
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withSeparator('"'))
                .withMessageStartingWith("separator: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxCellBytes(0))
                .withMessageStartingWith("maxCellBytes: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withNames("a", "a"))
                .withMessageStartingWith("names: [a, a]");
        assertThatThrownBy(() -> Csv.read("a\n1\n", DEFAULTS.withType("b", ColumnType.TEXT)))
                .hasMessage("csv: no column \"b\", whose type is declared (expected: one of [a])");
        assertThatThrownBy(() -> Csv.read("a,b\n1,2\n", DEFAULTS.withNames("a")))
                .hasMessageStartingWith("csv, line 1: 2 columns (expected: 1, as names are given)");
    }
}

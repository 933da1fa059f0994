package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvReaderTest {
    private static Dataset read(String text, CsvOptions options) throws IOException {
        return Dataset.readCsv(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), options);
    }

    @Test
    void theLastColumnHoldsTheClasses() throws IOException {
        Dataset data = read("1,2.5,0\n\n -3 ,1e-2, 4\r\n", CsvOptions.defaults());

        assertThat(data.features().toFloatArray()).containsExactly(1, 2.5f, -3, 0.01f);
        assertThat(data.features().shape().toArray()).containsExactly(2, 2);
        assertThat(data.targets().toLongArray()).containsExactly(0, 4);
        assertThat(data.columns()).isEmpty();
    }

    @Test
    void targetsMayStandElsewhereAndBeNumbers() throws IOException {
        CsvOptions options = CsvOptions.defaults()
                .withSeparator(';')
                .withHeader()
                .withTargetColumn(1)
                .withNumericTargets();

        Dataset data = read("rooms;price;age\n3;1.5;10\n4;2.5;20", options);

        assertThat(data.features().toFloatArray()).containsExactly(3, 10, 4, 20);
        assertThat(data.targets().toFloatArray()).containsExactly(1.5f, 2.5f);
        assertThat(data.targets().shape().toArray()).containsExactly(2, 1);
        assertThat(data.columns()).containsExactly("rooms", "age");
    }

    @Test
    void readsFiles(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("data.csv"), "1,0\n2,1\n");

        assertThat(Dataset.readCsv(file, CsvOptions.defaults()).rows()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,x,0         | line 1, column 2: \"x\" (expected: a finite number); if the first line holds names, use CsvOptions.withHeader()",
                "1,2,0;1,,1    | line 2, column 2: \"\" (expected: a finite number); mend the cell",
                "1,2,0;1,NaN,1 | line 2, column 2: \"NaN\" (expected: a finite number); mend the cell",
                "1,2,0;1,1e99,1| line 2, column 2: \"1e99\" (expected: a finite number); mend the cell",
                "1,2,0;1,2f,1  | line 2, column 2: \"2f\" (expected: a finite number); mend the cell",
                "1,2,0;1,2,cat | line 2, column 3: \"cat\" (expected: a class index such as 3; or use CsvOptions.withNumericTargets()); mend the cell",
                "1,2,0;1,2     | line 2: 2 columns (expected: 3 as in the first line); mend or remove the line",
                "1;2           | line 1: 1 columns (expected: features and a target in column 1); check the separator and the target column"
            })
    void saysWhereAndWhatIsWrong(String lines, String message) {
        assertThatThrownBy(() -> read(lines.replace(';', '\n'), CsvOptions.defaults()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(message);
    }

    @Test
    void namesTheColumnAndQuotesTheCell() {
        assertThatThrownBy(() ->
                        read("width,kind\n1,0\nä\u0007,1", CsvOptions.defaults().withHeader()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "line 3, column 1 (\"width\"): \"\\u00e4\\u0007\" (expected: a finite number); mend the cell");
    }

    @Test
    void anEmptyFileHasNoRows() {
        assertThatThrownBy(() -> read("", CsvOptions.defaults()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("no rows in 0 lines");
        assertThatThrownBy(() -> read("a,b\n", CsvOptions.defaults().withHeader()))
                .hasMessageStartingWith("no rows in 1 lines");
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvOptions.defaults().withSeparator('"'))
                .withMessageStartingWith("separator: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvOptions.defaults().withTargetColumn(-2))
                .withMessageStartingWith("targetColumn: -2");
        assertThatThrownBy(() -> read("1,2", CsvOptions.defaults().withTargetColumn(2)))
                .hasMessageStartingWith("line 1: 2 columns (expected: features and a target in column 3)");
    }
}

package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableFileTest {
    @TempDir
    Path folder;

    private Path write(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("data.csv"), text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        return file;
    }

    private CsvOptions cached() {
        return CsvOptions.defaults().withCache(folder.resolve("cache/data.table"));
    }

    private static final String TEXT = "a,b,c\n1,0.5,x\n2,,\n3,1.5,y\n";

    @Test
    void aCacheHoldsTheSameTable() throws IOException {
        Path file = write(TEXT);
        String hash = Table.readCsv(file, CsvOptions.defaults()).hash();

        assertThat(Table.readCsv(file, cached()).hash()).isEqualTo(hash);
        // Same size and time: what is read now can only come from the cache.
        write(TEXT.replace('x', 'z'));
        assertThat(Table.readCsv(file, cached()).hash()).isEqualTo(hash);
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            assertThat(files.map(each -> each.getFileName().toString())).containsExactly("data.table");
        }
    }

    @Test
    void anotherSourceOrOtherOptionsReplaceTheCache() throws IOException {
        Path file = write(TEXT);
        Table.readCsv(file, cached());

        write(TEXT + "4,2,z\n");
        assertThat(Table.readCsv(file, cached()).rows()).isEqualTo(4);
        assertThat(Table.readCsv(file, cached().withType("a", ColumnType.TEXT)).type("a"))
                .isEqualTo(ColumnType.TEXT);
        Files.setLastModifiedTime(Files.writeString(file, TEXT + "5,2,z\n"), FileTime.fromMillis(2_000_000));
        assertThat(Csv.integers(Table.readCsv(file, cached()), "a")).containsExactly(1, 2, 3, 5);
    }

    @Test
    void aDamagedCacheIsReplaced() throws IOException {
        Path file = write(TEXT);
        String hash = Table.readCsv(file, cached()).hash();
        Path cache = folder.resolve("cache/data.table");
        byte[] good = Files.readAllBytes(cache);

        for (int at = 0; at < good.length; at += 7) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(cache, bad);
            assertThat(Table.readCsv(file, cached()).hash()).as("byte %d", at).isEqualTo(hash);
            assertThat(Files.readAllBytes(cache)).hasSameSizeAs(good);
        }
        for (int size : new int[] {0, 1, 24, good.length / 2, good.length - 1}) {
            Files.write(cache, java.util.Arrays.copyOf(good, size));
            assertThat(Table.readCsv(file, cached()).hash())
                    .as("%d bytes", size)
                    .isEqualTo(hash);
        }
    }

    @Test
    void aFailureLeavesNothingBehind() throws IOException {
        Path file = write("a,b\n1,2\n3\n");

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Table.readCsv(file, cached()))
                .hasMessageContaining("line 3");
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aStreamHasNoCache() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Table.readCsv(new ByteArrayInputStream(new byte[0]), cached()))
                .withMessageStartingWith("cache: ");
    }
}

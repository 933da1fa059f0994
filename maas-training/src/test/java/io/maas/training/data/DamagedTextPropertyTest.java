package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.error.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are damaged or never were tables: they are read or refused in words, and nothing else. */
class DamagedTextPropertyTest {
    private static final int CASES = 3000;
    private static final String CSV =
            "name,age,note\n\"Ann, \"\"the\"\" first\",31,x\nBob,,\"two\nlines\"\r\nÇelik,4.5e1,😀\n";
    private static final String JSON_LINES =
            "{\"name\":\"Ann \\u00e7 \\\"x\\\"\",\"age\":31}\n{\"age\":4.5e1,\"name\":null}\n\n{\"name\":\"😀\",\"age\":-7}\n";

    private interface Reader {
        Table read(InputStream bytes) throws IOException;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void csvIsReadOrRefused(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Reader reader = bytes -> Table.readCsv(bytes, CsvOptions.defaults());
        int read = 0;
        for (int i = 0; i < CASES; i++) {
            read += isRead(reader, damaged(CSV, "\",\n\r;\t 0123456789.eE+-", random), seed, i);
        }
        assertThat(read).as("of both kinds there are many").isBetween(CASES / 20, CASES - CASES / 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void jsonLinesAreReadOrRefused(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Reader reader = bytes -> Table.readJsonLines(bytes, ReadOptions.defaults());
        int read = 0;
        for (int i = 0; i < CASES; i++) {
            read += isRead(reader, damaged(JSON_LINES, "{}[]\",:\n\\u0123456789.eE+-null", random), seed, i);
        }
        assertThat(read).as("of both kinds there are many").isBetween(CASES / 50, CASES - CASES / 20);
    }

    /** 1 if the bytes are read, 0 if they are refused. */
    private static int isRead(Reader reader, byte[] bytes, long seed, int number) {
        try {
            Table table = reader.read(new ByteArrayInputStream(bytes));
            table.rows(0, table.rows());
            return 1;
        } catch (InvalidInputException e) {
            assertThat(e.getMessage()).isNotBlank();
            return 0;
        } catch (IOException | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", case " + number + ": " + new String(bytes, StandardCharsets.ISO_8859_1), e);
        }
    }

    /** One to four pieces of a text put elsewhere, left out, doubled, or other bytes in their place. */
    private static byte[] damaged(String text, String likely, SplittableRandom random) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int from = random.nextInt(bytes.length);
            int to = Math.min(bytes.length, from + random.nextInt(6));
            byte[] between = switch (random.nextInt(4)) {
                case 0 -> new byte[0];
                case 1 -> new byte[] {(byte) random.nextInt(256)};
                case 2 -> likely.substring(random.nextInt(likely.length())).getBytes(StandardCharsets.UTF_8);
                default -> java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 20));
            };
            byte[] next = new byte[bytes.length - (to - from) + between.length];
            System.arraycopy(bytes, 0, next, 0, from);
            System.arraycopy(between, 0, next, from, between.length);
            System.arraycopy(bytes, to, next, from + between.length, bytes.length - to);
            bytes = next.length == 0 ? new byte[] {'\n'} : next;
        }
        return bytes;
    }
}

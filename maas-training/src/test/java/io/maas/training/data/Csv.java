package io.maas.training.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Tables from text. */
final class Csv {
    private Csv() {}

    static Table read(String text, CsvOptions options) throws IOException {
        return Table.readCsv(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), options);
    }

    static Table read(String text) throws IOException {
        return read(text, CsvOptions.defaults());
    }

    static double[] numbers(Table table, String column) {
        return table.column(column, 0, table.rows()).toDoubleArray();
    }

    static long[] integers(Table table, String column) {
        return table.column(column, 0, table.rows()).toLongArray();
    }

    static java.util.List<String> texts(Table table, String column) {
        return table.column(column, 0, table.rows()).strings();
    }
}

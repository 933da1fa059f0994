package io.maas.benchmarks;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Temporary files of separated values, the same on every machine. */
public final class CsvData {
    static final int COLUMNS = 10;

    /** What stands in the cells. */
    public enum Content {
        /** Integers of up to three digits and numbers of up to six, four of them behind the point. */
        SHORT,
        /** Numbers between 0 and 1 with all their digits. */
        LONG,
        /** Four columns of quoted texts of which there are 200, three of numbers with all digits, three of texts that differ. */
        MIXED
    }

    private CsvData() {}

    /** A file of about so many bytes, with a line of names; the caller deletes it. */
    public static Path write(Content content, long bytes) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        Path file = Files.createTempFile("csv-benchmark-", ".csv");
        long written = 0;
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            stream.write("a,b,c,d,e,f,g,h,i,j\n".getBytes(StandardCharsets.UTF_8));
            StringBuilder row = new StringBuilder();
            while (written < bytes) {
                row.setLength(0);
                for (int i = 0; i < COLUMNS; i++) {
                    cell(content, i % 3, random, row.append(i == 0 ? "" : ","));
                }
                byte[] line = row.append('\n').toString().getBytes(StandardCharsets.UTF_8);
                stream.write(line);
                written += line.length;
            }
        }
        return file;
    }

    private static void cell(Content content, int kind, SplittableRandom random, StringBuilder to) {
        switch (content) {
            case SHORT -> {
                if (kind == 0) {
                    to.append(random.nextInt(1000));
                } else {
                    to.append(random.nextInt(1_000_000) / 1e4);
                }
            }
            case LONG -> to.append(random.nextDouble());
            case MIXED -> {
                switch (kind) {
                    case 0 ->
                        to.append("\"city, no ").append(random.nextInt(200)).append('"');
                    case 1 -> to.append(100 * random.nextDouble());
                    default -> to.append("text without quote ").append(random.nextInt(1 << 20));
                }
            }
        }
    }
}

package io.maas.training.preprocessing;

import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;

/** Raw columns with all that comes in through the door. */
final class RandomColumns {
    static final List<String> WORDS = List.of(
            "red",
            "",
            "Gr\u00fc\u00dfe",
            "\uD83D\uDE00",
            "a\0b",
            "\"quoted\", it's",
            "\u65e5\u672c",
            " ",
            "RED",
            "x\uD83D\uDE80y",
            "\u07ff\uffff");

    private static final List<String> DATES = List.of(
            "2024-02-29",
            "2023-02-29",
            "1900-02-29",
            "2000-02-29",
            "",
            "0001-01-01",
            "0000-01-01",
            "9999-12-31",
            "2024-13-01",
            "2024-06-31",
            "2024-05-17T23:59",
            "2024-05-17 00:07:59",
            "2024-05-17T13:05:01.123456789Z",
            "2024-05-17T13:05+02:00",
            "2024-05-17 09:59:59-11:30",
            "2024-05-17T24:00",
            "2024-05-17T",
            "17.05.2024",
            "2024-05-17\n",
            "2024-5-17",
            "\uD83D\uDE00",
            "2024-05-17T13:05:01z",
            " 2024-05-17",
            "1970-01-01",
            "2024-05-17T13");

    private final Random random;
    private final int rows;

    RandomColumns(long seed, int rows) {
        this.random = new Random(seed);
        this.rows = rows;
    }

    private Tensor doubles(IntFunction<Double> cell) {
        double[] values = new double[rows];
        Arrays.setAll(values, i -> cell.apply(i));
        return Tensor.of(values);
    }

    private Tensor texts(IntFunction<String> cell) {
        String[] values = new String[rows];
        Arrays.setAll(values, cell);
        return Tensor.of(values);
    }

    private Tensor longs(IntFunction<Long> cell) {
        long[] values = new long[rows];
        Arrays.setAll(values, i -> cell.apply(i));
        return Tensor.of(values);
    }

    private double gappy(double value) {
        return random.nextInt(5) == 0 ? Double.NaN : value;
    }

    /** @param words how many of the words may occur */
    Tensors all(int words) {
        Map<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("gaps", doubles(i -> gappy(random.nextGaussian() * 100 + 30)));
        columns.put("whole", doubles(i -> random.nextGaussian()));
        columns.put("tiny", doubles(i -> random.nextGaussian() * 1e-9));
        columns.put("huge", doubles(i -> random.nextGaussian() * 1e18));
        columns.put(
                "extreme",
                doubles(i -> gappy(List.of(1e300, -1e300, Double.MIN_VALUE, -0.0, 1e-40, 3.5)
                        .get(random.nextInt(6)))));
        columns.put("positive", doubles(i -> gappy(Math.exp(random.nextGaussian() * 5))));
        columns.put("constant", doubles(i -> 7.25));
        columns.put("empty", doubles(i -> Double.NaN));
        columns.put("count", longs(i -> (long) random.nextInt(words)));
        columns.put("long", longs(i -> random.nextInt(9) == 0 ? Long.MIN_VALUE : random.nextLong()));
        columns.put("coded", doubles(i -> gappy(random.nextInt(words))));
        columns.put("word", texts(i -> WORDS.get(random.nextInt(words))));
        columns.put(
                "text",
                texts(i -> random.ints(random.nextInt(12), 0, 0x2ff)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .append(WORDS.get(random.nextInt(WORDS.size())))
                        .toString()));
        columns.put("date", texts(i -> random.nextInt(3) == 0 ? DATES.get(random.nextInt(DATES.size())) : date()));
        columns.put("day", texts(i -> date()));
        return Tensors.copyOf(columns);
    }

    private String date() {
        return java.time.LocalDate.ofEpochDay(random.nextInt(60_000) - 20_000)
                .atTime(random.nextInt(24), random.nextInt(60))
                .toString();
    }
}

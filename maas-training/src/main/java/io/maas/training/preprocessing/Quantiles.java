package io.maas.training.preprocessing;

import java.util.TreeMap;

/**
 * Exact quantiles of any number of values in bounded memory: a radix selection over the bits of the numbers. Each of {@value
 * #PASSES} passes counts the next {@value #BITS} bits of the values whose bits so far are those of a wanted one, so that no value
 * is ever kept; {@code 2 * quantiles * 2^11} counters at most.
 *
 * <p>A quantile {@code q} of {@code n} values lies at place {@code q (n - 1)} of their order, between two values in proportion.
 *
 * @see "Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7"
 */
final class Quantiles implements Statistic {
    private static final int BITS = 11;
    private static final int PASSES = 6;

    private final double[] wanted;
    private final long[] ranks;
    private final long[] prefixes;
    private final TreeMap<Long, long[]> counts = new TreeMap<>();
    private long total;
    private int pass;

    /** @param wanted each {@code 0 <= q <= 1} */
    Quantiles(double... wanted) {
        this.wanted = wanted;
        this.ranks = new long[2 * wanted.length];
        this.prefixes = new long[ranks.length];
        counts.put(0L, new long[1 << BITS]);
    }

    @Override
    public boolean isWanting() {
        return pass < PASSES;
    }

    @Override
    public void see(double value) {
        total += pass == 0 ? 1 : 0;
        long bits = sortable(value);
        long[] buckets = counts.get(prefix(bits, pass));
        if (buckets != null) {
            buckets[digit(bits, pass)]++;
        }
    }

    /** Numbers as unsigned integers of the same order; -0.0 counts as 0.0. */
    private static long sortable(double value) {
        long bits = Double.doubleToRawLongBits(value + 0.0);
        return bits < 0 ? ~bits : bits | Long.MIN_VALUE;
    }

    private static double number(long sortable) {
        return Double.longBitsToDouble(sortable < 0 ? sortable & Long.MAX_VALUE : ~sortable);
    }

    private static int shift(int pass) {
        return Math.max(0, Long.SIZE - BITS * (pass + 1));
    }

    private static long prefix(long bits, int pass) {
        return pass == 0 ? 0 : bits >>> shift(pass - 1);
    }

    private static int width(int pass) {
        return pass == 0 ? BITS : shift(pass - 1) - shift(pass);
    }

    private static int digit(long bits, int pass) {
        return (int) (bits >>> shift(pass)) & ((1 << width(pass)) - 1);
    }

    @Override
    public void endPass() {
        if (pass == 0) {
            for (int i = 0; i < wanted.length; i++) {
                double place = wanted[i] * Math.max(0, total - 1);
                ranks[2 * i] = (long) Math.floor(place);
                ranks[2 * i + 1] = (long) Math.ceil(place);
            }
        }
        for (int i = 0; i < ranks.length && total > 0; i++) {
            descend(i);
        }
        pass++;
        counts.clear();
        for (long prefix : prefixes) {
            counts.putIfAbsent(prefix, new long[1 << BITS]);
        }
    }

    /** Finds the next digit of one wanted value, and its rank among the values that share it. */
    private void descend(int index) {
        long[] buckets = counts.get(prefixes[index]);
        int digit = 0;
        while (buckets != null && ranks[index] >= buckets[digit]) {
            ranks[index] -= buckets[digit++];
        }
        prefixes[index] = (prefixes[index] << width(pass)) | digit;
    }

    /** The values wanted, in the order in which they were asked for; 0 of nothing. */
    double[] values() {
        double[] found = new double[wanted.length];
        for (int i = 0; i < found.length && total > 0; i++) {
            double low = number(prefixes[2 * i]);
            double high = number(prefixes[2 * i + 1]);
            double place = wanted[i] * (total - 1);
            double share = place - Math.floor(place);
            found[i] = share == 0 ? low : low * (1 - share) + high * share;
        }
        return found;
    }
}

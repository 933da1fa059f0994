package io.maas.training.data;

import java.math.BigInteger;

/**
 * The float64 number nearest to {@code mantissa · 10^exponent}, ties to even, without big numbers.
 *
 * <p>Small numbers are one exact division or product (Clinger, How to Read Floating Point Numbers Accurately, 1990); others are
 * the upper bits of a product with a 128-bit power of five.
 *
 * @see "Lemire, Number Parsing at a Gigabyte per Second, Software: Practice and Experience 51 (2021), algorithm 1"
 */
final class Decimals {
    private static final int LOWEST = -342;
    private static final int HIGHEST = 308;
    private static final double[] TENS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    /** The upper and lower halves of the 128 leading bits of the powers of five; negative powers are rounded up. */
    private static final long[] FIVES = fives();

    private Decimals() {}

    private static long[] fives() {
        long[] halves = new long[2 * (HIGHEST - LOWEST + 1)];
        for (int q = LOWEST; q <= HIGHEST; q++) {
            BigInteger power = BigInteger.valueOf(5).pow(Math.abs(q));
            BigInteger bits;
            if (q >= 0) {
                bits = leading(power);
            } else {
                // 2^b / 5^-q of more than 128 bits, rounded up before it is cut.
                int b = 2 * power.bitLength() + 128;
                BigInteger inverse = BigInteger.ONE
                        .shiftLeft(q >= -27 ? power.bitLength() + 127 : b)
                        .divide(power)
                        .add(BigInteger.ONE);
                bits = leading(inverse);
            }
            halves[2 * (q - LOWEST)] = bits.shiftRight(64).longValue();
            halves[2 * (q - LOWEST) + 1] = bits.longValue();
        }
        return halves;
    }

    private static BigInteger leading(BigInteger number) {
        return number.shiftLeft(128 - number.bitLength());
    }

    /**
     * The nearest number, which is infinite beyond the range.
     *
     * @param mantissa unsigned
     * @return NaN if this method cannot tell, which happens next to ties and below the normal numbers; ask {@link
     *     Double#parseDouble} then
     */
    static double of(long mantissa, int exponent) {
        if (mantissa >>> 53 == 0 && -22 <= exponent && exponent <= 22) {
            return exponent < 0 ? mantissa / TENS[-exponent] : mantissa * TENS[exponent];
        }
        if (mantissa == 0 || exponent < LOWEST) {
            return mantissa == 0 ? 0 : Double.NaN;
        }
        return exponent > HIGHEST ? Double.POSITIVE_INFINITY : product(mantissa, exponent);
    }

    private static double product(long mantissa, int exponent) {
        int zeros = Long.numberOfLeadingZeros(mantissa);
        long normal = mantissa << zeros;
        long five = FIVES[2 * (exponent - LOWEST)];
        long low = normal * five;
        long high = upper(normal, five);
        if ((high & 0x1ff) == 0x1ff) {
            long more = upper(normal, FIVES[2 * (exponent - LOWEST) + 1]);
            low += more;
            if (Long.compareUnsigned(low, more) < 0) {
                high++;
            }
        }
        if (low == -1 && (exponent < -27 || exponent > 55)) {
            return Double.NaN;
        }
        int top = (int) (high >>> 63);
        int shift = top + 9;
        long bits = high >>> shift;
        // floor(log2(10^exponent)) + 63, from log2(10) = 217706 / 65536 with enough digits for this range.
        long binary = ((217706L * exponent) >> 16) + 63 + top - zeros + 1023;
        if (binary <= 0) {
            return Double.NaN;
        }
        boolean tie = Long.compareUnsigned(low, 1) <= 0 && -4 <= exponent && exponent <= 23;
        if (tie && (bits & 3) == 1 && bits << shift == high) {
            bits &= ~1L;
        }
        bits = (bits + (bits & 1)) >>> 1;
        if (bits >= 1L << 53) {
            bits = 1L << 52;
            binary++;
        }
        return binary >= 0x7ff
                ? Double.POSITIVE_INFINITY
                : Double.longBitsToDouble((bits & ~(1L << 52)) | (binary << 52));
    }

    /** The upper half of a product of unsigned numbers. */
    private static long upper(long a, long b) {
        return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
    }
}

package io.maas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rounding to float16 and bfloat16 against another formulation: all 65,536 values are listed from the definition of the format,
 * and the nearest one is looked up by exact distance, the one with an even last bit where two are as near.
 */
class HalfPrecisionPropertyTest {
    private static final int CASES = 20_000;

    /** Bits of the fraction, bias of the exponent. */
    private enum Format {
        FLOAT16(DataType.FLOAT16, 10, 15),
        BFLOAT16(DataType.BFLOAT16, 7, 127);

        private final DataType type;
        private final int fractionBits;
        private final int bias;

        Format(DataType type, int fractionBits, int bias) {
            this.type = type;
            this.fractionBits = fractionBits;
            this.bias = bias;
        }

        int infinity() {
            return (1 << 15) - (1 << fractionBits);
        }

        /** {@code 2^(e - bias) (1 + f / 2^bits)}; without the 1, and with e = 1, where the exponent's bits are all zero. */
        double definition(int bits) {
            int exponent = bits >> fractionBits;
            double fraction = (bits & (1 << fractionBits) - 1) / (double) (1 << fractionBits);
            return exponent == 0 ? fraction * Math.pow(2, 1 - bias) : (1 + fraction) * Math.pow(2, exponent - bias);
        }

        /** All finite values that are not negative, in order: each at the place that its bits spell. */
        double[] finite() {
            return IntStream.range(0, infinity()).mapToDouble(this::definition).toArray();
        }

        /** The bits of the value nearest to a positive number. */
        int nearest(double[] values, double value) {
            int found = Arrays.binarySearch(values, value);
            if (found >= 0) {
                return found;
            }
            int upper = -found - 1;
            int lower = upper - 1;
            // One step past the greatest value stands for infinity.
            double above = upper == values.length ? Math.scalb(1.0, bias + 1) : values[upper];
            int order = distance(value, values[lower]).compareTo(distance(value, above));
            if (order == 0) {
                return lower % 2 == 0 ? lower : upper;
            }
            return order < 0 ? lower : upper;
        }

        private static BigDecimal distance(double a, double b) {
            return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
        }

        short round(double value) {
            return Tensor.of(type, new double[] {value}, Shape.of(1)).shorts().get(0);
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void everyBitPatternIsReadAsItsDefinitionSaysAndWrittenBack(Format format) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            Tensor tensor = Tensor.copyOf(format.type, Shape.of(1), bytes((short) bits));
            int magnitude = bits & 0x7fff;
            double sign = bits < 1 << 15 ? 1 : -1;
            double read = tensor.item();
            if (magnitude > format.infinity()) {
                assertThat(read).as("bits %x", bits).isNaN();
            } else {
                double expected =
                        magnitude == format.infinity() ? Double.POSITIVE_INFINITY : format.definition(magnitude);
                assertThat(Double.compare(read, sign * expected))
                        .as("bits %x", bits)
                        .isZero();
                assertThat(format.round(read)).as("bits %x", bits).isEqualTo((short) bits);
            }
        }
    }

    private static java.nio.ByteBuffer bytes(short bits) {
        java.nio.ByteBuffer bytes = Tensor.newMemory(2);
        bytes.putShort(0, bits);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void roundingGivesTheNearestValue(Format format) {
        long seed = 42;
        Random random = new Random(seed);
        double[] values = format.finite();
        for (int i = 0; i < CASES; i++) {
            double value = sample(format, random);
            int expected = format.nearest(values, Math.abs(value)) | (value < 0 ? 0x8000 : 0);
            assertThat(format.round(value))
                    .as("seed %d, case %d: %s", seed, i, Double.toHexString(value))
                    .isEqualTo((short) expected);
        }
    }

    /** Numbers over the whole range, and numbers on and just beside the ties. */
    private static double sample(Format format, Random random) {
        double sign = random.nextBoolean() ? 1 : -1;
        if (random.nextBoolean()) {
            int spread = 2 * format.bias + 2 * format.fractionBits;
            return sign * Math.scalb(1 + random.nextDouble(), random.nextInt(spread) - spread / 2);
        }
        int bits = random.nextInt(format.infinity() - 1);
        double tie = (format.definition(bits) + format.definition(bits + 1)) / 2;
        return switch (random.nextInt(3)) {
            case 0 -> sign * tie;
            case 1 -> sign * Math.nextUp(tie);
            default -> sign * Math.nextDown(tie);
        };
    }

    @Test
    void theEndsOfTheRanges() {
        double[] values = {65504, 65519.999, 65520, 0x1p-25, 0x1.0000001p-25, -0.0, Double.NaN, -1e300};
        double infinity = Double.POSITIVE_INFINITY;
        assertThat(Tensor.of(DataType.FLOAT16, values, Shape.of(values.length)).toDoubleArray())
                .containsExactly(65504, 65504, infinity, 0, 0x1p-24, -0.0, Double.NaN, -infinity);
        double greatest = 0x1.fep127;
        double[] wide = {greatest, 0x1.feffffp127, 0x1.ffp127, Double.MIN_VALUE, Double.MAX_VALUE, -infinity};
        assertThat(Tensor.of(DataType.BFLOAT16, wide, Shape.of(wide.length)).toDoubleArray())
                .containsExactly(greatest, greatest, infinity, 0, infinity, -infinity);
    }

    @Test
    void bfloat16IsNotRoundedTwice() {
        // As a float this would be the tie 1 + 2^-8, and then the even neighbour 1.
        double justAboveATie = 1 + 0x1p-8 + 0x1p-40;
        double justBelowATie = 1 + 3 * 0x1p-8 - 0x1p-40;
        assertThat(Tensor.of(DataType.BFLOAT16, new double[] {justAboveATie, justBelowATie}, Shape.of(2))
                        .toDoubleArray())
                .containsExactly(1 + 0x1p-7, 1 + 0x1p-7);
    }
}

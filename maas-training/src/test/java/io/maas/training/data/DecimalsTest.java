package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
    private static double parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        NumberParser parser = new NumberParser('.');
        NumberParser.Kind kind = parser.parse(bytes, 0, bytes.length);
        assertThat(kind).as(text).isIn(NumberParser.Kind.NUMBER, NumberParser.Kind.INTEGER);
        return parser.number();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "-0.0",
                "1",
                "+1.5",
                ".5",
                "5.",
                "1e5",
                "1E-5",
                "1e+22",
                "1e23",
                "9007199254740993.0",
                "0.1",
                "123456789012345678",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "18446744073709551616",
                "1.7976931348623157e308",
                "4.9e-324",
                "2.2250738585072011e-308",
                "2.2250738585072014e-308",
                "1e-400",
                "0e999999999999",
                "8.41e21",
                "9.5e-5",
                "0.000000000000000000000000000000000000012345678901234567",
                "100000000000000016777215",
                "100000000000000016777216",
                "6.8985865317742005e-309",
                "7.2057594037927933e16",
                "12345678901234567890123456789012345678901234567890.5e-10",
                "1e22",
                "3e-324"
            })
    void isTheNearestNumber(String text) {
        assertThat(Double.doubleToRawLongBits(parse(text)))
                .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void randomBitsComeBack(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertThat(parse(Double.toString(value))).as("seed %d", seed).isEqualTo(value);
            }
        }
    }

    /** Every exponent, with mantissas of all lengths, and next to ties. */
    @Test
    void randomDecimalsAreTheNearestNumbers() {
        SplittableRandom random = new SplittableRandom(4);
        int decided = 0;
        for (int i = 0; i < 300_000; i++) {
            long mantissa = random.nextLong() >>> random.nextInt(64);
            if (i % 3 == 0) {
                mantissa = (mantissa >>> 10 | 1L << 53) << 1 | 1;
            }
            int exponent = random.nextInt(-340, 309);
            double value = Decimals.of(mantissa, exponent);
            if (!Double.isNaN(value)) {
                decided++;
                String text = Long.toUnsignedString(mantissa) + "e" + exponent;
                assertThat(value).as(text).isEqualTo(Double.parseDouble(text));
            }
        }
        assertThat(decided).isGreaterThan(280_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "x", "1x", "1f", "0x10", "1_000", "1,5", "--1", "+-1", "+", "-", ".", "e5", "1e", "1e+", "1.2.3",
                "1e5.0", " 1", "١", "1e5x", "nano"
            })
    void isNoNumber(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(new NumberParser('.').parse(bytes, 0, bytes.length)).isEqualTo(NumberParser.Kind.TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "NaN", "-NAN", "inf", "+Infinity", "-infinity", "1e309", "-1e99999999999"})
    void isNotFinite(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(new NumberParser('.').parse(bytes, 0, bytes.length)).isEqualTo(NumberParser.Kind.NOT_FINITE);
    }
}

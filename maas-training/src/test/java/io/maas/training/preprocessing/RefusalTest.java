package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import org.junit.jupiter.api.Test;

/** What Java refuses, the graph refuses, and the other way round. */
class RefusalTest {
    private static final Tensor NUMBERS = Tensor.of(new double[] {1, 2, 3, 4});

    private static Tensor numbers(double... values) {
        return Tensor.of(values);
    }

    private static Tensor texts(String... values) {
        return Tensor.of(values);
    }

    /** Both messages go on so behind the column. */
    private static void refuses(Transformation step, Tensor train, Tensor bad, String java, String graph) {
        FittedPreprocessing fitted = Preprocessing.of(step).fit(Tensors.of("x", train));
        Tensors rows = Tensors.of("x", bad);
        assertThatThrownBy(() -> fitted.transform(rows))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"x\", row 1: " + java);
        try (Program program = Backends.load().preferred().compile(fitted.graph(), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("column \"x\": " + graph);
            assertThat(program.run(Tensors.of("x", train)))
                    .as("good rows after bad ones")
                    .isEqualTo(fitted.transform(Tensors.of("x", train)));
        }
    }

    private static void refusesNumber(Numbers step, double bad) {
        String expected =
                " (expected: a number that gives a finite float32; fill missing values, clip or scale large ones)";
        refuses(
                step,
                NUMBERS,
                numbers(1, bad),
                (Double.isNaN(bad) ? "missing" : String.valueOf(bad)) + expected,
                "a value that is missing or too large" + expected);
    }

    @Test
    void numbersThatGiveNoFeature() {
        refusesNumber(Numbers.of("x"), Double.NaN);
        refusesNumber(Numbers.of("x").clip(-5, 5).standardize(), Double.NaN);
        refusesNumber(Numbers.of("x"), Double.POSITIVE_INFINITY);
        refusesNumber(Numbers.of("x").fillMean(), Double.NEGATIVE_INFINITY);
        refusesNumber(Numbers.of("x").minMax(), 1e300);
        refusesNumber(Numbers.of("x").log1p(), -1);
        refusesNumber(Numbers.of("x").log1p().clip(0, 1), -2);
    }

    @Test
    void categoriesThatWereNotThere() {
        String expected = " (expected: a category of the training data: \"a\", \"b\")";
        String unseen = "a category that the training data did not have" + expected;
        refuses(Categories.of("x"), texts("b", "a"), texts("a", "c"), "\"c\"" + expected, unseen);
        refuses(Categories.of("x"), texts("b", "a"), texts("a", "\uD83D\uDE00"), "\"\\u1f600\"" + expected, unseen);
        refuses(Categories.of("x").ids("id"), texts("b", "a"), texts("a", ""), "missing" + expected, unseen);
        String numbers = " (expected: a category of the training data: missing, \"1\", \"4\")";
        refuses(
                Categories.of("x").ordinal(),
                numbers(1, Double.NaN, 4),
                numbers(4, 1.5),
                "a fraction" + numbers,
                "a category that the training data did not have" + numbers);
    }

    @Test
    void missingValuesWithoutABin() {
        String message = "missing (expected: a number, as no value was missing in the training data)";
        refuses(Bins.quantiles(2, "x"), NUMBERS, numbers(1, Double.NaN), message, message);
    }

    @Test
    void textThatIsNoDate() {
        String expected = " (expected: a date such as 2024-02-29, or 2024-02-29T13:45)";
        Tensor good = texts("2024-02-29", "2023-01-01 10:00");
        refuses(
                DateParts.of("x"),
                good,
                texts("2024-02-29", "2023-02-29"),
                "\"2023-02-29\"" + expected,
                "missing or not a date" + expected);
        refuses(
                DateParts.of("x"),
                good,
                texts("2024-02-29", ""),
                "missing" + expected,
                "missing or not a date" + expected);
        refuses(
                DateParts.of("x").allowMissing(),
                texts("2024-02-29", ""),
                texts("", "soon"),
                "\"soon\"" + expected,
                "not a date" + expected);
    }

    @Test
    void ofSeveralColumnsTheMessageNamesAll() {
        FittedPreprocessing fitted = Preprocessing.of(Numbers.of("x", "y")).fit(Tensors.of("x", NUMBERS, "y", NUMBERS));
        Tensors rows = Tensors.of("x", numbers(1), "y", numbers(Double.NaN));
        assertThatThrownBy(() -> fitted.transform(rows)).hasMessageStartingWith("column \"y\", row 0: missing");
        try (Program program = Backends.load().preferred().compile(fitted.graph(), ProgramOptions.serving())) {
            assertThatThrownBy(() -> program.run(rows))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("one of the columns [\"x\", \"y\"]: a value that is missing or too large");
        }
    }

    /** The rows take 5 MB, what becomes of them 2.4 GB; a data set may be as large, as it need not be one tensor. */
    @Test
    void anOutputTooLargeForATensor() {
        FittedPreprocessing fitted =
                Preprocessing.of(HashBuckets.of(1000, "x")).fit(Tensors.of("x", Tensor.of(new long[] {1})));
        Tensors many = Tensors.of("x", Tensor.of(new long[600_000]));
        assertThatThrownBy(() -> fitted.transform(many))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("bytes: 2400000000 for float32[600000, 1000] (expected: at most 2 GiB in one tensor);"
                        + " split the rows, or have fewer columns");
    }
}

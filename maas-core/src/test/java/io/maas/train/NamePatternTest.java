package io.maas.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
    @ParameterizedTest
    @CsvSource({
        "*weight, dense_1/weight, true",
        "*weight, dense_1/weights, false",
        "dense_?/bias, dense_2/bias, true",
        "dense_?/bias, dense_12/bias, false",
        "a.b, axb, false",
        "regex:dense_[12]/.*, dense_2/bias, true",
        "regex:dense_[12], dense_2/bias, false",
    })
    void aPatternMatchesAllOfAName(String pattern, String name, boolean matches) {
        assertThat(NamePattern.of(pattern).matches(name)).isEqualTo(matches);
    }

    @Test
    void patternsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamePattern.of(""))
                .withMessage("pattern: \"\" (expected: a glob such as *embeddings*, or regex:…)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamePattern.of("regex:("))
                .withMessage("pattern: \"regex:(\" (expected: a regular expression behind regex:)");
        assertThat(NamePattern.of("*x")).hasToString("*x");
    }
}

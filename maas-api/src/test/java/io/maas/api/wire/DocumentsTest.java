package io.maas.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentsTest {
    private static final String WHOLE =
            "{\"name\":\"a\",\"number\":1,\"share\":0.5,\"is_on\":true,\"all\":[],\"tags\":{},\"inner\":{\"at\":2}}";

    record Inner(long at) {}

    record Outer(
            String name,
            int number,
            double share,
            boolean isOn,
            List<String> all,
            Map<String, String> tags,
            Inner inner,
            @Nullable String why) {}

    private static Outer read(String json) {
        return Documents.read(json.getBytes(StandardCharsets.UTF_8), Outer.class);
    }

    @Test
    void whatMayBeLeftOutMay() {
        assertThat(read(WHOLE)).isEqualTo(new Outer("a", 1, 0.5, true, List.of(), Map.of(), new Inner(2), null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"name\":\"a\"     | \"name\":7         | \"name\" is missing or of the wrong kind (expected: a text)",
                "\"name\":\"a\",    | ``                 | \"name\" is missing (expected: a text)",
                "\"number\":1       | \"number\":\"1\"   | \"number\" is missing or of the wrong kind (expected: a whole number of at most 32 bits)",
                "\"number\":1       | \"number\":1.5     | \"number\" is missing or of the wrong kind (expected: a whole number of at most 32 bits)",
                "\"share\":0.5      | \"share\":\"half\" | \"share\" is missing or of the wrong kind (expected: a number)",
                "\"is_on\":true     | \"is_on\":1        | \"is_on\" is missing or of the wrong kind (expected: true or false)",
                "\"all\":[]         | \"all\":{}         | \"all\" is missing or of the wrong kind (expected: a list)",
                "\"all\":[],        | ``                 | \"all\" is missing (expected: a list)",
                "\"tags\":{}        | \"tags\":[]        | \"tags\" is missing or of the wrong kind (expected: an object)",
                "{\"at\":2}         | 2                  | \"inner\" is missing or of the wrong kind (expected: an object)",
                "{\"at\":2}         | {\"at\":\"now\"}   | \"inner.at\" is missing or of the wrong kind (expected: a whole number of at most 64 bits)",
            })
    void whatIsWrongIsToldWithWhatItShouldBe(String right, String wrong, String message) {
        String json = WHOLE.replace(right, wrong);
        assertThat(json).isNotEqualTo(WHOLE);
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(message);
    }
}

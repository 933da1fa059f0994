package io.maas.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.DeploymentDocuments.Deploy;
import io.maas.api.wire.DeploymentDocuments.Options;
import io.maas.api.wire.DeploymentDocuments.RolloutSettings;
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
                "\"name\":\"a\"     | \"name\":7         | \"name\" is of the wrong kind (expected: a text)",
                "\"name\":\"a\",    | ``                 | \"name\" is missing (expected: a text)",
                "\"number\":1,      | ``                 | \"number\" is missing (expected: a whole number of at most 32 bits)",
                "\"number\":1       | \"number\":null  | \"number\" is missing (expected: a whole number of at most 32 bits)",
                "\"number\":1       | \"number\":\"1\"   | \"number\" is of the wrong kind (expected: a whole number of at most 32 bits)",
                "\"number\":1       | \"number\":1.5     | \"number\" is of the wrong kind (expected: a whole number of at most 32 bits)",
                "\"share\":0.5      | \"share\":\"half\" | \"share\" is of the wrong kind (expected: a number)",
                "\"is_on\":true     | \"is_on\":1        | \"is_on\" is of the wrong kind (expected: true or false)",
                "\"all\":[]         | \"all\":{}         | \"all\" is of the wrong kind (expected: a list)",
                "\"all\":[],        | ``                 | \"all\" is missing (expected: a list)",
                "\"tags\":{}        | \"tags\":[]        | \"tags\" is of the wrong kind (expected: an object)",
                "{\"at\":2}         | 2                  | \"inner\" is of the wrong kind (expected: an object)",
                "{\"at\":2}         | {\"at\":\"now\"}   | \"inner.at\" is of the wrong kind (expected: a whole number of at most 64 bits)",
            })
    void whatIsWrongIsToldWithWhatItShouldBe(String right, String wrong, String message) {
        String json = WHOLE.replace(right, wrong);
        assertThat(json).isNotEqualTo(WHOLE);
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"max_rows\":0 | max_rows: 0 (expected: max_rows > 0)",
                "\"max_queue_bytes\":0 | max_queue_bytes: 0 (expected: max_queue_bytes > 0)",
                "\"latency_target\":0 | latency_target: 0.0 (expected: latency_target > 0)",
                "\"max_rows\":4,\"preferred_rows\":[8] | preferred_rows: [8] (expected: 1 to max_rows, 4)",
                "\"threads\":15000 | threads: 15000 (expected: 0 < threads <= 1024)",
                "\"nan_policy\":\"noSuch\" | nan_policy: \"noSuch\" (expected: one of [accept, reject])",
            })
    void optionsAreRefusedByTheirNamesInTheDocument(String members, String message) {
        Options options = Documents.read(("{" + members + "}").getBytes(StandardCharsets.UTF_8), Options.class);
        assertThatThrownBy(options::options)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void guardsAreRefusedByTheirNamesInTheDocument() {
        RolloutSettings settings = Documents.read("""
                {"mode":"shadow","version":2,"guards":[{"measure":"drift","bound":1,"comparison":"times_stable"}]}
                """.getBytes(StandardCharsets.UTF_8), RolloutSettings.class);
        assertThatThrownBy(settings::rollout)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "comparison: times_stable (expected: absolute for drift, which is measured against the stable"
                                + " version already)");
    }

    @Test
    void aVersionIsANumberOrAName() {
        for (String version : List.of("3", "\"3\"")) {
            byte[] json = ("{\"version\":" + version + "}").getBytes(StandardCharsets.UTF_8);
            assertThat(Documents.read(json, Deploy.class).version()).isEqualTo("3");
        }
        for (String version : List.of("3.5", "true", "[]")) {
            byte[] json = ("{\"version\":" + version + "}").getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> Documents.read(json, Deploy.class))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("version: of the wrong kind (expected: a number, an alias or latest)");
        }
    }
}

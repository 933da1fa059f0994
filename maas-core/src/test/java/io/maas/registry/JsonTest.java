package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final String LINE =
            "{\"at\":\"2026-01-02T03:04:05Z\",\"event\":\"publish\",\"ü\":\"\",\"version\":\"1\"}";

    /** What is in it, or that it is refused. */
    private static String read(String text) {
        try {
            Json json = Json.parse(text.getBytes(StandardCharsets.UTF_8));
            StringBuilder all = new StringBuilder();
            for (String name : List.of("at", "event", "ü", "version")) {
                all.append(name).append('=').append(json.text(name)).append(';');
            }
            json.end();
            return all.toString();
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** The same text with a space before it is read by the general parser, whose word is final. */
    private static void assertReadAsEver(String text) {
        assertThat(read(text)).as(text).isEqualTo(read(" " + text));
    }

    @Test
    void readsFlatObjects() {
        assertThat(read(LINE)).isEqualTo("at=2026-01-02T03:04:05Z;event=publish;ü=;version=1;");
        for (String text : List.of(
                "",
                "}",
                "{",
                "{}",
                "{}}",
                ",",
                "{,}",
                "{\"at\"}",
                "{\"at\":}",
                "{\"at\":\"",
                "{\"at\":\"1\"",
                "{\"at\":\"1\",}",
                "{\"at\":\"1\"}{",
                "{\"at\":\"1\",\"at\":\"2\"}",
                "{\"at\":\"\\u0041\"}",
                "{\"at\":1}",
                "{\"at\":null}")) {
            assertReadAsEver(text);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aChangedLineIsReadAsEver(long seed) {
        Random random = new Random(seed);
        String marks = "{}[]\",:\\ \n\t0aü\u007f\u2028\ud83d\ude00";
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder(LINE);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, marks.charAt(random.nextInt(marks.length())));
                    default -> text.setCharAt(at, marks.charAt(random.nextInt(marks.length())));
                }
            }
            assertReadAsEver(text.toString());
        }
    }
}

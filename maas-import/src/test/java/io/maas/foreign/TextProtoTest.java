package io.maas.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.maas.foreign.TextProto.Field;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextProtoTest {
    private static Field text(String name, String text) {
        return new Field(name, text, List.of());
    }

    @Test
    void readsScalarsListsAndMessages() {
        assertThat(TextProto.parse("a: -1.5e+3 # one\nb: [x, y]; c: [] d <e: \"f\"> g: [{h: 1}, {}], i { }"))
                .containsExactly(
                        text("a", "-1.5e+3"),
                        text("b", "x"),
                        text("b", "y"),
                        new Field("d", "", List.of(text("e", "f"))),
                        new Field("g", "", List.of(text("h", "1"))),
                        new Field("g", "", List.of()),
                        new Field("i", "", List.of()));
    }

    @Test
    void readsStrings() {
        assertThat(TextProto.parse("a: 'it\\'s' \" \\303\\274 ü\\n\"\n'.'")).containsExactly(text("a", "it's ü ü\n."));
    }

    @Test
    void tellsWhereItIsNotWhatItShouldBe() {
        for (String odd : List.of(
                "a",
                "a:",
                "a: [1",
                "a {",
                "a { b: 1 >",
                "a: \"x",
                "a: \"x\n\"",
                "a: '\\q'",
                ": 1",
                "}",
                "a: 1 ]",
                "[e.x]: 1")) {
            assertThatIllegalArgumentException()
                    .as(odd)
                    .isThrownBy(() -> TextProto.parse(odd))
                    .withMessageStartingWith("line ")
                    .withMessageContaining("(expected: ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextProto.parse("a{".repeat(100_000)))
                .withMessageContaining("at most 32 messages in each other");
    }

    @Test
    void damageIsReadOrRefusedAndNothingElse() {
        String good = "name: \"m\" input [ { name: 'x' dims: [ 1, -1 ] } ] # end\n";
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder odd = new StringBuilder(good);
            for (int k = 0; k < 3; k++) {
                odd.setCharAt(random.nextInt(odd.length()), "[]{}<>:,;\"'\\#\n x1".charAt(random.nextInt(17)));
            }
            try {
                assertThat(TextProto.parse(odd.toString())).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).as(odd.toString()).startsWith("line ");
            }
        }
    }
}

package io.maas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {
    @Test
    void fixedShapesCountTheirElements() {
        assertThat(Shape.scalar().elements()).isOne();
        assertThat(Shape.of(2, 3, 4).elements()).isEqualTo(24);
        assertThat(Shape.of(2, 0, 4).elements()).isZero();
        assertThat(Shape.of(2, 3, 4).elementsPerRow()).isEqualTo(12);
        assertThat(Shape.of(0, 3).elementsPerRow()).isEqualTo(3);
        assertThat(Shape.of(7).elementsPerRow()).isOne();
    }

    @Test
    void negativeAxesCountFromTheLast() {
        Shape shape = Shape.symbolic("batch", 3, 4);
        assertThat(shape.size(-1)).isEqualTo(4);
        assertThat(shape.size(0)).isEqualTo(Shape.VARIABLE);
        assertThat(shape.symbol(-3)).isEqualTo("batch");
        assertThat(shape.symbol(1)).isNull();
        assertThat(shape.dimension(-2)).isEqualTo(3L);
    }

    @Test
    void symbolicShapesHaveNoNumberOfElements() {
        Shape shape = Shape.symbolic("batch", 4);
        assertThat(shape.isFixed()).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(shape::elements)
                .withMessage("shape: [batch, 4] (expected: fixed sizes only)");
    }

    @Test
    void symbolicWithNumbersOnlyIsFixed() {
        assertThat(Shape.symbolic(2, 3L)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(Shape.symbolic()).isEqualTo(Shape.scalar());
        assertThat(Shape.symbolic("a", 3)).isNotEqualTo(Shape.symbolic("b", 3));
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(2, -1))
                .withMessage("size: -1 (expected: size >= 0 in [2, -1])");
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.symbolic("batch", -4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.symbolic(1.5))
                .withMessage("size: 1.5 (expected: an int, a long or the name of a symbol)");
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.symbolic(""));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(new long[Shape.MAX_RANK + 1]))
                .withMessage("rank: 17 (expected: rank <= 16)");
    }

    @Test
    void productsThatOverflowAreRefusedEvenBesideAZero() {
        long big = 1L << 32;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(big, big))
                .withMessageContaining("a number of elements that fits a long");
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(0, big, big));
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.symbolic("n", big, big));
        assertThat(Shape.of(Long.MAX_VALUE, 1).elements()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void acceptsComparesNumbersAndLetsSymbolsBe() {
        Shape declared = Shape.symbolic("batch", 4);
        assertThat(declared.accepts(Shape.of(0, 4))).isTrue();
        assertThat(declared.accepts(Shape.of(9, 4))).isTrue();
        assertThat(declared.accepts(Shape.of(9, 5))).isFalse();
        assertThat(declared.accepts(Shape.of(4))).isFalse();
        assertThat(Shape.scalar().accepts(Shape.of(1))).isFalse();
    }

    @Test
    void withChangesOneAxis() {
        assertThat(Shape.of(2, 3).with(-1, "n")).isEqualTo(Shape.symbolic(2, "n"));
        assertThat(Shape.symbolic("batch", 3).with(0, 5)).isEqualTo(Shape.of(5, 3));
        assertThat(Shape.of(2, 3).withRows(7)).isEqualTo(Shape.of(7, 3));
    }

    @Test
    void arraysAreCopies() {
        long[] sizes = {2, 3};
        Shape shape = Shape.of(sizes);
        sizes[0] = 9;
        shape.toArray()[1] = 9;
        shape.dimensions()[1] = 9L;
        assertThat(shape).isEqualTo(Shape.of(2, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[4]", "[batch, 4]", "[?, 0, time]"})
    void textFormsAreReadBack(String text) {
        assertThat(Shape.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4", "[4", "4]", "[4x]", "[99999999999999999999]"})
    void otherTextsAreRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.parse(text))
                .withMessageContaining("expected: a form like [batch, 4]");
    }
}

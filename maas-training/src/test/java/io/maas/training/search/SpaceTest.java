package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpaceTest {
    private static final Space MIXED = Space.of(
            Setting.logUniform("rate", 1e-4, 1e-1),
            Setting.choice("optimizer", "adam", "sgd"),
            Setting.uniform("momentum", 0.5, 0.99).when("optimizer", "sgd"),
            Setting.logWhole("hidden", 16, 256),
            Setting.whole("layers", 1, 3));

    private static List<Settings> draw(Space space, int count, long seed) {
        Candidates candidates = Candidates.random(space, count, seed);
        List<Settings> drawn = new ArrayList<>();
        for (int i = 0; candidates.find(i) != null; i++) {
            drawn.add(candidates.find(i));
        }
        return drawn;
    }

    @Test
    void gridGoesAsNestedLoopsDo() {
        Space space = Space.of(
                Setting.logUniform("rate", 1e-3, 1e-1).points(3),
                Setting.choice("optimizer", "adam", "sgd"),
                Setting.uniform("momentum", 0, 0.9).points(2).when("optimizer", "sgd"));

        assertThat(space.grid().stream().map(Settings::toString))
                .containsExactly(
                        "{rate=0.001, optimizer=adam}",
                        "{rate=0.001, optimizer=sgd, momentum=0.0}",
                        "{rate=0.001, optimizer=sgd, momentum=0.9}",
                        "{rate=0.01, optimizer=adam}",
                        "{rate=0.01, optimizer=sgd, momentum=0.0}",
                        "{rate=0.01, optimizer=sgd, momentum=0.9}",
                        "{rate=0.1, optimizer=adam}",
                        "{rate=0.1, optimizer=sgd, momentum=0.0}",
                        "{rate=0.1, optimizer=sgd, momentum=0.9}");
    }

    @Test
    void gridOfWholeNumbersTakesAllOrEvenlySpreadOnes() {
        assertThat(values(Setting.whole("n", -1, 2))).containsExactly(-1L, 0L, 1L, 2L);
        assertThat(values(Setting.logWhole("n", 2, 5))).containsExactly(2L, 3L, 4L, 5L);
        assertThat(values(Setting.logWhole("n", 1, 1000).points(4))).containsExactly(1L, 10L, 100L, 1000L);
        assertThat(values(Setting.whole("n", 0, 2).points(9))).containsExactly(0L, 1L, 2L);
        assertThat(values(Setting.uniform("n", 0, 1).points(1))).containsExactly(0.5);
    }

    private static List<Object> values(Setting setting) {
        return Space.of(setting).grid().stream()
                .map(each -> each.toMap().get("n"))
                .toList();
    }

    @Test
    void rulesFilter() {
        Space space = Space.of(Setting.whole("a", 1, 3), Setting.whole("b", 1, 3))
                .where("a below b", s -> s.whole("a") < s.whole("b"));

        assertThat(space.grid().stream().map(Settings::toString))
                .containsExactly("{a=1, b=2}", "{a=1, b=3}", "{a=2, b=3}");
        assertThat(draw(space, 100, 7)).hasSize(3).containsExactlyInAnyOrderElementsOf(space.grid());
        assertThat(space).hasToString("a: whole 1 to 3\nb: whole 1 to 3\nwhere a below b");
    }

    @Test
    void drawsStayInTheirRanges() {
        for (Settings settings : draw(MIXED, 500, 3)) {
            assertThat(settings.real("rate")).isBetween(1e-4, 1e-1);
            assertThat(settings.whole("hidden")).isBetween(16, 256);
            assertThat(settings.whole("layers")).isBetween(1, 3);
            assertThat(settings.has("momentum"))
                    .isEqualTo(settings.choice("optimizer").equals("sgd"));
            if (settings.has("momentum")) {
                assertThat(settings.real("momentum")).isBetween(0.5, 0.99);
            }
        }
    }

    @Test
    void drawsFollowTheSeedAndNoneIsThereTwice() {
        List<Settings> drawn = draw(MIXED, 200, 3);

        assertThat(new HashSet<>(drawn)).hasSize(200);
        assertThat(draw(MIXED, 200, 3)).isEqualTo(drawn);
        assertThat(draw(MIXED, 50, 3)).isEqualTo(drawn.subList(0, 50));
        assertThat(draw(MIXED, 200, 4)).isNotEqualTo(drawn);
    }

    /** A third of a log-uniform range is a third of the draws: a decade of three; the share's deviation is below 0.005. */
    @Test
    void logarithmicDrawsSpreadOverOrdersOfMagnitude() {
        SplittableRandom random = new SplittableRandom(1);
        Range reals = Setting.logUniform("x", 1e-3, 1).range();
        Range wholes = Setting.logWhole("n", 1, 999).range();
        int many = 10_000;
        double low = 0;
        double few = 0;
        double linear = 0;
        for (int i = 0; i < many; i++) {
            low += (double) reals.draw(random) < 1e-2 ? 1 : 0;
            few += (long) wholes.draw(random) < 10 ? 1 : 0;
            linear += (double) Setting.uniform("x", 0, 3).range().draw(random) < 1 ? 1 : 0;
        }
        assertThat(List.of(low / many, few / many, linear / many))
                .allSatisfy(share -> assertThat(share).isBetween(0.31, 0.36));
    }

    @Test
    void everyWholeNumberIsDrawnIncludingTheEnds() {
        SplittableRandom random = new SplittableRandom(2);
        assertThat(IntStream.range(0, 300)
                        .mapToObj(i -> Setting.logWhole("n", 2, 6).range().draw(random)))
                .contains(2L, 3L, 4L, 5L, 6L)
                .allMatch(value -> (long) value >= 2 && (long) value <= 6);
        assertThat(IntStream.range(0, 100)
                        .mapToObj(i -> Setting.whole("n", -1, 1).range().draw(random)))
                .contains(-1L, 0L, 1L)
                .allMatch(value -> Math.abs((long) value) <= 1);
        assertThat(Setting.whole("n", Integer.MIN_VALUE, Integer.MAX_VALUE)
                        .range()
                        .draw(random))
                .isInstanceOf(Long.class);
    }

    @Test
    void numbersAreShortEnoughToBeTold() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 200; i++) {
            assertThat(Setting.logUniform("x", 1e-9, 1e9)
                            .range()
                            .draw(random)
                            .toString()
                            .replaceAll("E.*|[.-]", ""))
                    .hasSizeLessThanOrEqualTo(10);
            double narrow =
                    (double) Setting.uniform("x", 1000, 1000.001).range().draw(random);
            assertThat(narrow).isBetween(1000.0, 1000.001);
        }
        assertThat(IntStream.range(0, 200)
                        .mapToObj(i ->
                                Setting.uniform("x", 1000, 1000.001).range().draw(random))
                        .distinct()
                        .count())
                .isGreaterThan(150);
    }

    @Test
    void exhaustsASmallSpaceAndStops() {
        Space small = Space.of(Setting.choice("a", "x", "y"), Setting.whole("b", 1, 50));

        assertThat(draw(small, 1000, 1)).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void settingsAreTyped() {
        Settings settings = Settings.copyOf(Map.of("rate", 0.1, "hidden", 32L, "optimizer", "adam"));

        assertThat(settings.real("rate")).isEqualTo(0.1);
        assertThat(settings.real("hidden")).isEqualTo(32);
        assertThat(settings.whole("hidden")).isEqualTo(32);
        assertThat(settings.choice("optimizer")).isEqualTo("adam");
        assertThat(settings.text("hidden")).isEqualTo("32");
        assertThatThrownBy(() -> settings.whole("rate"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("setting rate: 0.1 (expected: a whole number)");
        assertThatThrownBy(() -> settings.choice("hidden")).hasMessage("setting hidden: 32 (expected: a text)");
        assertThatThrownBy(() -> settings.real("optimizer")).hasMessage("setting optimizer: adam (expected: a number)");
        assertThatThrownBy(() -> settings.real("learningRate"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("setting: \"learningRate\" (expected: one of [")
                .hasMessageEndingWith("]); ask has(…) where it may be missing");
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> Setting.logUniform("x", 0, 1))
                .hasMessage("x: 0.0 to 1.0 (expected: finite ends, low < high; low > 0 if logarithmic)");
        assertThatThrownBy(() -> Setting.uniform("x", 1, 1)).hasMessageStartingWith("x: 1.0 to 1.0 (expected: ");
        assertThatThrownBy(() -> Setting.uniform("x", -Double.MAX_VALUE, Double.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Setting.uniform("x", Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Setting.whole("x", 2, 1)).hasMessage("x: 2 to 1 (expected: low < high)");
        assertThatThrownBy(() -> Setting.choice("x", "a", "a"))
                .hasMessage("x: [a, a] (expected: at least one value, and none twice)");
        assertThatThrownBy(() -> Setting.choice("x", 1.0, Double.NaN)).hasMessage("x: NaN (expected: a finite number)");
        assertThatThrownBy(() -> Setting.choice("x", 1, 2).points(3))
                .hasMessage("x: points(3) of one of [1, 2] (expected: a range); a grid takes every choice");
        assertThatThrownBy(() -> Space.of(Setting.whole("a", 1, 2), Setting.whole("a", 1, 2)))
                .hasMessage("setting: a (expected: each name once)");
        assertThatThrownBy(() -> Space.of(Setting.whole("a", 1, 2).when("b", "1"), Setting.whole("b", 1, 2)))
                .hasMessage("condition of a: a: whole 1 to 2, when b is one of [1] (expected: a setting that stands"
                        + " before it: one of [])");
        assertThatThrownBy(() -> Space.of(Setting.uniform("rate", 0, 1)).grid())
                .hasMessage("rate: uniform 0.0 to 1.0 (expected: a number of values for a grid); add points(n), or use"
                        + " choice(…)");
        assertThatThrownBy(() -> Space.of(Setting.whole("n", 0, 1_000_000)).grid())
                .hasMessage("n: whole 0 to 1000000 (expected: at most 10000 values for a grid); add points(n)");
        assertThatThrownBy(() -> Space.of(Setting.whole("n", 0, 999), Setting.whole("m", 0, 999))
                        .grid())
                .hasMessage("grid: more than 100000 combinations (expected: fewer; lower the points of a range, or"
                        + " search at random)");
        Space nothing = Space.of(Setting.whole("n", 0, 9)).where("never", s -> false);
        for (int grid = 0; grid < 2; grid++) {
            boolean random = grid == 0;
            assertThatThrownBy(() -> {
                        Candidates unused = random ? Candidates.random(nothing, 3, 0) : Candidates.grid(nothing);
                    })
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("space: no combination is allowed (expected: at least one, of\nn: whole 0 to 9\n"
                            + "where never\n); loosen where(…)");
        }
    }
}

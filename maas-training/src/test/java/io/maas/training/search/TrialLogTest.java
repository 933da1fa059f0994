package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.Cancellation;
import io.maas.error.MaasException;
import io.maas.storage.FaultyStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrialLogTest {
    private static final Space SPACE =
            Space.of(Setting.uniform("x", -2, 2), Setting.whole("n", 1, 1000), Setting.choice("label", "ü", "\u0001"));
    private static final Search HALVING = Search.over(SPACE, Strategy.halving(12, 1, 9));

    @TempDir
    Path folder;

    private Path log() {
        return folder.resolve("search.jsonl");
    }

    private static double score(TrialRun run) {
        if (run.number() == 4) {
            throw new IllegalStateException("line\nfeed \"quoted\" \ud83d\ude00");
        }
        run.measure("figure", run.number() == 5 ? Double.NaN : 1.0 / 3);
        run.report(run.budget(), run.settings().real("x"));
        return run.settings().real("x") / run.budget();
    }

    private static String text(SearchReport report) {
        return report.trials().stream()
                .map(trial -> trial.number() + " " + trial.settings() + " " + trial.state() + " " + trial.score() + " "
                        + trial.reason() + " " + trial.figures() + " " + trial.marks() + "\n")
                .reduce("", String::concat);
    }

    @Test
    void anEndedSearchIsReadAndNotRunAgain() {
        SearchReport first = HALVING.withFolder(folder).run(TrialLogTest::score);

        SearchReport again = HALVING.withFolder(folder).run(run -> {
            throw new AssertionError("trial " + run.number() + " ran again");
        });

        assertThat(text(again)).isEqualTo(text(first)).isEqualTo(text(HALVING.run(TrialLogTest::score)));
        assertThat(again.best().duration()).isEqualTo(first.best().duration());
        assertThat(again.isComplete()).isTrue();
    }

    /** As after a crash at any byte: what is whole is kept, what is torn is done again, and the end is the same. */
    @Test
    void goesOnFromEveryPointOfTheLog() throws IOException {
        SearchReport whole = HALVING.withFolder(folder).run(TrialLogTest::score);
        byte[] bytes = Files.readAllBytes(log());
        List<Integer> lengths = new ArrayList<>(List.of(0, 1, bytes.length - 1));
        for (int i = 37; i < bytes.length; i += 397) {
            lengths.add(i);
        }
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lengths.addAll(List.of(i, i + 1));
            }
        }
        for (int length : lengths) {
            Files.write(log(), Arrays.copyOf(bytes, length));

            SearchReport resumed = HALVING.withFolder(folder).run(TrialLogTest::score);

            assertThat(text(resumed)).as("cut at byte %d", length).isEqualTo(text(whole));
            assertThat(Files.readAllLines(log())).as("cut at byte %d", length).hasSameSizeAs(lines(bytes));
        }
    }

    private static List<String> lines(byte[] bytes) {
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    @Test
    void aCancelledSearchGoesOn() {
        Cancellation cancellation = new Cancellation();
        List<Integer> ran = new ArrayList<>();
        SearchReport part = HALVING.withFolder(folder)
                .withCancellation(cancellation)
                .listen(trial -> {
                    if (trial.number() == 6) {
                        cancellation.cancel();
                    }
                })
                .run(TrialLogTest::score);

        SearchReport whole = HALVING.withFolder(folder).run(run -> {
            ran.add(run.budget() == 1 ? run.number() : -1);
            return score(run);
        });

        assertThat(part.isComplete()).isFalse();
        assertThat(ran).isNotEmpty().contains(7, 8, 9, 10, 11).doesNotContain(0, 1, 2, 3, 4, 5, 6);
        assertThat(text(whole)).isEqualTo(text(HALVING.run(TrialLogTest::score)));
    }

    @Test
    void anotherSearchIsRefusedByWhatDiffers() {
        HALVING.withFolder(folder).run(TrialLogTest::score);
        Space other = Space.of(
                        Setting.uniform("x", -2, 3),
                        SPACE.settings().get(1),
                        SPACE.settings().get(2))
                .where("x is not one", s -> s.real("x") != 1);
        Search search = Search.over(other, Strategy.halving(13, 1, 9))
                .withGoal(Goal.MAXIMIZE)
                .withSeed(7)
                .withFolder(folder);

        assertThatThrownBy(() -> search.run(new Experiment() {
                    @Override
                    public double score(TrialRun run) {
                        return 0;
                    }

                    @Override
                    public Map<String, String> identity() {
                        return Map.of("data", "0123");
                    }
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "search log " + log() + " is of another search: experiment data: 0123 (begun with: nothing);"
                                + " goal: MAXIMIZE (begun with: MINIMIZE); seed: 7 (begun with: 0);"
                                + " space line 1: x: uniform -2.0 to 3.0 (begun with: x: uniform -2.0 to 2.0);"
                                + " space line 4: where x is not one (begun with: nothing);"
                                + " strategy: Halving[trials=13, minBudget=1, maxBudget=9, eta=3]"
                                + " (begun with: Halving[trials=12, minBudget=1, maxBudget=9, eta=3]);"
                                + " search as it was begun, or use another folder");
        assertThat(HALVING.withThreads(7)
                        .withParallel(2)
                        .withFolder(folder)
                        .run(TrialLogTest::score)
                        .isComplete())
                .as("threads do not count")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[1]", "{\"trial\":0}", "{} {}", "{\"trial\":\"0\"}"})
    void aDamagedLineIsNamed(String line) throws IOException {
        HALVING.withFolder(folder).run(TrialLogTest::score);
        List<String> lines = new ArrayList<>(Files.readAllLines(log()));
        lines.set(3, line);
        Files.write(log(), lines);

        assertThatThrownBy(() -> HALVING.withFolder(folder).run(TrialLogTest::score))
                .isInstanceOf(MaasException.class)
                .hasMessageStartingWith("search log " + log() + ", line 4 is damaged: ")
                .hasMessageEndingWith("; remove the line, or use another folder");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"n\":', '\"n\":1', trial 2 had",
        "'\"rung\":0', '\"rung\":7', on rung 7",
    })
    void whatIsDrawnOtherwiseTodayIsRefused(String part, String change, String message) throws IOException {
        HALVING.withFolder(folder).run(TrialLogTest::score);
        List<String> lines = new ArrayList<>(Files.readAllLines(log()));
        assertThat(lines.get(3)).contains(part).contains("\"trial\":2");
        lines.set(3, lines.get(3).replace(part, change));
        Files.write(log(), lines);

        assertThatThrownBy(() -> HALVING.withFolder(folder).run(TrialLogTest::score))
                .isInstanceOf(MaasException.class)
                .hasMessageStartingWith("search log: trial 2 had {x=")
                .hasMessageContaining(message)
                .hasMessageEndingWith("finish with the version of the library that began, or use another folder");
    }

    @Test
    void aFolderIsForOneSearchAtATime() {
        HALVING.withFolder(folder).run(run -> {
            if (run.number() == 0) {
                assertThatThrownBy(() -> HALVING.withFolder(folder).run(TrialLogTest::score))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("search folder " + folder + ": in use by another search (expected: one at a time);"
                                + " wait for it or use another folder");
                assertThat(run.folder()).isEqualTo(folder.resolve("trial-0")).isDirectory();
            }
            return score(run);
        });
    }

    @Test
    void aLogThatCannotBeWrittenEndsTheSearch() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> HALVING.withFolder(file).run(TrialLogTest::score))
                .isInstanceOf(java.io.UncheckedIOException.class)
                .hasMessageStartingWith("search log " + file.resolve("search.jsonl") + " cannot be opened: ");
    }

    /** The disk is opened, cut, and synchronised with its first line; then each trial writes a line and synchronises it. */
    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "3, 0", "4, 0", "5, 0", "6, 0", "7, 1", "14, 4", "15, 5"})
    void aFullDiskEndsTheSearchWhichGoesOnLater(int call, int kept) {
        Search search = HALVING.withFolder(folder);

        assertThatThrownBy(() -> search.run(TrialLogTest::score, FaultyStorage.armed(FaultyStorage.Fault.FULL, call)))
                .isInstanceOf(java.io.UncheckedIOException.class)
                .hasMessageStartingWith("search log " + log() + " cannot be ")
                .hasMessageEndingWith("No space left on device");
        AtomicInteger ran = new AtomicInteger();
        SearchReport whole = search.run(run -> {
            ran.incrementAndGet();
            return score(run);
        });

        assertThat(text(whole)).isEqualTo(text(HALVING.run(TrialLogTest::score)));
        AtomicInteger all = new AtomicInteger();
        HALVING.run(run -> {
            all.incrementAndGet();
            return score(run);
        });
        assertThat(ran).hasValue(all.get() - kept);
    }

    @Test
    void failuresAreRememberedToo() {
        Search search =
                Search.over(Space.of(Setting.whole("n", 1, 3)), Strategy.grid()).withFolder(folder);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> search.run(run -> {
                        throw new IllegalStateException("broken");
                    }))
                    .isInstanceOf(MaasException.class)
                    .hasMessageStartingWith("search: all 3 trials failed");
        }
    }
}

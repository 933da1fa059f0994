package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.Action.Kind;
import io.maas.registry.History.Done;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The judge of histories is itself judged, by histories that are known to be possible or not. */
class HistoryTest {
    private static Done done(int start, int end, Kind kind, long argument, String answer) {
        return new Done(start, end, new Action(kind, argument), answer);
    }

    private static boolean possible(Done... all) {
        return new History(List.of(all)).isLinearizable();
    }

    @Test
    void twoPublicationsAtOnceMayComeInEitherOrder() {
        assertThat(possible(done(0, 10, Kind.PUBLISH, 1, "2"), done(1, 9, Kind.PUBLISH, 2, "1")))
                .isTrue();
    }

    @Test
    void oneNumberIsNotGivenTwice() {
        assertThat(possible(done(0, 10, Kind.PUBLISH, 1, "1"), done(1, 9, Kind.PUBLISH, 2, "1")))
                .isFalse();
    }

    @Test
    void numbersRiseInTheOrderOfThings() {
        assertThat(possible(done(0, 1, Kind.PUBLISH, 1, "2"), done(2, 3, Kind.PUBLISH, 2, "1")))
                .isFalse();
    }

    @Test
    void whatWasAnsweredIsSeenByWhoeverAsksLater() {
        Done publish = done(0, 1, Kind.PUBLISH, 1, "1");
        Done point = done(2, 5, Kind.POINT, 1, "done");
        assertThat(possible(publish, point, done(6, 7, Kind.READ_ALIAS, 0, "0")))
                .isFalse();
        assertThat(possible(publish, point, done(4, 7, Kind.READ_ALIAS, 0, "0")))
                .isTrue();
        assertThat(possible(publish, point, done(3, 4, Kind.READ_ALIAS, 0, "1")))
                .isTrue();
        // Seen once, it cannot be unseen.
        assertThat(possible(
                        publish,
                        done(2, 9, Kind.POINT, 1, "done"),
                        done(3, 4, Kind.READ_ALIAS, 0, "1"),
                        done(5, 6, Kind.READ_ALIAS, 0, "0")))
                .isFalse();
    }

    @Test
    void anAliasNeverPointsAtWhatWasDeleted() {
        assertThat(possible(
                        done(0, 1, Kind.PUBLISH, 1, "1"),
                        done(2, 9, Kind.POINT, 1, "done"),
                        done(2, 9, Kind.DELETE, 1, "done")))
                .isFalse();
        assertThat(possible(
                        done(0, 1, Kind.PUBLISH, 1, "1"),
                        done(2, 9, Kind.POINT, 1, "done"),
                        done(2, 9, Kind.DELETE, 1, "refused")))
                .isTrue();
    }

    @Test
    void aRollbackIsNotLostAndNotDoneTwice() {
        Done[] before = {
            done(0, 1, Kind.PUBLISH, 1, "1"),
            done(2, 3, Kind.PUBLISH, 2, "2"),
            done(4, 5, Kind.POINT, 1, "done"),
            done(6, 7, Kind.POINT, 2, "done"),
            done(8, 12, Kind.ROLLBACK, 0, "1"),
            done(9, 13, Kind.ROLLBACK, 0, "refused"),
            done(14, 15, Kind.READ_ALIAS, 0, "1")
        };
        assertThat(possible(before)).isTrue();
        before[5] = done(9, 13, Kind.ROLLBACK, 0, "1");
        assertThat(possible(before)).isFalse();
    }

    @Test
    void whatADeadProcessBeganMayHaveHappenedOrNot() {
        Done dead = Done.unanswered(0, new Action(Kind.PUBLISH, 1));
        assertThat(possible(dead, done(5, 6, Kind.PUBLISH, 2, "1"))).isTrue();
        assertThat(possible(dead, done(5, 6, Kind.PUBLISH, 2, "2"))).isTrue();
        assertThat(possible(dead, done(5, 6, Kind.PUBLISH, 2, "3"))).isFalse();
    }

    /** A history that is true, of one action after the other; then each answer is exchanged for another one's. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyWrongAnswerAmongRightOnesIsFound(long seed) {
        Random random = new Random(seed);
        List<Done> right = new ArrayList<>();
        Action.Truth truth = Action.Truth.EMPTY;
        for (int i = 0; i < 60; i++) {
            Action action = Action.random(random, 1 + truth.highest());
            Action.Truth.Step step = truth.after(action);
            right.add(new Done(2L * i, 2L * i + 1, action, step.answer()));
            truth = step.next();
        }
        assertThat(new History(right).isLinearizable()).isTrue();
        for (int i = 0; i < right.size(); i++) {
            for (String answer : List.of("1", "2", "3", "0", "done", Action.ABSENT, Action.REFUSED, "[1]")) {
                Done done = right.get(i);
                if (!answer.equals(done.answer())) {
                    List<Done> wrong = new ArrayList<>(right);
                    wrong.set(i, new Done(done.start(), done.end(), done.action(), answer));
                    assertThat(new History(wrong).isLinearizable())
                            .as("seed %s: %s answered %s", seed, done, answer)
                            .isFalse();
                }
            }
        }
    }
}

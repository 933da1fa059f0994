package io.maas.training.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.training.search.Ladder.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LadderTest {
    private static Candidates candidates(int count) {
        return Candidates.random(Space.of(Setting.whole("n", 0, 999)), count, 0);
    }

    @Test
    void budgetsGrowByEta() {
        assertThat(Strategy.halving(9, 1, 27).budgets()).containsExactly(1, 3, 9, 27);
        assertThat(Strategy.halving(9, 2, 20).withEta(4).budgets()).containsExactly(2, 8, 20);
        assertThat(Strategy.halving(9, 5, 5).budgets()).containsExactly(5);
        assertThat(Strategy.halving(9, 1, Integer.MAX_VALUE).withEta(1000).budgets())
                .containsExactly(1, 1000, 1_000_000, 1_000_000_000, Integer.MAX_VALUE);
        assertThatThrownBy(() -> Strategy.halving(9, 5, 4))
                .hasMessage("maxBudget: 4 (expected: maxBudget >= minBudget 5)");
        assertThatThrownBy(() -> Strategy.halving(9, 1, 4).withEta(1)).hasMessage("eta: 1 (expected: eta >= 2)");
    }

    /** Scores 0, 1, 2, …: each better than the next. One in three goes on as soon as three are there. */
    @Test
    void promotesAsSoonAsItCanAndTheFarthestFirst() {
        List<String> order = run(new Ladder(3, 3, Goal.MINIMIZE), 9, List.of());

        assertThat(order)
                .containsExactly(
                        "0@0", "1@0", "2@0", "0@1", "3@0", "4@0", "5@0", "1@1", "6@0", "7@0", "8@0", "2@1", "0@2");
    }

    /** Each is better than all before it, so each is among the best third when it ends, and goes on. */
    @Test
    void laterAndBetterTrialsOvertake() {
        List<String> order = run(new Ladder(3, 3, Goal.MAXIMIZE), 9, List.of());

        assertThat(order)
                .containsExactly(
                        "0@0", "1@0", "2@0", "2@1", "3@0", "3@1", "4@0", "4@1", "4@2", "5@0", "5@1", "5@2", "6@0",
                        "6@1", "6@2", "7@0", "7@1", "7@2", "8@0", "8@1", "8@2");
    }

    @Test
    void failedTrialsFillARungButNeverGoOn() {
        List<String> order = run(new Ladder(2, 2, Goal.MINIMIZE), 4, List.of(0, 1, 2));

        assertThat(order).containsExactly("0@0", "1@0", "2@0", "3@0", "3@1");
    }

    private static List<String> run(Ladder ladder, int trials, List<Integer> failing) {
        Candidates candidates = candidates(trials);
        List<String> order = new ArrayList<>();
        for (Job job = ladder.next(candidates); job != null; job = ladder.next(candidates)) {
            order.add(job.trial() + "@" + job.rung());
            ladder.ended(job, failing.contains(job.trial()) ? null : (Double) (double) job.trial());
        }
        return order;
    }

    @Test
    void whatRunsIsNotGivenOutAgainUnlessItWasAbandoned() {
        Ladder ladder = new Ladder(2, 2, Goal.MINIMIZE);
        Candidates candidates = candidates(3);
        Job first = ladder.next(candidates);
        Job second = Objects.requireNonNull(ladder.next(candidates));
        Job third = Objects.requireNonNull(ladder.next(candidates));

        assertThat(List.of(first, second, third)).containsExactly(new Job(0, 0), new Job(1, 0), new Job(2, 0));
        assertThat(ladder.next(candidates)).isNull();
        ladder.abandoned(second);
        assertThat(ladder.next(candidates)).isEqualTo(second);
        ladder.ended(second, 1.0);
        ladder.ended(third, 2.0);
        Job promoted = Objects.requireNonNull(ladder.next(candidates));
        assertThat(promoted).isEqualTo(new Job(1, 1));
        assertThat(ladder.next(candidates)).isNull();
        ladder.abandoned(promoted);
        assertThat(ladder.next(candidates)).isEqualTo(promoted);
    }
}

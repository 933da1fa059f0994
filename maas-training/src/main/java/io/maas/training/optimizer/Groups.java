package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.Value;
import io.maas.train.NamePattern;
import io.maas.train.Optimizer;
import io.maas.train.UpdateScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Several optimizers, each for the parameters whose names match its pattern:
 *
 * <pre>{@code
 * Optimizers.groups(Optimizers.adamW(1e-3, 0.01)).with("*embedding*", Optimizers.sgd(0.1))
 * }</pre>
 *
 * The last pattern that matches counts. What an optimizer does with all gradients together, such as clipping, it does with those of
 * its group; around the groups, it is done with all.
 *
 * <p>Immutable and thread-safe.
 */
public final class Groups implements Optimizer {
    private record Group(NamePattern pattern, Optimizer optimizer) {}

    /** The first is for what no other pattern matches. */
    private final List<Group> groups;

    private Groups(List<Group> groups) {
        this.groups = groups;
    }

    static Groups of(Optimizer standard) {
        return new Groups(List.of(new Group(NamePattern.of("*"), gathersNothing(standard))));
    }

    /**
     * Another optimizer for some parameters.
     *
     * @param pattern over the names of parameters, as in {@link NamePattern}
     * @throws IllegalArgumentException if it is no pattern, or the optimizer gathers batches, which is to be done around all groups; when
     *     the step is written, if no parameter matches
     */
    public Groups with(String pattern, Optimizer optimizer) {
        List<Group> more = new ArrayList<>(groups);
        more.add(new Group(NamePattern.of(pattern), gathersNothing(optimizer)));
        return new Groups(List.copyOf(more));
    }

    private static Optimizer gathersNothing(Optimizer optimizer) {
        Require.that(
                optimizer.batches() == 1,
                "optimizer of a group",
                optimizer.name(),
                "one that follows each batch; accumulate around the groups");
        return optimizer;
    }

    private int indexOf(Value parameter) {
        return IntStream.iterate(groups.size() - 1, i -> i - 1)
                .limit(groups.size() - 1L)
                .filter(i -> groups.get(i).pattern().matches(parameter.name()))
                .findFirst()
                .orElse(0);
    }

    @Override
    public String name() {
        return groups.stream()
                .skip(1)
                .map(group -> ".with(" + Require.quote(group.pattern().text()) + ", "
                        + group.optimizer().name() + ")")
                .collect(Collectors.joining(
                        "", "groups(" + groups.get(0).optimizer().name() + ")", ""));
    }

    @Override
    public boolean moves(Value parameter) {
        return groups.get(indexOf(parameter)).optimizer().moves(parameter);
    }

    @Override
    public void update(UpdateScope scope) {
        List<String> names = Stream.of(scope.parameters(), scope.resting())
                .flatMap(values -> values.stream().map(Value::name))
                .toList();
        groups.forEach(group -> requireMatch(group.pattern(), names));
        for (int i = 0; i < groups.size(); i++) {
            int index = i;
            groups.get(i).optimizer().update(scope.part(parameter -> indexOf(parameter) == index));
        }
    }

    private static void requireMatch(NamePattern pattern, List<String> names) {
        if (names.stream().noneMatch(pattern::matches)) {
            throw Require.failure(
                    "pattern of a group", Require.quote(pattern.text()), "one that matches a parameter, of " + names);
        }
    }

    @Override
    public String toString() {
        return name();
    }
}

package io.maas.training.optimizer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.train.NamePattern;
import io.maas.train.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
        return new Groups(List.of(new Group(NamePattern.of("*"), Rates.require(standard))));
    }

    /**
     * Another optimizer for some parameters.
     *
     * @param pattern over the names of parameters, as in {@link NamePattern}
     * @throws IllegalArgumentException if it is no pattern, or the optimizer has no scalar named {@value Optimizer#RATE}; when the step is
     *     written, if no parameter matches
     */
    public Groups with(String pattern, Optimizer optimizer) {
        List<Group> more = new ArrayList<>(groups);
        more.add(new Group(NamePattern.of(pattern), Rates.require(optimizer)));
        return new Groups(List.copyOf(more));
    }

    private int indexOf(Value parameter) {
        return IntStream.iterate(groups.size() - 1, i -> i - 1)
                .limit(groups.size() - 1L)
                .filter(i -> groups.get(i).pattern().matches(parameter.name()))
                .findFirst()
                .orElse(0);
    }

    private Optimizer optimizerOf(Value parameter) {
        return groups.get(indexOf(parameter)).optimizer();
    }

    private static String prefix(int index) {
        return "group" + index + "/";
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
    public List<String> state(Value parameter) {
        return optimizerOf(parameter).state(parameter);
    }

    /** A rate of 1, which multiplies those of all groups, and the scalars of each group under a name of its own. */
    @Override
    public Map<String, Double> scalars(long step) {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put(RATE, 1.0);
        for (int i = 0; i < groups.size(); i++) {
            String prefix = prefix(i);
            groups.get(i).optimizer().scalars(step).forEach((name, value) -> all.put(prefix + name, value));
        }
        return all;
    }

    @Override
    public List<Value> prepare(GraphBuilder builder, List<Value> parameters, List<Value> gradients) {
        groups.forEach(group -> requireMatch(group, parameters));
        Value[] prepared = new Value[gradients.size()];
        for (int i = 0; i < groups.size(); i++) {
            int index = i;
            int[] members = IntStream.range(0, prepared.length)
                    .filter(each -> indexOf(parameters.get(each)) == index)
                    .toArray();
            List<Value> own =
                    groups.get(i).optimizer().prepare(builder, pick(parameters, members), pick(gradients, members));
            for (int k = 0; k < members.length; k++) {
                prepared[members[k]] = own.get(k);
            }
        }
        return List.of(prepared);
    }

    private static List<Value> pick(List<Value> values, int[] places) {
        return Arrays.stream(places).mapToObj(values::get).toList();
    }

    private static void requireMatch(Group group, List<Value> parameters) {
        boolean matches =
                parameters.stream().anyMatch(parameter -> group.pattern().matches(parameter.name()));
        if (!matches) {
            throw Require.failure(
                    "pattern of a group",
                    Require.quote(group.pattern().text()),
                    "one that matches a parameter, of "
                            + parameters.stream().map(Value::name).toList());
        }
    }

    @Override
    public Update update(
            GraphBuilder builder,
            Value parameter,
            Value gradient,
            Map<String, Value> state,
            Map<String, Value> scalars) {
        String prefix = prefix(indexOf(parameter));
        Map<String, Value> own = new LinkedHashMap<>();
        scalars.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), value);
            }
        });
        own.put(RATE, builder.mul(Named.find(own, RATE), Named.find(scalars, RATE)));
        return optimizerOf(parameter).update(builder, parameter, gradient, state, own);
    }
}

package io.maas.serving;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.maas.registry.Journal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is deployed under a name: all that has to outlive the process, and nothing else.
 *
 * @param current what answers by default; null if nothing is in service
 * @param earlier what answered before, latest last
 * @param rollout the trial that is under way, with the weight of now
 * @param step the step of its plan
 */
record DeploymentState(
        @Nullable Target current,
        ImmutableList<Target> earlier,
        LoadPolicy policy,
        @Nullable Rollout rollout,
        int step) {
    /** Far more than anybody goes back, and each change writes all of them. */
    private static final int MAX_EARLIER = 32;

    private static final DeploymentState EMPTY =
            new DeploymentState(null, ImmutableList.of(), LoadPolicy.current(), null, 0);

    static DeploymentState empty() {
        return EMPTY;
    }

    /** The version on trial, served as the current one is. */
    @Nullable
    Target candidate() {
        return current == null || rollout == null ? null : new Target(rollout.version(), current.options());
    }

    /**
     * The numbers of the versions that requests are to come to.
     *
     * @param published those that there are
     */
    Set<Integer> wanted(List<Integer> published) {
        Set<Integer> numbers = new HashSet<>();
        if (current != null) {
            numbers.add(current.version());
            numbers.addAll(policy.of(published));
        }
        if (rollout != null) {
            numbers.add(rollout.version());
        }
        return numbers;
    }

    DeploymentState deployed(Target target) {
        ImmutableList<Target> before = earlier;
        if (current != null && !current.equals(target)) {
            before =
                    ImmutableList.<Target>builder().addAll(earlier).add(current).build();
            before = before.subList(Math.max(0, before.size() - MAX_EARLIER), before.size());
        }
        return new DeploymentState(target, before, policy, null, 0);
    }

    /** The state after going back to the version before, of which there must be one. */
    DeploymentState rolledBack() {
        return new DeploymentState(Iterables.getLast(earlier), earlier.subList(0, earlier.size() - 1), policy, null, 0);
    }

    DeploymentState with(@Nullable Rollout other, int newStep) {
        return new DeploymentState(current, earlier, policy, other, newStep);
    }

    DeploymentState with(LoadPolicy other) {
        return new DeploymentState(current, earlier, other, rollout, step);
    }

    Map<String, String> toFields() {
        Map<String, String> fields = new HashMap<>();
        RecordFields.write("state", this, fields);
        fields.put(
                Journal.IN_SERVICE,
                new TreeSet<>(wanted(List.of())).stream().map(String::valueOf).collect(Collectors.joining(",")));
        return fields;
    }

    /**
     * Reads what {@link #toFields} wrote, in this or an older version of the library: settings that were not there have their defaults.
     *
     * @throws IllegalArgumentException if a field is missing or of the wrong kind
     */
    static DeploymentState of(Map<String, String> fields) {
        RecordFields reader =
                new RecordFields(fields, EMPTY, DeployOptions.defaults(), Rollout.canary(1), LoadPolicy.current());
        return reader.read("state", DeploymentState.class);
    }
}

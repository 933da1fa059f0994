package io.maas.registry;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.error.Require;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a model's log adds up to.
 *
 * <p>Immutable and thread-safe.
 *
 * @param highest the highest number ever given
 * @param live the versions that are not deleted
 * @param trails for each alias the versions it pointed at, without those taken back by a rollback; it points at the last
 * @param history for each alias everything that happened
 */
record ModelState(
        Head head,
        int highest,
        ImmutableSortedMap<Integer, Release> live,
        Map<String, List<Integer>> trails,
        Map<String, List<AliasChange>> history) {
    /** One published version. */
    record Release(int number, String digest, Instant published) {}

    static ModelState empty(String model) {
        return new ModelState(Head.empty(model), 0, ImmutableSortedMap.of(), Map.of(), Map.of());
    }

    /** Where each alias points. */
    SortedMap<String, Integer> aliases() {
        SortedMap<String, Integer> aliases = new TreeMap<>();
        trails.forEach((alias, trail) -> aliases.put(alias, trail.get(trail.size() - 1)));
        return aliases;
    }

    /** The version that a rollback of an alias goes to, if there is one. */
    OptionalInt before(String alias) {
        List<Integer> trail = trails.getOrDefault(alias, List.of());
        for (int i = trail.size() - 2; i >= 0; i--) {
            int number = trail.get(i);
            if (live.containsKey(number) && number != trail.get(trail.size() - 1)) {
                return OptionalInt.of(number);
            }
        }
        return OptionalInt.empty();
    }

    /** The state after further entries. */
    ModelState after(List<LogEntry> entries, Head newHead) {
        Fold fold = new Fold(this);
        for (LogEntry entry : entries) {
            try {
                fold.add(entry);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + entry.sequence() + ": " + e.getMessage(), e);
            }
        }
        return fold.state(newHead);
    }

    /** A state in the making. Each entry must be one that a writer could have written at that point. */
    private static final class Fold {
        private int highest;
        private final SortedMap<Integer, Release> live;
        private final Map<String, List<Integer>> trails = new HashMap<>();
        private final Map<String, List<AliasChange>> history = new HashMap<>();

        Fold(ModelState start) {
            highest = start.highest;
            live = new TreeMap<>(start.live);
            start.trails.forEach((alias, trail) -> trails.put(alias, new ArrayList<>(trail)));
            start.history.forEach((alias, changes) -> history.put(alias, new ArrayList<>(changes)));
        }

        void add(LogEntry entry) {
            int version = entry.version();
            if (entry.event() == LogEntry.Event.PUBLISH) {
                Require.that(version == highest + 1, "version", version, String.valueOf(highest + 1));
                highest = version;
                live.put(version, new Release(version, Digests.require(entry.subject()), entry.at()));
                return;
            }
            Require.that(live.containsKey(version), "version", version, "one of " + live.keySet());
            switch (entry.event()) {
                case DELETE -> live.remove(version);
                case ALIAS -> trail(entry).add(version);
                case ROLLBACK -> takeBack(entry);
                case PUBLISH -> throw new IllegalStateException("handled above");
            }
            if (!entry.subject().isEmpty()) {
                history.computeIfAbsent(entry.subject(), alias -> new ArrayList<>())
                        .add(new AliasChange(entry.subject(), version, entry.at()));
            }
        }

        private List<Integer> trail(LogEntry entry) {
            return trails.computeIfAbsent(Names.alias(entry.subject()), alias -> new ArrayList<>());
        }

        private void takeBack(LogEntry entry) {
            List<Integer> trail = trail(entry);
            int last = trail.subList(0, Math.max(0, trail.size() - 1)).lastIndexOf(entry.version());
            Require.that(last >= 0, "version", entry.version(), "one that the alias pointed at before");
            trail.subList(last + 1, trail.size()).clear();
        }

        ModelState state(Head head) {
            return new ModelState(head, highest, ImmutableSortedMap.copyOf(live), copy(trails), copy(history));
        }

        private static <T> Map<String, List<T>> copy(Map<String, List<T>> lists) {
            ImmutableMap.Builder<String, List<T>> copy = ImmutableMap.builder();
            lists.forEach((key, list) -> copy.put(key, List.copyOf(list)));
            return copy.buildOrThrow();
        }
    }
}

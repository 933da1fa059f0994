package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import io.maas.error.Require;
import io.maas.registry.RegistryEvent.Action;
import io.maas.registry.signing.VersionSignature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a model's log adds up to.
 *
 * <p>Immutable and thread-safe.
 *
 * @param highest the highest number ever given
 * @param live the versions that are not deleted
 * @param trails for each alias the versions it pointed at, without those taken back by a rollback; it points at the last
 * @param history everything that happened, oldest first
 */
record ModelState(
        Head head,
        int highest,
        ImmutableSortedMap<Integer, Release> live,
        Map<String, List<Integer>> trails,
        ImmutableList<RegistryEvent> history) {
    /**
     * One published version.
     *
     * @param origin what it was called where it was exported, null if it was not imported
     * @param tags what was set since, empty where a tag was removed
     */
    record Release(
            int number,
            String digest,
            Instant published,
            Change change,
            @Nullable String origin,
            ImmutableList<VersionSignature> signatures,
            ImmutableMap<String, Optional<String>> tags) {
        private Release signed(VersionSignature signature) {
            ImmutableList.Builder<VersionSignature> all = ImmutableList.builder();
            // A key signs a statement once: its later signature takes the place of the one before.
            signatures.stream()
                    .filter(each -> !each.keyId().equals(signature.keyId()))
                    .forEach(all::add);
            return new Release(
                    number,
                    digest,
                    published,
                    change,
                    origin,
                    all.add(signature).build(),
                    tags);
        }

        private Release tagged(String name, @Nullable String value) {
            Map<String, Optional<String>> all = new LinkedHashMap<>(tags);
            all.put(name, Optional.ofNullable(value));
            return new Release(number, digest, published, change, origin, signatures, ImmutableMap.copyOf(all));
        }

        /** The tags of its manifest with what was set since. */
        ImmutableMap<String, String> tags(Map<String, String> ofManifest) {
            Map<String, String> all = new TreeMap<>(ofManifest);
            tags.forEach((name, value) -> value.ifPresentOrElse(set -> all.put(name, set), () -> all.remove(name)));
            return ImmutableMap.copyOf(all);
        }
    }

    static ModelState empty(String model) {
        return new ModelState(Head.empty(model), 0, ImmutableSortedMap.of(), Map.of(), ImmutableList.of());
    }

    /** Where each alias points. */
    SortedMap<String, Integer> aliases() {
        SortedMap<String, Integer> aliases = new TreeMap<>();
        trails.forEach((alias, trail) -> aliases.put(alias, trail.get(trail.size() - 1)));
        return aliases;
    }

    /** Everything that happened to an alias. */
    List<AliasChange> history(String alias) {
        return history.stream()
                .filter(event -> (event.action() == Action.ALIAS || event.action() == Action.ROLLBACK)
                        && event.subject().equals(alias))
                .map(event -> new AliasChange(alias, event.version(), event.at(), event.change()))
                .toList();
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
        private final ImmutableList.Builder<RegistryEvent> history = ImmutableList.builder();

        Fold(ModelState start) {
            highest = start.highest;
            live = new TreeMap<>(start.live);
            start.trails.forEach((alias, trail) -> trails.put(alias, new ArrayList<>(trail)));
            history.addAll(start.history);
        }

        void add(LogEntry entry) {
            LogEntry.Body body = entry.body();
            switch (body.action()) {
                case PUBLISH -> publish(entry);
                case DELETE -> {
                    live(body);
                    live.remove(body.version());
                }
                case ALIAS -> {
                    live(body);
                    trail(body).add(body.version());
                }
                case ROLLBACK -> {
                    live(body);
                    takeBack(body);
                }
                case TAG -> live.put(body.version(), live(body).tagged(Names.tag(body.subject()), body.value()));
                case SIGN ->
                    body.signatures()
                            .forEach(each -> live.put(body.version(), live(body).signed(each)));
            }
            history.add(event(entry));
        }

        private void publish(LogEntry entry) {
            LogEntry.Body body = entry.body();
            // An imported version keeps a number that is greater than all that were given.
            Require.that(
                    body.version() == highest + 1 || (body.value() != null && body.version() > highest),
                    "version",
                    body.version(),
                    String.valueOf(highest + 1));
            highest = body.version();
            live.put(
                    highest,
                    new Release(
                            highest,
                            Digests.require(body.subject()),
                            entry.at(),
                            body.change(),
                            body.value(),
                            body.signatures(),
                            ImmutableMap.of()));
        }

        private static RegistryEvent event(LogEntry entry) {
            LogEntry.Body body = entry.body();
            String subject = switch (body.action()) {
                case PUBLISH, DELETE -> "";
                case ALIAS, ROLLBACK, TAG -> body.subject();
                case SIGN ->
                    body.signatures().isEmpty() ? "" : body.signatures().get(0).keyId();
            };
            return new RegistryEvent(entry.at(), body.action(), body.version(), subject, body.value(), body.change());
        }

        private Release live(LogEntry.Body body) {
            Release release = live.get(body.version());
            if (release == null) {
                throw Require.failure("version", body.version(), "one of " + live.keySet());
            }
            return release;
        }

        private List<Integer> trail(LogEntry.Body body) {
            return trails.computeIfAbsent(Names.alias(body.subject()), alias -> new ArrayList<>());
        }

        private void takeBack(LogEntry.Body body) {
            List<Integer> trail = trail(body);
            int last = trail.subList(0, Math.max(0, trail.size() - 1)).lastIndexOf(body.version());
            Require.that(last >= 0, "version", body.version(), "one that the alias pointed at before");
            trail.subList(last + 1, trail.size()).clear();
        }

        ModelState state(Head head) {
            ImmutableMap.Builder<String, List<Integer>> copy = ImmutableMap.builder();
            trails.forEach((alias, trail) -> copy.put(alias, List.copyOf(trail)));
            return new ModelState(head, highest, ImmutableSortedMap.copyOf(live), copy.buildOrThrow(), history.build());
        }
    }
}

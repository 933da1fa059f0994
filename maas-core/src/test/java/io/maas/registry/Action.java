package io.maas.registry;

import io.maas.error.ModelNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Something done to one model and one alias of it, whose answer fits into a word.
 *
 * @param argument a version, or for a publication what its content depends on
 */
record Action(Kind kind, long argument) {
    static final String MODEL = "shared";
    static final String ALIAS = "champion";
    static final String ABSENT = "absent";
    static final String REFUSED = "refused";

    enum Kind {
        PUBLISH,
        DELETE,
        POINT,
        ROLLBACK,
        READ_ALIAS,
        READ_VERSIONS
    }

    /** Any of them; few versions, so that they meet. */
    static Action random(Random random, int versions) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        return new Action(kind, kind == Kind.PUBLISH ? random.nextLong() : 1 + random.nextInt(versions));
    }

    /** Does it to a registry. */
    String to(ModelRegistry registry) {
        int version = (int) argument;
        try {
            switch (kind) {
                case PUBLISH -> {
                    return String.valueOf(
                            registry.publish(MODEL, Artifacts.of(argument, 50)).number());
                }
                case DELETE -> registry.delete(MODEL, version);
                case POINT -> registry.setAlias(MODEL, ALIAS, version);
                case ROLLBACK -> {
                    return String.valueOf(registry.rollback(MODEL, ALIAS).number());
                }
                case READ_ALIAS -> {
                    return String.valueOf(registry.aliases(MODEL).getOrDefault(ALIAS, 0));
                }
                case READ_VERSIONS -> {
                    return registry.versions(MODEL).stream()
                            .map(Version::number)
                            .toList()
                            .toString()
                            .replace(" ", "");
                }
            }
            return "done";
        } catch (ModelNotFoundException e) {
            return ABSENT;
        } catch (IllegalStateException e) {
            return REFUSED;
        }
    }

    /**
     * One model as its users may think of it: what each action answers if no other is under way.
     *
     * @param live versions that are there, by number
     * @param trail what the alias pointed at, without what was taken back
     */
    record Truth(int highest, List<Integer> live, List<Integer> trail) {
        static final Truth EMPTY = new Truth(0, List.of(), List.of());

        /** What is answered, and what is true afterwards. */
        record Step(String answer, Truth next) {}

        Step after(Action action) {
            int version = (int) action.argument();
            return switch (action.kind()) {
                case PUBLISH ->
                    new Step(String.valueOf(highest + 1), new Truth(highest + 1, plus(live, highest + 1), trail));
                case DELETE -> delete(version);
                case POINT ->
                    !live.contains(version)
                            ? same(ABSENT)
                            : new Step("done", version == target() ? this : pointed(plus(trail, version)));
                case ROLLBACK -> rollback();
                case READ_ALIAS -> same(live.isEmpty() ? ABSENT : String.valueOf(target()));
                case READ_VERSIONS ->
                    same(live.isEmpty() ? ABSENT : live.toString().replace(" ", ""));
            };
        }

        private Step same(String answer) {
            return new Step(answer, this);
        }

        private int target() {
            return trail.isEmpty() ? 0 : trail.get(trail.size() - 1);
        }

        private Truth pointed(List<Integer> newTrail) {
            return new Truth(highest, live, newTrail);
        }

        private Step delete(int version) {
            if (!live.contains(version)) {
                return same(ABSENT);
            }
            if (version == target()) {
                return same(REFUSED);
            }
            return new Step(
                    "done",
                    new Truth(highest, live.stream().filter(n -> n != version).toList(), trail));
        }

        private Step rollback() {
            if (trail.isEmpty()) {
                return same(ABSENT);
            }
            for (int i = trail.size() - 2; i >= 0; i--) {
                int version = trail.get(i);
                if (version != target() && live.contains(version)) {
                    return new Step(String.valueOf(version), pointed(trail.subList(0, i + 1)));
                }
            }
            return same(REFUSED);
        }

        private static List<Integer> plus(List<Integer> list, int number) {
            List<Integer> longer = new ArrayList<>(list);
            longer.add(number);
            return List.copyOf(longer);
        }
    }
}

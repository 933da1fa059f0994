package io.maas.serving;

import io.maas.error.Require;
import io.maas.registry.Change;
import io.maas.registry.Journal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * One change of a deployment.
 *
 * @param at when, by the system's clock; nothing hangs on it
 * @param version the version that it was about: put into service, tried out, rolled back, or taken out of service
 * @param who who changed it: {@code maas} for what the library did by itself, empty if nobody said
 * @param why the reason in words; for an automatic rollback what the guard found, with figures
 */
public record DeploymentEvent(Instant at, Action action, int version, String who, String why) {
    /** What happened. */
    public enum Action {
        DEPLOY,
        /** A rollout was started, or its settings changed. */
        ROLLOUT,
        /** The share of the version that is tried out changed, by hand or by its plan. */
        WEIGHT,
        PROMOTE,
        ABORT,
        ROLLBACK,
        /** A guard, or a version that could not be loaded again after a restart, ended a rollout. */
        AUTOMATIC_ROLLBACK,
        LOAD_POLICY,
        UNDEPLOY
    }

    private static final String VERSION = "version";
    private static final String WHO = "who";
    private static final String WHY = "why";

    static void write(Map<String, String> fields, int version, Change change) {
        fields.put(VERSION, Integer.toString(version));
        fields.put(WHO, change.who());
        fields.put(WHY, change.why());
    }

    static String word(Action action) {
        return action.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static DeploymentEvent read(Journal.Entry entry) {
        Map<String, String> fields = entry.fields();
        Action action = Arrays.stream(Action.values())
                .filter(each -> word(each).equals(entry.event()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("event: " + Require.quote(entry.event())
                        + " (expected: one of " + Arrays.toString(Action.values()) + ")"));
        return new DeploymentEvent(
                entry.at(),
                action,
                Integer.parseInt(fields.getOrDefault(VERSION, "0")),
                fields.getOrDefault(WHO, ""),
                fields.getOrDefault(WHY, ""));
    }
}

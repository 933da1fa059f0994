package io.maas.serving;

import com.google.common.collect.ImmutableList;
import io.maas.error.Require;
import java.time.Duration;

/**
 * How a new version is tried out beside the stable one, and what ends the trial.
 *
 * <pre>{@code
 * Rollout.canary(2).step(0.05, 3).step(0.5, 3)
 *         .guard(Guard.errorRate(0.01), Guard.p99(Duration.ofMillis(20)))
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param version the version on trial
 * @param weight the share of requests that it gets, or a copy of, from 0 to 1
 * @param steps the plan; empty if the weight stays until somebody changes it
 * @param guards the bounds that it has to keep; any breach ends the trial
 * @param window when the guards are looked at
 * @param patience how many breaches it takes
 */
public record Rollout(
        Mode mode,
        int version,
        double weight,
        ImmutableList<Step> steps,
        ImmutableList<Guard> guards,
        Window window,
        Patience patience) {
    /** Who answers the requests that the version on trial gets. */
    public enum Mode {
        /** The version on trial answers its share. */
        CANARY,
        /** The stable version answers all; the version on trial gets copies, and its answers are only compared. */
        SHADOW,
        /** As a canary, without a plan: both versions stay until it is known which one serves better. */
        AB
    }

    /**
     * A part of a plan.
     *
     * @param windows how many evaluation windows without a breach it takes until the next step, or the promotion after the last
     */
    public record Step(double weight, int windows) {
        public Step {
            requireWeight(weight);
            Require.positive(windows, "windows");
        }
    }

    /**
     * An evaluation window. It ends when its time is over or when the version on trial has ended so many requests, whichever comes
     * first, but not before it has ended the minimum.
     */
    public record Window(Duration duration, long requests, long minimum) {
        public Window {
            Require.that(duration.toNanos() > 0, "duration", duration, "duration > 0");
            Require.positive(minimum, "minimum");
            Require.that(requests >= minimum, "requests", requests, "requests >= minimum, " + minimum);
        }
    }

    /** It takes so many breaches within the last so many windows. */
    public record Patience(int breaches, int windows) {
        public Patience {
            Require.positive(breaches, "breaches");
            Require.that(windows >= breaches, "windows", windows, "windows >= breaches, " + breaches);
        }
    }

    private static final Window WINDOW = new Window(Duration.ofMinutes(1), 1000, 50);
    private static final Patience NONE = new Patience(1, 1);

    public Rollout {
        Require.positive(version, "version");
        requireWeight(weight);
        Require.that(
                mode != Mode.AB || steps.isEmpty(),
                "steps",
                steps,
                "none in an A/B test, whose end is decided by hand");
        for (int i = 1; i < steps.size(); i++) {
            double before = steps.get(i - 1).weight();
            Require.that(
                    steps.get(i).weight() >= before,
                    "weight",
                    steps.get(i).weight(),
                    "a weight of at least the one before, " + before);
        }
    }

    private static void requireWeight(double weight) {
        Require.that(weight >= 0 && weight <= 1, "weight", weight, "0 <= weight <= 1");
    }

    private static Rollout of(Mode mode, int version, double weight) {
        return new Rollout(mode, version, weight, ImmutableList.of(), ImmutableList.of(), WINDOW, NONE);
    }

    /**
     * A canary: this version answers 10 % of the requests until somebody changes that. Windows of a minute or 1,000 requests, at least
     * 50; one breach ends it.
     */
    public static Rollout canary(int version) {
        return of(Mode.CANARY, version, 0.1);
    }

    /** A shadow: this version gets a copy of every request and answers no one. Windows as of a {@link #canary}. */
    public static Rollout shadow(int version) {
        return of(Mode.SHADOW, version, 1);
    }

    /** An A/B test: this version answers half of the keys. Windows as of a {@link #canary}. */
    public static Rollout ab(int version) {
        return of(Mode.AB, version, 0.5);
    }

    /** With a fixed weight in place of a plan. */
    public Rollout weight(double share) {
        return new Rollout(mode, version, share, ImmutableList.of(), guards, window, patience);
    }

    /** With one more step at the end of the plan; the first one is where it starts. After the last the version is promoted. */
    public Rollout step(double share, int windows) {
        ImmutableList<Step> more = ImmutableList.<Step>builder()
                .addAll(steps)
                .add(new Step(share, windows))
                .build();
        return new Rollout(mode, version, more.get(0).weight(), more, guards, window, patience);
    }

    /** With further guards. */
    public Rollout guard(Guard... further) {
        ImmutableList<Guard> all =
                ImmutableList.<Guard>builder().addAll(guards).add(further).build();
        return new Rollout(mode, version, weight, steps, all, window, patience);
    }

    public Rollout window(Duration duration, long requests, long minimum) {
        return new Rollout(mode, version, weight, steps, guards, new Window(duration, requests, minimum), patience);
    }

    /** With hysteresis: it takes so many breaches within the last so many windows to end it. */
    public Rollout patience(int breaches, int windows) {
        return new Rollout(mode, version, weight, steps, guards, window, new Patience(breaches, windows));
    }

    /** The same plan, at the weight of one of its steps. */
    Rollout at(int step) {
        return new Rollout(mode, version, steps.get(step).weight(), steps, guards, window, patience);
    }
}

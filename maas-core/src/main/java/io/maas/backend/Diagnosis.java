package io.maas.backend;

import com.google.common.collect.ImmutableList;

/**
 * What the {@link Doctor} found. Its text is meant for people.
 *
 * <p>Immutable and thread-safe.
 *
 * @param findings what is wrong or may go wrong, and what to do about it
 */
public record Diagnosis(Platform platform, ImmutableList<Trial> backends, ImmutableList<Finding> findings) {
    /** How a backend did in a process of its own. */
    public enum Outcome {
        /** Its natives loaded and computed what they should. */
        WORKS,
        /** It failed, hung, or ended the process. */
        FAILS,
        /** It could not be tried. */
        UNKNOWN
    }

    /**
     * One backend, tried out.
     *
     * @param type its class
     * @param name what it is chosen by; empty if it could not be asked
     * @param version of its engine; empty if it could not be asked
     * @param details why it does not work; empty if it does
     */
    public record Trial(String type, String name, String version, Outcome outcome, String details) {
        @Override
        public String toString() {
            String title = (name.isEmpty() ? type : name) + (version.isEmpty() ? "" : " " + version);
            return switch (outcome) {
                case WORKS -> title + " works";
                case FAILS -> title + " does not work: " + details;
                case UNKNOWN -> title + " could not be tried: " + details;
            };
        }
    }

    /**
     * Something wrong.
     *
     * @param what as it was found
     * @param advice how to mend it
     */
    public record Finding(String what, String advice) {
        @Override
        public String toString() {
            return what + "; " + advice;
        }
    }

    /** Whether there are backends and all of them work. */
    public boolean isHealthy() {
        return !backends.isEmpty() && backends.stream().allMatch(trial -> trial.outcome() == Outcome.WORKS);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(platform.toString());
        for (Trial trial : backends) {
            text.append("\nbackend: ").append(trial);
        }
        for (Finding finding : findings) {
            text.append("\nattention: ").append(finding);
        }
        return text.append('\n').toString();
    }
}

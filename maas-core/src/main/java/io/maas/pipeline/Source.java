package io.maas.pipeline;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a tensor comes from.
 *
 * @param step null for the request itself
 * @param name of the step's output, or of the pipeline's input
 */
record Source(@Nullable String step, String name) {
    /** What stands before the first dot: the name of a step if the text means a step's output. */
    static String prefix(String text) {
        int dot = text.indexOf('.');
        return dot < 0 ? "" : text.substring(0, dot);
    }

    /** Where a text points that is known to point somewhere. */
    static Source of(String text, Set<String> steps) {
        String step = prefix(text);
        return steps.contains(step) ? new Source(step, text.substring(step.length() + 1)) : new Source(null, text);
    }
}

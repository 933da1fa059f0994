package io.maas.serving;

import com.google.common.collect.ImmutableMap;
import io.maas.error.ModelNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Which loaded version answers what, at one moment; replaced as a whole.
 *
 * @param current answers by default
 * @param rollout the trial that is under way, if any
 * @param byNumber the versions that requests may name
 */
record Traffic(LoadedVersion current, @Nullable RunningRollout rollout, ImmutableMap<Integer, LoadedVersion> byNumber) {
    /** Whether requests may come to it. */
    boolean has(LoadedVersion version) {
        return byNumber.containsValue(version);
    }

    LoadedVersion named(int number) {
        LoadedVersion found = byNumber.get(number);
        if (found == null) {
            throw new ModelNotFoundException(
                    "version " + number + " of model " + current.version().model()
                            + " is not loaded (expected: one of " + byNumber.keySet()
                            + "); set a load policy that has it, or deploy it");
        }
        return found;
    }
}

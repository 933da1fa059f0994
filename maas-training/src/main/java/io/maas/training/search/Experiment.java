package io.maas.training.search;

import java.util.Map;

/**
 * What a search tries: from settings to a score. {@link TrainingExperiment} is the one for trainers.
 *
 * <p>Called by several threads at once if trials run in parallel.
 */
@FunctionalInterface
public interface Experiment {
    /**
     * Runs a trial from its start up to {@link TrialRun#budget}. In successive halving a trial that goes on is run again with the
     * larger budget and the same settings and seed; what it keeps in {@link TrialRun#folder} it can go on from.
     *
     * @return the score, a finite number
     * @throws Exception any but {@link InterruptedException}: the trial has failed, and the search goes on with others
     */
    double score(TrialRun run) throws Exception;

    /** What a trial takes in grid and random search, in units of its own, such as epochs. */
    default int budget() {
        return 1;
    }

    /**
     * What scores hang on beside the settings, as short texts, such as the hash of the data. A search is taken up again only if
     * all of them are as they were.
     */
    default Map<String, String> identity() {
        return Map.of();
    }
}

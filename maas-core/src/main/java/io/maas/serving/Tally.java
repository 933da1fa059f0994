package io.maas.serving;

/** What a loaded version has done so far. */
interface Tally {
    /** Requests answered or refused. */
    long requests();

    /** Requests that ended with an exception. */
    long failures();

    /** Runs of the engine, or of the pipeline. */
    long executions();
}

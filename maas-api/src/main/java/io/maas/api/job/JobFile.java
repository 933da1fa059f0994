package io.maas.api.job;

import io.maas.api.wire.JobInfo;

/**
 * What is kept of a job on disk.
 *
 * @param info as of the last change; with the request
 * @param threads of the engine, which decide about the last bits of the result
 * @param spent seconds of running so far
 * @param order of submission
 */
record JobFile(JobInfo info, int threads, double spent, long order) {}

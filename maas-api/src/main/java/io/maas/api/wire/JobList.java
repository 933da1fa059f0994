package io.maas.api.wire;

import java.util.List;

/** Training jobs, in the order in which they were submitted. */
public record JobList(List<JobInfo> jobs) {
    public JobList {
        jobs = List.copyOf(jobs);
    }
}

/**
 * Training jobs that are data: a queue of declared trainings over uploaded data sets, which survive a restart and end in published
 * versions. Start with {@link io.maas.api.job.TrainingJobs}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api.job;

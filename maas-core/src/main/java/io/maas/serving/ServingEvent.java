package io.maas.serving;

import io.maas.registry.Version;

/** Something that happened to models in service, apart from answers to requests. */
public sealed interface ServingEvent {
    /** The version that it happened to. */
    Version version();

    /** A version answers where none did. */
    record Deployed(Version version) implements ServingEvent {}

    /** A version answers in place of another one. */
    record Swapped(Version before, Version version) implements ServingEvent {}

    /** The version that answered before answers again, or the stable one alone as a rollout of the other has ended. */
    record RolledBack(Version before, Version version) implements ServingEvent {}

    /** Nothing answers any more. */
    record Undeployed(Version version) implements ServingEvent {}

    /** A version is in the engine's memory: loaded, or sharing what another version of the same bytes has loaded. */
    record Loaded(Version version) implements ServingEvent {}

    /** A version has left the engine's memory, or shares it no more. */
    record Unloaded(Version version) implements ServingEvent {}

    /** A version could not be loaded, or did not give its golden outputs. */
    record Refused(Version version, Throwable why) implements ServingEvent {}

    /** The queue is full: requests are refused from now on. */
    record OverloadBegan(Version version) implements ServingEvent {}

    /** Half of the queue is free again. */
    record OverloadEnded(Version version) implements ServingEvent {}

    /** An {@link Error} came out of the engine; who waited for that run was told, and the model goes on. */
    record WorkerFailed(Version version, Throwable why) implements ServingEvent {}
}

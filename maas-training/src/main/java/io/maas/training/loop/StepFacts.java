package io.maas.training.loop;

import io.maas.tensor.Tensors;

/** A step's snapshot as facts and tensors. */
final class StepFacts {
    private StepFacts() {}

    static Facts of(TrainingStep.Snapshot snapshot) {
        return new Facts().put("steps", snapshot.steps());
    }

    static TrainingStep.Snapshot snapshot(Facts facts, Tensors state) {
        return new TrainingStep.Snapshot(state, facts.whole("steps"));
    }
}

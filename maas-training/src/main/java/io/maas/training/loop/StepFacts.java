package io.maas.training.loop;

import io.maas.tensor.Tensors;
import io.maas.train.Progress.Measured;
import java.util.ArrayList;
import java.util.List;

/** What a step counts, beside the tensors that it carries, as facts for a checkpoint. */
final class StepFacts {
    private static final String MEASURED = "measured.";

    private StepFacts() {}

    static Facts of(TrainingStep.Snapshot snapshot) {
        Facts facts = new Facts()
                .put("steps", snapshot.steps())
                .put("updates", snapshot.updates())
                .put("gathered", snapshot.gathered())
                .put("gatheredRows", snapshot.gatheredRows())
                .put("firstRows", snapshot.firstRows())
                .put("measured", snapshot.measured().size());
        for (int i = 0; i < snapshot.measured().size(); i++) {
            Measured each = snapshot.measured().get(i);
            facts.put(MEASURED + i + ".step", each.step()).put(MEASURED + i + ".value", each.value());
        }
        return facts;
    }

    static TrainingStep.Snapshot snapshot(Facts facts, Tensors state) {
        List<Measured> measured = new ArrayList<>();
        for (int i = 0; i < facts.whole("measured"); i++) {
            measured.add(new Measured(facts.whole(MEASURED + i + ".step"), facts.number(MEASURED + i + ".value")));
        }
        return new TrainingStep.Snapshot(
                state,
                facts.whole("steps"),
                facts.whole("updates"),
                Math.toIntExact(facts.whole("gathered")),
                facts.whole("gatheredRows"),
                facts.whole("firstRows"),
                measured);
    }
}

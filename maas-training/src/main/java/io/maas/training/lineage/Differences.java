package io.maas.training.lineage;

import io.maas.model.Environment;
import io.maas.model.Lineage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares what was recorded of a training with what it would be now. */
final class Differences {
    private static final String NOTHING = "nothing";

    private Differences() {}

    /** In what must be the same for a training to come to the same: data, seed and settings. Settings that were not recorded do not count. */
    static List<Difference> ofRecipe(Lineage recorded, Lineage planned) {
        TreeSet<String> settings = new TreeSet<>(planned.settings().keySet());
        settings.retainAll(recorded.settings().keySet());
        return of(recorded, planned, settings);
    }

    /** As {@link #ofRecipe}, with the settings of both: what a fine-tuning does without is not among its settings. */
    static List<Difference> ofTuning(Lineage recorded, Lineage planned) {
        TreeSet<String> settings = new TreeSet<>(planned.settings().keySet());
        settings.addAll(recorded.settings().keySet());
        return of(recorded, planned, settings);
    }

    private static List<Difference> of(Lineage recorded, Lineage planned, Collection<String> settings) {
        List<Difference> differences = new ArrayList<>();
        TreeSet<String> roles = new TreeSet<>(recorded.data().keySet());
        // Records of old, which have no hash of the weights, knew of the training data only.
        if (recorded.weightsHash() != null) {
            roles.addAll(planned.data().keySet());
        }
        for (String role : roles) {
            Lineage.Data before = recorded.data().get(role);
            Lineage.Data now = planned.data().get(role);
            if (before == null || now == null || !before.sha256().equals(now.sha256())) {
                differences.add(new Difference(role + " data", text(before), text(now)));
            }
        }
        add(differences, "seed", recorded.seed(), planned.seed());
        settings.forEach(name -> add(
                differences,
                "setting " + name,
                recorded.settings().get(name),
                planned.settings().get(name)));
        return differences;
    }

    private static String text(Lineage.@Nullable Data data) {
        if (data == null) {
            return NOTHING;
        }
        String rows = data.rows() == 0 ? "" : data.rows() + " rows, ";
        String origin = data.origin().isEmpty() ? "" : ", " + data.origin();
        return rows + "SHA-256 " + data.sha256() + origin;
    }

    /** In what may change the last bits. */
    static List<Difference> ofEnvironment(Environment recorded, Environment now) {
        List<Difference> differences = new ArrayList<>();
        add(differences, "library", recorded.library(), now.library());
        add(differences, "engine", recorded.engine(), now.engine());
        add(differences, "java", recorded.java(), now.java());
        add(differences, "platform", recorded.platform(), now.platform());
        add(differences, "processor", recorded.processor(), now.processor());
        return differences;
    }

    /** Of metrics, bit for bit; those that only one side has too. */
    static List<Difference> ofMetrics(Map<String, Double> recorded, Map<String, Double> now) {
        List<Difference> differences = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(recorded.keySet());
        names.addAll(now.keySet());
        names.forEach(name -> add(differences, "metric " + name, recorded.get(name), now.get(name)));
        return differences;
    }

    private static void add(
            List<Difference> differences, String what, @Nullable Object recorded, @Nullable Object given) {
        String before = recorded == null || recorded.equals("") ? NOTHING : recorded.toString();
        String now = given == null || given.equals("") ? NOTHING : given.toString();
        if (!Objects.equals(before, now)) {
            differences.add(new Difference(what, before, now));
        }
    }
}

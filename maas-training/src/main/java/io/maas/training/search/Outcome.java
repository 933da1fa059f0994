package io.maas.training.search;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of a trial on one rung.
 *
 * @param score null if it failed
 * @param reason why it failed, else null
 * @param figures further figures by name
 * @param marks scores on the way
 */
record Outcome(@Nullable Double score, @Nullable String reason, Map<String, Double> figures, List<Mark> marks) {
    Outcome {
        figures = ImmutableMap.copyOf(figures);
        marks = List.copyOf(marks);
    }
}

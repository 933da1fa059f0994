package io.maas.training.search;

import com.google.common.base.Strings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Trials as aligned columns: numbers to the right, texts to the left. */
final class TrialTable {
    private static final int SCORE_DIGITS = 5;

    private TrialTable() {}

    static String of(Space space, List<Trial> trials) {
        Set<String> figures = new TreeSet<>();
        trials.forEach(trial -> figures.addAll(trial.figures().keySet()));
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("trial"));
        space.settings().forEach(setting -> head.add(setting.name()));
        head.add("score");
        head.addAll(figures);
        head.addAll(List.of("budget", "time", "state"));
        lines.add(head);
        trials.forEach(trial -> lines.add(line(space, figures, trial)));
        return text(lines, leftColumns(space, lines.get(0).size()));
    }

    private static List<String> line(Space space, Set<String> figures, Trial trial) {
        List<String> line = new ArrayList<>();
        line.add(String.valueOf(trial.number()));
        space.settings()
                .forEach(setting -> line.add(Texts.value(trial.settings().find(setting.name()))));
        Double score = trial.score();
        line.add(score == null ? "" : Texts.number(score, SCORE_DIGITS));
        for (String figure : figures) {
            Double value = trial.figures().get(figure);
            line.add(value == null ? "" : Texts.number(value, SCORE_DIGITS));
        }
        line.add(trial.budget() == 0 ? "" : String.valueOf(trial.budget()));
        line.add(Texts.time(trial.duration()));
        String state = trial.state().name().toLowerCase(Locale.ROOT);
        line.add(trial.reason() == null ? state : state + ": " + trial.reason());
        return line;
    }

    /** Choices of texts, and the state at the end. */
    private static Set<Integer> leftColumns(Space space, int columns) {
        Set<Integer> left = new TreeSet<>(Collections.singleton(columns - 1));
        for (int i = 0; i < space.settings().size(); i++) {
            if (space.settings().get(i).range() instanceof Range.Choice choice
                    && choice.values().get(0) instanceof String) {
                left.add(i + 1);
            }
        }
        return left;
    }

    private static String text(List<List<String>> lines, Set<Integer> left) {
        StringBuilder text = new StringBuilder();
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = line.get(i);
                row.append(i == 0 ? "" : "  ")
                        .append(
                                left.contains(i)
                                        ? Strings.padEnd(cell, widths[i], ' ')
                                        : Strings.padStart(cell, widths[i], ' '));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}

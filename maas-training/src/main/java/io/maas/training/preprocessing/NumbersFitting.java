package io.maas.training.preprocessing;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fits {@link Numbers}: one phase after the other, each with the statistics of what the phases before leave. */
final class NumbersFitting implements Fitting {
    enum Phase {
        FILL,
        CLIP,
        SCALE
    }

    private final List<RawColumn> columns;
    private final String output;
    private final Numbers.Settings settings;
    private final NumberRule[] rules;
    private @Nullable Phase phase = Phase.FILL;
    private final List<Statistic> statistics = new ArrayList<>();

    NumbersFitting(List<RawColumn> columns, String output, Numbers.Settings settings) {
        this.columns = columns;
        this.output = output;
        this.settings = settings;
        this.rules = new NumberRule[columns.size()];
        for (int i = 0; i < rules.length; i++) {
            rules[i] = NumberRule.of(settings);
        }
        begin();
    }

    /** Goes on to the next phase that needs to see the rows. */
    private void begin() {
        while (phase != null) {
            Phase current = phase;
            for (int i = 0; i < rules.length; i++) {
                Statistic statistic = Numbers.statistic(current, settings);
                if (statistic != null) {
                    statistics.add(statistic);
                }
            }
            if (!statistics.isEmpty()) {
                return;
            }
            phase = after(current);
        }
    }

    private static @Nullable Phase after(Phase phase) {
        return switch (phase) {
            case FILL -> Phase.CLIP;
            case CLIP -> Phase.SCALE;
            case SCALE -> null;
        };
    }

    @Override
    public boolean isWanting() {
        return phase != null;
    }

    @Override
    public void see(Tensors rows, int firstRow) {
        for (int i = 0; i < rules.length; i++) {
            Statistic statistic = statistics.get(i);
            double[] values = columns.get(i).in(rows).toDoubleArray();
            for (int row = 0; row < values.length; row++) {
                double value = phase == Phase.FILL ? values[row] : rules[i].apply(values[row]);
                if (Double.isFinite(value)) {
                    statistic.see(value);
                } else if (!Double.isNaN(values[row]) || phase != Phase.FILL) {
                    throw refusal(columns.get(i).name(), firstRow + row, values[row]);
                }
            }
        }
    }

    private static InvalidInputException refusal(String column, int row, double value) {
        return new InvalidInputException("column " + Require.quote(column) + ", row " + row + ": "
                + NumbersEncoder.refused(value) + " (expected: " + NumbersEncoder.EXPECTED + ")");
    }

    @Override
    public void endPass() {
        statistics.forEach(Statistic::endPass);
        if (statistics.stream().anyMatch(Statistic::isWanting)) {
            return;
        }
        for (int i = 0; i < rules.length; i++) {
            rules[i] = rules[i].with(settings, statistics.get(i), phase);
            rules[i].requireFinite(columns.get(i).name());
        }
        statistics.clear();
        phase = phase == null ? null : after(phase);
        begin();
    }

    @Override
    public Encoder fitted() {
        return new NumbersEncoder(columns, output, settings, List.of(rules));
    }
}

package io.maas.training.preprocessing;

import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fits {@link Bins}: the quantiles, and whether values are missing. */
final class BinsFitting implements Fitting {
    private final List<RawColumn> columns;
    private final String output;
    private final Bins.Settings settings;
    private final List<Quantiles> quantiles = new ArrayList<>();
    private final boolean[] missing;
    private boolean seen;

    BinsFitting(List<RawColumn> columns, String output, Bins.Settings settings) {
        this.columns = columns;
        this.output = output;
        this.settings = settings;
        this.missing = new boolean[columns.size()];
        double[] inner = new double[Math.max(0, settings.quantiles() - 1)];
        Arrays.setAll(inner, i -> (i + 1.0) / settings.quantiles());
        columns.forEach(column -> quantiles.add(new Quantiles(inner)));
    }

    @Override
    public boolean isWanting() {
        return !seen || (settings.quantiles() > 0 && quantiles.get(0).isWanting());
    }

    @Override
    public void see(Tensors rows, int firstRow) {
        for (int i = 0; i < columns.size(); i++) {
            for (double value : columns.get(i).in(rows).toDoubleArray()) {
                if (Double.isNaN(value)) {
                    missing[i] = true;
                } else if (settings.quantiles() > 0) {
                    quantiles.get(i).see(value);
                }
            }
        }
    }

    @Override
    public void endPass() {
        seen = true;
        quantiles.forEach(Quantiles::endPass);
    }

    @Override
    public Encoder fitted() {
        List<Bin> bins = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            double[] edges = settings.quantiles() > 0
                    ? Arrays.stream(quantiles.get(i).values()).distinct().toArray()
                    : settings.edges().stream().mapToDouble(Double::doubleValue).toArray();
            bins.add(Bin.of(columns.get(i), edges, missing[i], settings.encoding()));
        }
        return new BinsEncoder(output, settings.toString(), bins);
    }
}

package io.maas.training.preprocessing;

import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Fits {@link Images}: counts how often each channel has each of the 256 values. */
final class ImageFitting implements Fitting {
    private static final int VALUES = 256;

    private final RawColumn column;
    private final String output;
    private final Images.Settings settings;
    private final long[][] counts;
    private boolean done;

    ImageFitting(RawColumn column, String output, Images.Settings settings, int channels) {
        this.column = column;
        this.output = output;
        this.settings = settings;
        this.counts = new long[channels][VALUES];
        this.done = !settings.fitted();
    }

    @Override
    public boolean isWanting() {
        return !done;
    }

    @Override
    public void see(Tensors rows, int firstRow) {
        ByteBuffer pixels = column.in(rows).bytes();
        int channels = counts.length;
        int plane = Math.toIntExact(column.row().elements() / channels);
        for (int i = 0; i < pixels.remaining(); i++) {
            int channel = settings.channelsFirst() ? i / plane % channels : i % channels;
            counts[channel][Byte.toUnsignedInt(pixels.get(pixels.position() + i))]++;
        }
    }

    @Override
    public void endPass() {
        done = true;
    }

    @Override
    public Encoder fitted() {
        List<Double> means = new ArrayList<>(settings.means());
        List<Double> deviations = new ArrayList<>(settings.deviations());
        for (int channel = 0; channel < counts.length && settings.means().isEmpty(); channel++) {
            double mean = settings.fitted() ? mean(counts[channel]) : 0;
            double deviation = settings.fitted() ? deviation(counts[channel], mean) : 1;
            means.add(mean);
            deviations.add(deviation == 0 ? 1 : deviation);
        }
        return ImageEncoder.of(column, output, settings, means, deviations);
    }

    private static double mean(long[] counts) {
        double sum = 0;
        double total = 0;
        for (int value = 0; value < VALUES; value++) {
            sum += counts[value] * (value / 255.0);
            total += counts[value];
        }
        return sum / total;
    }

    private static double deviation(long[] counts, double mean) {
        double sum = 0;
        double total = 0;
        for (int value = 0; value < VALUES; value++) {
            double apart = value / 255.0 - mean;
            sum += counts[value] * apart * apart;
            total += counts[value];
        }
        return Math.sqrt(sum / total);
    }
}
